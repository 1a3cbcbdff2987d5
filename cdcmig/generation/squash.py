"""`cdcmig squash`: replaces the history of branches with one baseline changeset."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from types import ModuleType

from alembic.autogenerate import produce_migrations
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateTableOp
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.schema import CreateSchema

from cdcmig.config.project import Project
from cdcmig.errors import RepositoryError, SchemaSelectionError, nearest
from cdcmig.evolution.context import flat
from cdcmig.generation.comparison import BEFORE, Section, by_table, reverse
from cdcmig.generation.dev_database import dev_database, replay, scratch_schema
from cdcmig.generation.proposal import Proposal
from cdcmig.generation.reflection import reflect
from cdcmig.generation.schema_state import GRANT, State, differences, read_state, with_schema_renamed
from cdcmig.operations import AcceptRenamedColumnsOp, RequireDataLossConsentOp, autogenerate
from cdcmig.operations.compared import DesiredObjects
from cdcmig.operations.renamed_columns import renamed_columns
from cdcmig.operations.staging_table import CreateStagingTableOp
from cdcmig.repository import checksums, infrastructure
from cdcmig.repository.branches import Step, label_of, read_branch, render_revision, replaced_by
from cdcmig.repository.layout import INFRASTRUCTURE, Layout
from cdcmig.repository.rendering import body_of, render_changeset

Progress = Callable[[str], None]
_SLUG = "baseline"
_SHOWN = 20


@dataclass
class Fold:
    """Branches with the same history, which get the same baseline."""

    steps: tuple[Step, ...]
    schemas: list[str] = field(default_factory=list)


@dataclass
class Squash:
    """Squashes the branches of one sink into the proposal; writes no files."""

    project: Project
    layout: Layout
    sink: str
    proposal: Proposal
    progress: Progress = lambda _what: None

    def run(self, schemas: Sequence[str] = ()) -> None:
        """Propose the baselines, and the removal of the files that they replace.

        Raises:
            RepositoryError: a baseline would not create the same schema as its history.
            ChecksumError: the files differ from their recorded checksums.
        """
        folders = [self.layout.versions / self.sink, self.layout.changesets / self.sink]
        checksums.verify(self.layout.scripts, folders)
        branches = {
            schema: read_branch(self.layout, self.sink, schema)
            for schema in self.layout.schemas(self.sink)
            if schema != INFRASTRUCTURE
        }
        folds = distinct(branches, schemas)
        if not folds:
            return
        with dev_database(self.layout.root) as connection:
            infrastructure.create(connection, self.project.settings.roles)
            for number, fold in enumerate(folds):
                self.progress(f"{self.sink}: squashing {fold.schemas[0]} ({len(fold.schemas)} schemas)")
                self._fold(connection, fold, number)
        self._remove(branches, folds)

    def _fold(self, connection: Connection, fold: Fold, number: int) -> None:
        old, new = scratch_schema(number), scratch_schema(number, "new")
        replay(connection, self.layout, fold.steps, old)
        sections, context = self._sections(connection, old, new)
        back = [_consent(sections, new), *reverse(sections)]
        text = render_changeset(_title(fold), sections, back, context, new)
        self._verify(connection, text, fold, old, new)
        name = self._changeset(text)
        for schema in fold.schemas:
            self._rebind(schema, name)

    def _sections(self, connection: Connection, old: str, new: str) -> tuple[list[Section], MigrationContext]:
        """Return the operations that create the contents of ``old`` in the empty schema ``new``.

        The operations are run and the schemas compared again: a staging table may have columns that its final table
        lacks, which can be added only after it was created.
        """
        connection.execute(CreateSchema(new))
        connection.commit()
        reflected = reflect(connection, old, new, self.project.settings.roles)
        context, first = _operations(connection, reflected)
        operations = Operations(context)
        for operation in first:
            operations.invoke(operation)
        _, second = _operations(connection, reflected)
        renamed = renamed_columns(connection, old)
        connection.rollback()
        accepted = [
            AcceptRenamedColumnsOp(table, names, schema=new) for table, names in sorted(renamed.items())
        ]
        sections = by_table([*first, *second, *accepted], reflected.final_of)
        return sorted(sections, key=itemgetter(0)), context

    def _verify(self, connection: Connection, text: str, fold: Fold, old: str, new: str) -> None:
        """Run the baseline, and compare its result with the result of the history."""
        module = ModuleType(_SLUG)
        exec(compile(text, f"{_SLUG}.py", "exec"), module.__dict__)  # noqa: S102 - our own text
        context = MigrationContext.configure(connection)
        with context.begin_transaction(), Operations.context(context):
            module.upgrade(new)
        expected = with_schema_renamed(connection, read_state(connection, old), old, new)
        found = read_state(connection, new)
        connection.rollback()
        changes = list(differences(_without_grants(expected), _without_grants(found)))
        if changes:
            raise RepositoryError(
                f"{self.sink}: the history of {fold.schemas[0]} cannot be squashed; a baseline would differ:\n  "
                + "\n  ".join(changes[:_SHOWN] + ["…"] * (len(changes) > _SHOWN)),
                hint="objects of hand-written changesets that the config does not know cannot be squashed",
            )
        for line in differences(expected, found):
            self.proposal.notes[f"{fold.schemas[0]}: {line}"] = None

    def _changeset(self, text: str) -> str:
        """Propose the baseline and return its name; branches with equal results share a baseline."""
        folder = self.layout.changesets / self.sink
        for path in self.proposal.changesets:
            if path.parent == folder and body_of(self.proposal.files[path]) == body_of(text):
                return path.stem
        known = [*folder.glob("*.py"), *self.proposal.changesets]
        numbers = [int(path.name[:4]) for path in known if re.match(r"\d{4}_", path.name)]
        path = folder / f"{max(numbers) + 1:04d}_{_SLUG}.py"
        self.proposal.files[path] = text
        self.proposal.changesets.append(path)
        return path.stem

    def _rebind(self, schema: str, name: str) -> None:
        steps = read_branch(self.layout, self.sink, schema)
        replaces: dict[str, str] = {}
        for step in steps:
            replaces |= replaced_by(step) | {step.revision: step.name}
        path = self.layout.branch(self.sink, schema) / f"{name}.py"
        self.proposal.files[path] = render_revision(
            self.sink,
            schema,
            name,
            f"baseline of {len(replaces)} steps up to {steps[-1].name}",
            down_revision=None,
            label=label_of(steps[0]),
            replaces=replaces,
        )
        self.proposal.revisions.append(path)
        self.proposal.removals += [step.path for step in steps]

    def _remove(self, branches: dict[str, tuple[Step, ...]], folds: list[Fold]) -> None:
        """Propose to remove the changesets that no branch binds any more."""
        squashed = {schema for fold in folds for schema in fold.schemas}
        in_use = {step.name for schema in branches.keys() - squashed for step in branches[schema]}
        unused = {step.name for fold in folds for step in fold.steps if step.bound} - in_use
        folder = self.layout.changesets / self.sink
        self.proposal.removals += [folder / f"{name}.py" for name in sorted(unused)]


def distinct(branches: dict[str, tuple[Step, ...]], schemas: Sequence[str] = ()) -> list[Fold]:
    """Group the branches to squash by history; branches of a single step are left out."""
    folds: dict[tuple[str, ...], Fold] = {}
    for schema, steps in sorted(branches.items()):
        if len(steps) > 1 and (not schemas or schema in schemas):
            history = tuple(step.name if step.bound else str(step.path) for step in steps)
            folds.setdefault(history, Fold(steps)).schemas.append(schema)
    return list(folds.values())


def squash(
    project: Project,
    sink: str | None = None,
    schemas: Sequence[str] = (),
    progress: Progress = lambda _what: None,
) -> Proposal:
    """Propose to squash the branches of a sink, or of all sinks.

    Raises:
        SchemaSelectionError: an unknown sink or schema.
        RepositoryError: a baseline would not create the same schema as its history.
    """
    layout = Layout.at(project.root)
    proposal = Proposal(layout)
    sinks = [layout.select_sink(sink, None)] if sink else layout.sinks()
    known = {schema for each in sinks for schema in layout.schemas(each)} - {INFRASTRUCTURE}
    for schema in schemas:
        if schema not in known:
            raise SchemaSelectionError(f'no branch "{schema}"{nearest(schema, sorted(known))}')
    for each in sinks:
        Squash(project, layout, each, proposal, progress).run(schemas)
    return proposal


def _operations(
    connection: Connection, desired: DesiredObjects
) -> tuple[MigrationContext, list[MigrateOperation]]:
    options = autogenerate.options(connection, desired)
    context = MigrationContext.configure(connection, opts=options)
    upgrade = produce_migrations(context, desired.metadata).upgrade_ops
    assert upgrade is not None
    return context, flat(upgrade.ops)


def _title(fold: Fold) -> str:
    names = "".join(f"\n* {step.name}" for step in fold.steps)
    return f"baseline: replaces {len(fold.steps)} steps\n{names}"


def _consent(sections: Sequence[Section], schema: str) -> Section:
    """Return the data-loss guards of the downgrade: downgrading a baseline drops every table."""
    names = [
        operation.table_name if isinstance(operation, CreateTableOp) else operation.definition.name
        for _, operations in sections
        for operation in operations
        if isinstance(operation, CreateTableOp | CreateStagingTableOp)
    ]
    what = "the table is dropped with its rows: a baseline has no earlier step"
    return BEFORE, [RequireDataLossConsentOp(what, table=name, where="true", schema=schema) for name in names]


def _without_grants(state: State) -> State:
    return {found: definition for found, definition in state.items() if found.kind != GRANT}
