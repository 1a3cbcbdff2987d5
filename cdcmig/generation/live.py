"""What a live database is, against what the files say: versions, drift, changesets edited after they ran."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from cdcmig.config.settings import Roles
from cdcmig.errors import Finding, RepositoryError, abridged
from cdcmig.generation.dev_database import dev_database, replay, scratch_schema
from cdcmig.generation.schema_state import State, differences, moved, read_state, without_wording
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
    """Yield how the database of a sink differs from its files; ``schemas`` limits which are looked at.

    Drift is looked for in schemas that are at a step of their branch: they must hold what the changesets up to there
    make in the dev database, no less and no more.

    Raises:
        RepositoryError: the revisions of a branch form no single chain.
        TargetError: no dev database.
    """
    wanted = [schema for schema in layout.schemas(sink) if not schemas or schema in schemas]
    branches = {schema: read_branch(layout, sink, schema) for schema in wanted}
    yield from _edited(connection, layout, wanted)
    taken: dict[str, tuple[Step, ...]] = {}
    for schema, steps in branches.items():
        found = squashed.revisions(connection, schema)
        connection.rollback()  # else the locks of all version tables pile up
        fault = _version(found, steps)
        if fault is not None:
            yield Finding(VERSION, layout.branch(sink, schema), 0, "", fault)
        done = _taken(found, steps)
        if done and (schema != INFRASTRUCTURE or _is_newest(done)):
            taken[schema] = done
    if taken:
        yield from _drift(connection, layout, sink, roles, taken, progress)


def _version(found: Sequence[str], steps: Sequence[Step]) -> str | None:
    """Return what is wrong with the revisions that a schema's version table names; None if it is the head alone."""
    head = steps[-1]
    if not found:
        return f"is not upgraded; the head is {head.name}"
    if len(found) > 1:
        return _several(found, steps)
    done = _taken(found, steps)
    missing = len(steps) - len(done)
    if done:
        behind = f"is at {done[-1].name}, {missing} step{'s' * (missing > 1)} behind the head {head.name}"
        return behind if missing else None
    for step in steps:
        middle = replaced_by(step).get(found[0])
        if middle is not None:
            return f"is at {middle}, in the midst of what was folded into {step.name}"
    return f"is at revision {found[0]}, which no file has"


def _several(found: Sequence[str], steps: Sequence[Step]) -> str:
    names = {revision: name for step in steps for revision, name in replaced_by(step).items()}
    names |= {step.revision: step.name for step in steps}
    named = " and ".join(f"{revision} ({names.get(revision, 'no file has it')})" for revision in found)
    return f"is at several revisions: {named}; delete the rows of alembic_version that are not so"


def _taken(found: Sequence[str], steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps up to where a schema is; none where that is no single step of the branch."""
    for place, step in enumerate(steps, 1):
        names = {
            step.revision,
            *list(replaced_by(step))[-1:],
        }  # the last that was folded is the baseline itself
        if len(found) == 1 and found[0] in names:
            return tuple(steps[:place])
    return ()


def _is_newest(steps: Sequence[Step]) -> bool:
    """Return whether the infrastructure is at the version that the dev database gets: no other one is made there."""
    return set(infrastructure.names()) <= {step.name for step in steps}


def _edited(connection: Connection, layout: Layout, schemas: Sequence[str]) -> Iterator[Finding]:
    """Name the changesets whose file is not what was applied last, by the history's checksums."""
    # A stamp ran nothing, so it vouches for no file: what ran before it is still what made the schema. Where nothing
    # ran before it there is no file to compare; whether the schema is what was said of it, drift tells.
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
                state = moved(connection, expected, scratch, schema)
                found = read_state(connection, schema)
                connection.rollback()
                if _major(dev) != _major(connection):
                    state, found = without_wording(state), without_wording(found)
                for line in differences(state, found):
                    yield Finding(DRIFT, layout.branch(sink, schema), 0, "", line)


def _major(connection: Connection) -> int:
    """Return the major version of the server."""
    return int((connection.dialect.server_version_info or (0,))[0])


def _expected(
    dev: Connection, layout: Layout, branches: Branches, schema: str, number: int
) -> tuple[State, str]:
    """Return what a branch makes, and the name of the schema in which it made it."""
    scratch = INFRASTRUCTURE if schema == INFRASTRUCTURE else scratch_schema(number)
    if schema != INFRASTRUCTURE:
        replay(dev, layout, branches[schema], scratch)
    state = read_state(dev, scratch)
    dev.rollback()
    if not state:
        raise RepositoryError(f'the branch of "{schema}" makes nothing')
    return state, scratch
