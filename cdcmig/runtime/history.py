"""``cdc_management.migration_history``: who brought which schema where, written in the step's own transaction."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alembic
from alembic.script import Script
from sqlalchemy import BigInteger, DateTime, Double, Text, column, func, insert, select, table, text
from sqlalchemy import cast as sql_cast

from cdcmig import alembic_internals
from cdcmig.repository import checksums
from cdcmig.repository.layout import INFRASTRUCTURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alembic.runtime.migration import MigrationContext, MigrationInfo
    from sqlalchemy import Connection, Insert
    from sqlalchemy.sql.functions import Function

    from cdcmig.runtime.branch import Branch

_CI_JOB_VARIABLES = ("CI_JOB_URL", "BUILD_URL", "GITHUB_RUN_ID", "BUILD_BUILDURI")
"""GitLab, Jenkins, GitHub Actions, Azure Pipelines: each one's variable that leads to the job."""

_TEXTS = ("schema_name", "revision", "changeset", "direction", "checksum", "db_user", "os_user", "ci_job",
          "cdcmig_version", "alembic_version")  # fmt: skip
_HISTORY = table(
    "migration_history",
    *(column(name, Text) for name in _TEXTS),
    column("id", BigInteger),
    column("started_at", DateTime(timezone=True)),
    column("duration_ms", BigInteger),
    schema=INFRASTRUCTURE,
)

STAMP = "stamp"
"""The direction of a row that `alembic stamp` wrote: somebody said where the schema is, and nothing ran."""

_STARTED = "cdcmig.step_started"
"""A setting of the session, seconds since 1970: parts of a step outside of a transaction begin new transactions."""


def begin(context: MigrationContext) -> None:
    """Note the time at which a step begins, on the server's clock; a script of ``--sql`` does so when it is run."""
    now = "extract(epoch FROM clock_timestamp())::text"
    alembic_internals.execute(
        context, text(f"DO $$ BEGIN PERFORM set_config('{_STARTED}', {now}, false); END $$")
    )


def record(branch: Branch, *, ctx: MigrationContext, step: MigrationInfo, heads: set[str], **_: Any) -> None:
    """Insert the row of one step; Alembic's ``on_version_apply`` calls this.

    The step that removes the infrastructure itself has no table left to write to.
    """
    if branch.is_infrastructure and not step.is_upgrade and not step.is_stamp and not heads:
        return
    script = step.up_revision
    assert isinstance(script, Script)
    direction = "upgrade" if step.is_upgrade else "downgrade"
    started = func.to_timestamp(sql_cast(func.current_setting(_STARTED), Double))
    row = _row(branch, script, direction, started)
    if step.is_stamp:
        row |= _stamped(branch, step)
    alembic_internals.execute(ctx, insert(_HISTORY).values(row))


def squashed(branch: Branch, script: Script) -> Insert:
    """Return what inserts the row that tells that a schema was found to be at a baseline."""
    return insert(_HISTORY).values(_row(branch, script, "squash", func.transaction_timestamp()))


def read(
    connection: Connection, schemas: Sequence[str] = (), limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the rows of the history, in order; of these schemas, or of all.

    Args:
        limit: how many of the latest rows.
    """
    if connection.scalar(func.to_regclass(f"{INFRASTRUCTURE}.{_HISTORY.name}").select()) is None:
        return []
    query = select(_HISTORY).order_by(_HISTORY.c.id.desc()).limit(limit)
    if schemas:
        query = query.where(_HISTORY.c.schema_name.in_(schemas))
    return [dict(row) for row in reversed(connection.execute(query).mappings().all())]


def _stamped(branch: Branch, step: MigrationInfo) -> dict[str, Any]:
    """Return what the row of a stamp has for itself: where the schema is said to be, and no checksum: nothing ran."""
    recorded: dict[str, Any] = {"direction": STAMP, "checksum": None}
    for script in step.destination_revisions:
        assert isinstance(script, Script)
        return recorded | {"revision": script.revision, "changeset": _name(branch, _source(branch, script))}
    return recorded | {"revision": "base", "changeset": None}


def _source(branch: Branch, script: Script) -> Path:
    """Return the file with the operations of a revision: the changeset that it binds, or its own."""
    path = branch.layout.changeset_folder(branch.sink, branch.schema) / Path(script.path).name
    return path if path.is_file() else Path(script.path)


def _name(branch: Branch, source: Path) -> str:
    return source.relative_to(branch.layout.scripts).with_suffix("").as_posix()


def _row(branch: Branch, script: Script, direction: str, started: Function[Any]) -> dict[str, Any]:
    from cdcmig import __version__

    source = _source(branch, script)
    elapsed = func.extract("epoch", func.clock_timestamp() - started)
    return {
        "schema_name": branch.schema,
        "revision": script.revision,
        "changeset": _name(branch, source),
        "direction": direction,
        "checksum": checksums.digest(source.read_bytes()),
        "started_at": started,
        "duration_ms": sql_cast(func.round(elapsed * 1000), BigInteger),
        "db_user": func.session_user(),
        "os_user": _os_user(),
        "ci_job": next((os.environ[name] for name in _CI_JOB_VARIABLES if os.environ.get(name)), None),
        "cdcmig_version": __version__,
        "alembic_version": alembic.__version__,
    }


def _os_user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid()) if hasattr(os, "getuid") else None
