"""Databases that were upgraded before `cdcmig squash` folded their branch: recognised, not rebuilt.

A baseline revision has ``replaces``: the revisions that were folded into it, in order, each with the name of its
step. A schema at the last one holds what the baseline would make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.script import Script
from sqlalchemy import Connection, TableClause, Text, column, func, select, table, update

from cdcmig import alembic_internals
from cdcmig.errors import RepositoryError
from cdcmig.runtime import history
from cdcmig.sql.quoting import qualified

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import Executable

    from cdcmig.runtime.branch import Branch

VERSION_TABLE = "alembic_version"


def recognise(branch: Branch, script: ScriptDirectory, connection: Connection, *, write: bool) -> None:
    """Take a schema at the last folded revision for one at the baseline.

    Args:
        script: the script directory, limited to the branch; it gets to know the old revision as another name of
            the baseline.
        write: correct the version table too, in a transaction of its own.

    Raises:
        RepositoryError: the schema is at a revision in the midst of what was folded.
    """
    found = revisions(connection, branch.schema)
    connection.rollback()
    # Of several rows one at most is true, and nobody here can tell which: Alembic says what it thinks of them.
    baseline = _baseline(branch, script, found[0] if len(found) == 1 else None)
    if baseline is not None and write:
        for statement in _statements(branch, baseline):
            connection.execute(statement)
        connection.commit()


def recognise_in_script(branch: Branch, script: ScriptDirectory, context: MigrationContext) -> None:
    """Take the revision at which a script of ``--sql`` begins for the baseline, and have the script do so too.

    Raises:
        RepositoryError: it is in the midst of what was folded.
    """
    baseline = _baseline(branch, script, context.opts["starting_rev"])
    if baseline is not None:
        for statement in _statements(branch, baseline):
            alembic_internals.execute(context, statement)


def _statements(branch: Branch, baseline: Script) -> tuple[Executable, ...]:
    """Return what makes a database stand at the baseline."""
    version = update(_versions(branch.schema)).values(version_num=baseline.revision)
    return version, history.squashed(branch, baseline)


def revisions(connection: Connection, schema: str) -> list[str]:
    """Return what a schema's version table names, sorted: one revision, none, or several if somebody wrote there."""
    relation = func.to_regclass(qualified(schema, VERSION_TABLE))
    if connection.scalar(select(relation)) is None:
        return []
    return sorted(connection.scalars(select(_versions(schema).c.version_num)))


def current(connection: Connection, schema: str) -> str | None:
    """Return the revision that a schema's version table names; None where there is none."""
    return next(iter(revisions(connection, schema)), None)


def unknown(branch: Branch, script: ScriptDirectory, connection: Connection) -> str | None:
    """Return the revision of a schema that ``script``, limited to its branch, does not know, named if history can."""
    for revision in revisions(connection, branch.schema):
        if revision not in alembic_internals.known_revisions(script):
            rows = history.read(connection, [branch.schema])
            names = {row["revision"]: row["changeset"] for row in rows if row["changeset"]}
            return f"{revision} ({names[revision]})" if revision in names else revision
    return None


def position(found: str, replaces: dict[str, str]) -> str | None:
    """Return None if ``found`` is the head of what was folded, else the step that it stands at."""
    return None if found == next(reversed(replaces)) else replaces[found]


def _baseline(branch: Branch, script: ScriptDirectory, found: str | None) -> Script | None:
    """Return the baseline that a revision was folded into, which ``script`` then knows by both names."""
    known = alembic_internals.known_revisions(script)
    if found is None or found in known:
        return None
    for revision in [revision for revision in known.values() if isinstance(revision, Script)]:
        replaces = getattr(revision.module, "replaces", {})
        if found not in replaces:
            continue
        step = position(found, replaces)
        if step is not None:
            raise RepositoryError(
                f'schema "{branch.schema}" is at {step}, in the midst of what was folded into {revision.path}',
                hint="upgrade it with the repository as it was before the squash (git log shows the commit),"
                " then again",
            )
        known[found] = revision
        return revision
    return None  # Alembic says what it thinks of an unknown revision


def _versions(schema: str) -> TableClause:
    return table(VERSION_TABLE, column("version_num", Text), schema=schema)
