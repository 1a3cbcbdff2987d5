"""Compares a live database with the files: version, drift, and changesets edited after they were applied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from cdcmig.config.settings import Roles
from cdcmig.errors import Finding, RepositoryError, abridged
from cdcmig.generation.dev_database import dev_database, replay, scratch_schema
from cdcmig.generation.schema_state import (
    State,
    differences,
    read_state,
    with_schema_renamed,
    without_deparsed_sql,
)
from cdcmig.repository import checksums, infrastructure
from cdcmig.repository.branches import Step, read_branch, replaced_by
from cdcmig.repository.layout import INFRASTRUCTURE, Layout
from cdcmig.runtime import history, squashed

VERSION = "version"
DRIFT = "drift"
APPLIED = "applied"

Progress = Callable[[str], None]
Branches = Mapping[str, tuple[Step, ...]]


def examine(
    connection: Connection,
    layout: Layout,
    sink: str,
    roles: Roles,
    schemas: Sequence[str] = (),
    progress: Progress = lambda _what: None,
) -> Iterator[Finding]:
    """Yield how the database of a sink differs from its files; ``schemas`` limits the check to these.

    Drift is checked in schemas that are at a step of their branch: they must equal what the changesets up to that step
    create in the dev database.

    Raises:
        RepositoryError: the revisions of a branch are not a single chain.
        TargetError: the dev database is not available.
    """
    selected = [schema for schema in layout.schemas(sink) if not schemas or schema in schemas]
    branches = {schema: read_branch(layout, sink, schema) for schema in selected}
    yield from _edited_changesets(connection, layout, selected)
    to_compare: dict[str, tuple[Step, ...]] = {}
    for schema, steps in branches.items():
        found = squashed.revisions(connection, schema)
        connection.rollback()  # releases the lock on the version table
        fault = _version_fault(found, steps)
        if fault is not None:
            yield Finding(VERSION, layout.branch(sink, schema), 0, "", fault)
        done = _applied_steps(found, steps)
        if done and (schema != INFRASTRUCTURE or _is_newest(done)):
            to_compare[schema] = done
    if to_compare:
        yield from _drift(connection, layout, sink, roles, to_compare, progress)


def _version_fault(found: Sequence[str], steps: Sequence[Step]) -> str | None:
    """Describe why a schema's version table does not contain exactly the head; None if it does."""
    head = steps[-1]
    if not found:
        return f"is not upgraded; the head is {head.name}"
    if len(found) > 1:
        return _several_revisions(found, steps)
    done = _applied_steps(found, steps)
    missing = len(steps) - len(done)
    if done:
        behind = f"is at {done[-1].name}, {missing} step{'s' * (missing > 1)} behind the head {head.name}"
        return behind if missing else None
    for step in steps:
        replaced = replaced_by(step).get(found[0])
        if replaced is not None:
            return f"is at {replaced}, in the middle of the history that was squashed into {step.name}"
    return f"is at revision {found[0]}, which is not in any file"


def _several_revisions(found: Sequence[str], steps: Sequence[Step]) -> str:
    names = {revision: name for step in steps for revision, name in replaced_by(step).items()}
    names |= {step.revision: step.name for step in steps}
    named = " and ".join(f"{revision} ({names.get(revision, 'not in any file')})" for revision in found)
    return f"is at several revisions: {named}; delete the wrong rows from alembic_version"


def _applied_steps(found: Sequence[str], steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps of a branch that a schema has applied; empty if it is not at a single known step."""
    for place, step in enumerate(steps, 1):
        last_squashed = list(replaced_by(step))[-1:]  # equals the baseline
        revisions = {step.revision, *last_squashed}
        if len(found) == 1 and found[0] in revisions:
            return tuple(steps[:place])
    return ()


def _is_newest(steps: Sequence[Step]) -> bool:
    """Check that the infrastructure is at its newest version, the only one that the dev database can have."""
    return set(infrastructure.names()) <= {step.name for step in steps}


def _edited_changesets(connection: Connection, layout: Layout, schemas: Sequence[str]) -> Iterator[Finding]:
    """Yield the changesets whose file differs from the one last applied, by the history's checksums."""
    # A stamp runs nothing and has no checksum, so the last run before it counts. Where there is none, only the drift
    # check can show that the stamp was wrong.
    rows = [row for row in history.read(connection, schemas) if row["direction"] != history.STAMP]
    latest = {(row["schema_name"], row["changeset"]): row for row in rows}
    connection.rollback()
    edited: dict[str, list[str]] = defaultdict(list)
    for (schema, changeset), row in latest.items():
        file = layout.scripts / f"{changeset}.py"
        applied = row["direction"] != "downgrade" and file.is_file()
        if applied and checksums.digest(file.read_bytes()) != row["checksum"]:
            edited[changeset].append(schema)
    for changeset, names in sorted(edited.items()):
        file = layout.scripts / f"{changeset}.py"
        yield Finding(APPLIED, file, 0, "", f"was edited after it was applied to {abridged(sorted(names))}")


def _drift(
    connection: Connection, layout: Layout, sink: str, roles: Roles, branches: Branches, progress: Progress
) -> Iterator[Finding]:
    histories: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for schema, steps in branches.items():
        histories[tuple(step.name if step.bound else str(step.path) for step in steps)].append(schema)
    with dev_database(layout.root) as dev:
        infrastructure.create(dev, roles)
        for number, schemas in enumerate(histories.values()):
            expected, scratch = _expected(dev, layout, branches, schemas[0], number)
            for schema in schemas:
                progress(f"{sink}: drift of {schema}")
                state = with_schema_renamed(connection, expected, scratch, schema)
                found = read_state(connection, schema)
                connection.rollback()
                if _major(dev) != _major(connection):
                    state, found = without_deparsed_sql(state), without_deparsed_sql(found)
                for line in differences(state, found):
                    yield Finding(DRIFT, layout.branch(sink, schema), 0, "", line)


def _major(connection: Connection) -> int:
    """Return the major version of the server."""
    return int((connection.dialect.server_version_info or (0,))[0])


def _expected(
    dev: Connection, layout: Layout, branches: Branches, schema: str, number: int
) -> tuple[State, str]:
    """Replay a branch in the dev database; return the resulting state and the name of its scratch schema."""
    scratch = INFRASTRUCTURE if schema == INFRASTRUCTURE else scratch_schema(number)
    if schema != INFRASTRUCTURE:
        replay(dev, layout, branches[schema], scratch)
    state = read_state(dev, scratch)
    dev.rollback()
    if not state:
        raise RepositoryError(f'the branch of "{schema}" creates nothing')
    return state, scratch
