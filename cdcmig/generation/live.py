"""What a live database is, against what the files say: versions, drift, changesets edited after they ran."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from cdcmig.config.settings import Roles
from cdcmig.errors import Problem, RepositoryError
from cdcmig.generation.dev_database import dev_database, replay, scratch_schema
from cdcmig.generation.schema_state import State, differences, moved, read_state, without_wording
from cdcmig.repository import checksums, infrastructure
from cdcmig.repository.branches import Step, read_branch, replaced_by
from cdcmig.repository.layout import INFRASTRUCTURE, Layout, abridged
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
) -> Iterator[Problem]:
    """Yield how the database of a sink differs from its files; ``schemas`` limits which are looked at.

    Drift is looked for in schemas that are at their head: they must hold what their changesets make in the dev
    database, no less and no more.

    Raises:
        RepositoryError: the revisions of a branch form no single chain.
        TargetError: no dev database.
    """
    wanted = [schema for schema in layout.schemas(sink) if not schemas or schema in schemas]
    branches = {schema: read_branch(layout, sink, schema) for schema in wanted}
    yield from _edited(connection, layout, wanted)
    at_head: dict[str, tuple[Step, ...]] = {}
    for schema, steps in branches.items():
        fault = _version(squashed.current(connection, schema), steps)
        if fault is None:
            at_head[schema] = steps
        else:
            yield Problem(layout.branch(sink, schema), None, VERSION, fault)
    if at_head:
        yield from _drift(connection, layout, sink, roles, at_head, progress)


def _version(found: str | None, steps: Sequence[Step]) -> str | None:
    """Return what is wrong with the revision that a schema is at; None if it is the head."""
    head = steps[-1]
    if found == head.revision:
        return None
    if found is None:
        return f"is not upgraded; the head is {head.name}"
    for step in steps:
        replaces = replaced_by(step)
        if found in replaces:
            middle = squashed.position(found, replaces)
            if middle is not None:
                return f"is at {middle}, in the midst of what was folded into {step.name}"
            return None if step == head else _behind(step, steps)
    names = {step.revision: step for step in steps}
    return _behind(names[found], steps) if found in names else f"is at revision {found}, which no file has"


def _behind(step: Step, steps: Sequence[Step]) -> str:
    missing = len(steps) - 1 - steps.index(step)
    return f"is at {step.name}, {missing} step{'s' * (missing > 1)} behind the head {steps[-1].name}"


def _edited(connection: Connection, layout: Layout, schemas: Sequence[str]) -> Iterator[Problem]:
    """Name the changesets whose file is not what was applied last, by the history's checksums."""
    latest = {(row["schema_name"], row["changeset"]): row for row in history.read(connection, schemas)}
    connection.rollback()
    edited: dict[str, list[str]] = defaultdict(list)
    for (schema, changeset), row in latest.items():
        file = layout.scripts / f"{changeset}.py"
        applied = row["direction"] != "downgrade" and file.is_file()
        if applied and checksums.digest(file.read_bytes()) != row["checksum"]:
            edited[changeset].append(schema)
    for changeset, names in sorted(edited.items()):
        file = layout.scripts / f"{changeset}.py"
        yield Problem(file, None, APPLIED, f"was edited after it was applied to {abridged(sorted(names))}")


def _drift(
    connection: Connection, layout: Layout, sink: str, roles: Roles, branches: Branches, progress: Progress
) -> Iterator[Problem]:
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
                    yield Problem(layout.branch(sink, schema), None, DRIFT, line)


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
