"""Databases that were upgraded before `cdcmig squash` folded their branch: recognised, not rebuilt.

A baseline revision has ``replaces``: the revisions that were folded into it, in order, each with the name of its
step. A schema at the last one holds what the baseline would make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.script import Script
from sqlalchemy import Connection, TableClause, Text, column, func, select, table, update

from cdcmig.errors import RepositoryError
from cdcmig.runtime import history
from cdcmig.sql.quoting import qualified

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

    from cdcmig.runtime.branch import Branch

_VERSION_TABLE = "alembic_version"


def recognise(branch: Branch, script: ScriptDirectory, connection: Connection, *, write: bool) -> None:
    """Take a schema at the last folded revision for one at the baseline.

    Args:
        script: the script directory, limited to the branch.
        write: correct the version table, in a transaction of its own; else only make ``script`` know the old
            revision as another name of the baseline.

    Raises:
        RepositoryError: the schema is at a revision in the midst of what was folded.
    """
    found = current(connection, branch.schema)
    connection.rollback()
    known = script.revision_map._revision_map
    if found is None or found in known:
        return
    scripts = [revision for revision in known.values() if isinstance(revision, Script)]
    baseline = _baseline(branch, scripts, found)
    if baseline is None:
        return  # Alembic says what it thinks of an unknown revision
    if not write:
        known[found] = baseline
        return
    versions = _versions(branch.schema)
    connection.execute(update(versions).values(version_num=baseline.revision))
    history.record_squash(connection, branch, baseline)
    connection.commit()


def current(connection: Connection, schema: str) -> str | None:
    """Return the revision that a schema's version table names; None where there is none."""
    relation = func.to_regclass(qualified(schema, _VERSION_TABLE))
    if connection.scalar(select(relation)) is None:
        return None
    found = connection.scalar(select(_versions(schema).c.version_num))
    return None if found is None else str(found)


def position(found: str, replaces: dict[str, str]) -> str | None:
    """Return None if ``found`` is the head of what was folded, else the step that it stands at."""
    return None if found == next(reversed(replaces)) else replaces[found]


def _baseline(branch: Branch, scripts: list[Script], found: str) -> Script | None:
    for script in scripts:
        replaces = getattr(script.module, "replaces", {})
        if found not in replaces:
            continue
        step = position(found, replaces)
        if step is None:
            return script
        raise RepositoryError(
            f'schema "{branch.schema}" is at {step}, in the midst of what was folded into {script.path}',
            hint="upgrade it with the repository as it was before the squash (git log shows the commit), then again",
        )
    return None


def _versions(schema: str) -> TableClause:
    return table(_VERSION_TABLE, column("version_num", Text), schema=schema)
