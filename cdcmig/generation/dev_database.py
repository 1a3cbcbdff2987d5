"""The dev database: a scratch PostgreSQL in which landed revisions are replayed, as the state to compare with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.schema import CreateSchema

from cdcmig.repository.branches import Step
from cdcmig.repository.layout import Layout
from cdcmig.runtime import binding, embedded, target

ENVIRONMENT_VARIABLE = "CDCMIG_DEV_URL"


@contextmanager
def dev_database(root: Path) -> Iterator[Connection]:
    """Open a connection to a new, empty database; it is dropped afterwards.

    The server is the embedded one, or that of ``CDCMIG_DEV_URL``, whose user needs the right to create databases.

    Raises:
        TargetError: no server, or no such right.
    """
    given = os.environ.get(ENVIRONMENT_VARIABLE)
    name = f"cdcmig_dev_{os.getpid()}"
    url = target.parsed(given).set(database=name) if given else embedded.url(root, name)
    target.drop_database(url)
    target.create_database(url)
    try:
        with target.connect(url) as connection:
            yield connection
    finally:
        target.drop_database(url)


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
        with context.begin_transaction(_per_migration=True), Operations.context(context):
            binding.load(step.path).upgrade(schema=schema)
