"""The dev database: a scratch PostgreSQL in which landed revisions are replayed, as the state to compare with."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text
from sqlalchemy.schema import CreateSchema

from cdcmig import alembic_internals
from cdcmig.repository.branches import Step
from cdcmig.repository.layout import Layout
from cdcmig.runtime import binding, embedded, target

ENVIRONMENT_VARIABLE = "CDCMIG_DEV_URL"

_PREFIX = "cdcmig_dev_"
_LOCK = "SELECT pg_advisory_lock(hashtextextended('cdcmig dev databases', 0))"
_LEFT_BEHIND = f"""
SELECT d.datname FROM pg_database AS d
WHERE d.datname ~ '^{_PREFIX}[0-9a-f]{{8}}$' AND pg_get_userbyid(d.datdba) = current_user
  AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datid = d.oid)
"""


@contextmanager
def dev_database(root: Path) -> Iterator[Connection]:
    """Open a connection to a new, empty database; it is dropped afterwards.

    The server is the embedded one, or that of ``CDCMIG_DEV_URL``, whose user needs the right to create databases.

    Raises:
        TargetError: no server, or no such right.
    """
    given = os.environ.get(ENVIRONMENT_VARIABLE)
    name = _PREFIX + secrets.token_hex(4)  # a pid would be another container's as well
    url = target.parsed(given).set(database=name) if given else embedded.url(root, name)
    with ExitStack() as stack:
        with _creating(url):
            target.create_database(url)
            stack.callback(target.drop_database, url)
            connection = stack.enter_context(target.connect(url))
        yield connection


@contextmanager
def _creating(url: URL) -> Iterator[None]:
    """Drop what killed runs left behind, and let no other run do so before this one's database has its connection."""
    with target.connect(url.set(database="postgres"), autocommit=True) as connection:
        connection.execute(text(_LOCK))
        for name in connection.scalars(text(_LEFT_BEHIND)).all():
            target.drop_database(url.set(database=name))
        yield


def scratch_schema(number: int, kind: str = "dev") -> str:
    """Return the schema of a group; all are equally long, so that lines of a changeset break alike."""
    return f"cdcmig_{kind}_{number:04d}"


def replay(connection: Connection, layout: Layout, steps: Iterable[Step], schema: str) -> None:
    """Run the upgrades of a branch in ``schema``, which is created; the version table is left out."""
    script = ScriptDirectory(str(layout.scripts))
    connection.execute(CreateSchema(schema, if_not_exists=True))
    connection.commit()  # a context that is made within a transaction leaves that to others: no autocommit then
    context = MigrationContext.configure(
        connection, opts={"script": script, "transaction_per_migration": True}
    )
    for step in steps:
        with alembic_internals.migration_transaction(context), Operations.context(context):
            binding.load(step.path).upgrade(schema=schema)
