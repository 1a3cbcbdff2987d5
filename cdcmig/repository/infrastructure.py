"""The branch of ``cdc_management``: one changeset for each released version of the infrastructure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.schema import CreateSchema

from cdcmig.config.settings import Roles
from cdcmig.operations.infrastructure import CdcManagement, CreateCdcManagementOp
from cdcmig.repository.layout import INFRASTRUCTURE

VERSIONS = (1,)
"""Released versions of ``sql/cdc_management_vN.sql``; a database goes through all of them in turn."""


def names() -> list[str]:
    """Return the changesets of the infrastructure, in order."""
    return [f"{version:04d}_cdc_management_v{version}" for version in VERSIONS]


def steps(present: Sequence[str]) -> list[str]:
    """Return the steps of a branch: those that are present, then the versions that are missing."""
    return [*present, *(name for name in names() if name not in present)]


def changesets(roles: Roles) -> Iterator[tuple[str, str]]:
    """Yield name and text of each changeset; the roles of the settings are written into them."""
    for version, name in zip(VERSIONS, names(), strict=True):
        yield name, _TEXT.format(version=version, arguments=_arguments(version, roles))


def create(connection: Connection, roles: Roles) -> None:
    """Create the newest infrastructure in an empty database."""
    connection.execute(CreateSchema(INFRASTRUCTURE))
    operations = Operations(MigrationContext.configure(connection))
    for version in VERSIONS:
        management = CdcManagement(version, **roles.model_dump())
        operations.invoke(CreateCdcManagementOp(management, schema=INFRASTRUCTURE))
    connection.commit()


def _arguments(version: int, roles: Roles) -> str:
    given = {"version": version, **roles.model_dump()}
    return ", ".join(f"{name}={value!r}" for name, value in given.items())


_TEXT = '''\
"""cdc_management, version {version}

What all tenants of a database share: merge state, watermarks, logs, history, views for operators.
"""

from alembic import op


def upgrade(schema: str) -> None:
    op.create_cdc_management({arguments}, schema=schema)


def downgrade(schema: str) -> None:
    op.drop_cdc_management({arguments}, schema=schema)
'''
