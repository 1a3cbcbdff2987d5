"""``cdcmig revision``: what has to be written so that every branch leads to its desired state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, inspect

from cdcmig.config.project import Project
from cdcmig.desired.plan import SchemaPlan
from cdcmig.desired.planner import Planner, Unplanned
from cdcmig.errors import ConfigErrors, SchemaSelectionError, abridged, nearest
from cdcmig.evolution import Policy
from cdcmig.generation.comparison import Change, compare
from cdcmig.generation.dev_database import dev_database, replay, scratch_schema
from cdcmig.generation.groups import Group, group
from cdcmig.generation.proposal import PlannedChange, Proposal
from cdcmig.generation.tenants import removed_warnings
from cdcmig.repository import checksums, infrastructure, schedule
from cdcmig.repository.branches import Step, free_label, read_branch, render_revision
from cdcmig.repository.layout import INFRASTRUCTURE, Layout, revision_id
from cdcmig.repository.rendering import body_of, render_changeset, title_of

Progress = Callable[[str], None]
T = TypeVar("T")
_SLUG_LENGTH = 40


@dataclass(frozen=True)
class Selection:
    """Which services, tables and schemas a run is limited to; empty means all."""

    services: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()


@dataclass
class Generator:
    """Compares one sink's branches with its desired state and proposes what is missing."""

    project: Project
    layout: Layout
    sink: str
    message: str
    proposal: Proposal
    selection: Selection = field(default_factory=Selection)
    policy: Policy = field(default_factory=Policy)
    progress: Progress = lambda _what: None
    _unplanned: dict[str, Mapping[str, Unplanned]] = field(default_factory=dict)
    _lost: dict[Unplanned, list[str]] = field(default_factory=dict)

    def run(self) -> None:
        """Fill the proposal; nothing is written.

        Raises:
            ConfigErrors: the snapshots of tables that landed are missing; all of them.
            CdcmigError: the config, the landed files, or the dev database are not as they must be.
        """
        sink_plan = Planner(self.project, self.sink).plan
        plans = self._selected(sink_plan.schemas)
        self._unplanned = self._selected(sink_plan.unplanned)
        self.proposal.notes |= dict.fromkeys(sink_plan.warnings)
        self._verify()
        branches = {
            schema: read_branch(self.layout, self.sink, schema) for schema in self.layout.schemas(self.sink)
        }
        self._propose_infrastructure(branches.pop(INFRASTRUCTURE, ()))
        nothing: SchemaPlan = ()
        planless = dict.fromkeys(self._unplanned.keys() & branches.keys() - plans.keys(), nothing)
        groups = group(plans | planless, branches)
        with dev_database(self.layout.root) as connection:
            self._replay_infrastructure(connection)
            for number, found in enumerate(groups):
                self.progress(f"{self.sink}: comparing {found.schemas[0]} ({len(found.schemas)} schemas)")
                self._propose_group(connection, found, branches, scratch_schema(number))
        if self._lost:
            raise ConfigErrors([table.lost(schemas) for table, schemas in self._lost.items()])

    @cached_property
    def _sinks(self) -> list[str]:
        """All sinks that have branches, or get some."""
        return sorted(
            {*self.layout.sinks(), *(sink for one in self.project.services.values() for sink in one.sinks)}
        )

    def _selected(self, plans: Mapping[str, T]) -> dict[str, T]:
        wanted = self.selection.schemas
        return {schema: plan for schema, plan in plans.items() if not wanted or schema in wanted}

    def _verify(self) -> None:
        folders = [self.layout.versions / self.sink, self.layout.changesets / self.sink]
        checksums.verify(self.layout.scripts, [*folders, self.layout.changesets / INFRASTRUCTURE])

    def _propose_infrastructure(self, present: tuple[Step, ...]) -> None:
        """Propose the infrastructure's changesets, one for each version that the branch lacks."""
        folder = self.layout.changesets / INFRASTRUCTURE
        for name, text in infrastructure.changesets(self.project.settings.roles):
            path = folder / f"{name}.py"
            if not path.exists() and path not in self.proposal.files:
                self.proposal.files[path] = text
                self.proposal.changesets.append(path)
        steps = infrastructure.steps([step.name for step in present])
        if (scheduling := self._schedule_changeset(steps)) is not None:
            steps.append(scheduling)
        self._propose_branch(INFRASTRUCTURE, present, steps)

    def _schedule_changeset(self, steps: Sequence[str]) -> str | None:
        """Return the name of the changeset that leads to the sink's schedule; None: the steps lead there already."""
        folder = self.layout.changesets / INFRASTRUCTURE
        known = {path.stem: text for path, text in self._known(folder).items()}
        settings = self.project.settings.sinks.get(self.sink)
        before, wanted = (
            schedule.after(known[step] for step in steps),
            settings.schedule if settings else None,
        )
        if before == wanted:
            return None
        text = schedule.changeset(before, wanted)
        for name in sorted(known):
            if name not in steps and known[name] == text:
                return name
        path = folder / f"{self._next_number(self._known(folder)):04d}_{schedule.NAME}.py"
        self.proposal.files[path] = text
        self.proposal.changesets.append(path)
        return path.stem

    def _known(self, folder: Path) -> dict[Path, str]:
        """Return the texts of the changesets in a folder: the landed ones, and those that are proposed."""
        landed = {path: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
        return landed | {path: text for path, text in self.proposal.files.items() if path.parent == folder}

    def _propose_group(
        self, connection: Connection, found: Group, branches: dict[str, tuple[Step, ...]], scratch: str
    ) -> None:
        replay(connection, self.layout, found.steps, scratch)
        if self._has_lost(connection, found, scratch) or not found.plan:
            return
        change = compare(connection, self.project, self.sink, found.plan, scratch, self.policy, self._wants)
        self.proposal.notes |= dict.fromkeys(change.notes)
        steps = [step.name for step in found.steps]
        new = tuple(schema for schema in found.schemas if schema not in branches)
        if change.upgrade or change.refusals or new:
            notes, refusals = tuple(change.notes), tuple(change.refusals)
            changed = tuple(found.schemas) if change.upgrade or change.refusals else new
            planned = PlannedChange(self.sink, changed, new, change.upgrade, notes, refusals)
            self.proposal.changes.append(planned)
        if change.upgrade:
            steps.append(self._changeset(change, found, scratch))
        for schema in found.schemas:
            self._propose_branch(schema, branches.get(schema, ()), steps)

    def _has_lost(self, connection: Connection, found: Group, scratch: str) -> bool:
        """Note the tables that landed and have no snapshot any more: compared without, they would seem removed."""
        unplanned = {schema: tables for schema in found.schemas if (tables := self._unplanned.get(schema))}
        if not unplanned:
            return False
        present = set(inspect(connection).get_table_names(schema=scratch))
        connection.rollback()
        lost = [
            (tables[name], schema) for schema, tables in unplanned.items() for name in tables.keys() & present
        ]
        for table, schema in lost:
            self._lost.setdefault(table, []).append(schema)
        return bool(lost)

    def _wants(self, table: str, service: str) -> bool:
        services, tables = self.selection.services, self.selection.tables
        return (not services or service in services) and (not tables or table in tables)

    def _changeset(self, change: Change, found: Group, scratch: str) -> str:
        """Return the name of the changeset that makes this change: a landed one that does the same, or a new one."""
        text = render_changeset(
            self._title(change), change.upgrade, change.downgrade, change.context, scratch
        )
        folder = self.layout.changesets / self.sink
        known = self._known(folder)
        present = {step.name for step in found.steps}
        for path in sorted(known):
            if path.stem not in present and body_of(known[path]) == body_of(text):
                return path.stem
        path = folder / f"{self._next_number(known):04d}_{slug(self.message)}.py"
        self.proposal.files[path] = text
        self.proposal.changesets.append(path)
        return path.stem

    def _title(self, change: Change) -> str:
        notes = "".join(f"\n* {note}" for note in change.notes)
        return self.message + (f"\n{notes}" if notes else "")

    @staticmethod
    def _next_number(paths: Iterable[Path]) -> int:
        numbers = [int(path.name[:4]) for path in paths if re.match(r"\d{4}_", path.name)]
        return max(numbers, default=0) + 1

    def _propose_branch(self, schema: str, present: tuple[Step, ...], steps: Sequence[str]) -> None:
        """Propose the revisions that a branch lacks of ``steps``."""
        down = present[-1].revision if present else None
        folder = self.layout.branch(self.sink, schema)
        for place, step in enumerate(steps[len(present) :], start=len(present)):
            label = (
                free_label(self.layout, self.sink, schema, self._sinks, self.proposal.branches)
                if place == 0
                else None
            )
            path = folder / f"{step}.py"
            self.proposal.files[path] = render_revision(
                self.sink, schema, step, self._message_of(schema, step), down_revision=down, label=label
            )
            self.proposal.revisions.append(path)
            self.proposal.branches.add(folder)
            down = revision_id(self.sink, schema, step)

    def _message_of(self, schema: str, step: str) -> str:
        path = self.layout.changeset_folder(self.sink, schema) / f"{step}.py"
        return title_of(self.proposal.files.get(path) or path.read_text(encoding="utf-8")) or step

    def _replay_infrastructure(self, connection: Connection) -> None:
        infrastructure.create(connection, self.project.settings.roles)


def slug(message: str) -> str:
    """Return a message as part of a file name: lower case, words joined by ``_``, at most 40 characters."""
    text = "_".join(re.findall(r"\w+", message.lower()))
    if len(text) > _SLUG_LENGTH:
        text = text[:_SLUG_LENGTH].rsplit("_", 1)[0]
    return text or "changes"


def propose(
    project: Project,
    message: str,
    selection: Selection = Selection(),
    sinks: frozenset[str] = frozenset(),
    progress: Progress = lambda _what: None,
    policy: Policy = Policy(),  # noqa: B008 - frozen
) -> Proposal:
    """Return what is to be written for the sinks named, or for all sinks of the services.

    Refused changes are listed in it; such a proposal cannot be written.

    Raises:
        SchemaSelectionError: a sink, schema, service or table that no service names.
    """
    layout = Layout.at(project.root)
    known = sorted({sink for service in project.services.values() for sink in service.sinks})
    for sink in sorted(sinks - set(known)):
        raise SchemaSelectionError(f'no service has a sink "{sink}"{nearest(sink, known)}')
    chosen = [sink for sink in known if not sinks or sink in sinks]
    _check_names(project, layout, chosen, selection, policy)
    proposal = Proposal(layout)
    for sink in chosen:
        Generator(project, layout, sink, message, proposal, selection, policy, progress).run()
    proposal.warnings |= dict.fromkeys(removed_warnings(project, sinks, selection.schemas))
    return proposal


def _check_names(
    project: Project, layout: Layout, sinks: Sequence[str], selection: Selection, policy: Policy
) -> None:
    """Refuse a name that the config does not have: a slip of the pen would change nothing, and not say so."""
    planners = [Planner(project, sink) for sink in sinks]
    plans = [planner.plan for planner in planners] if selection.schemas or selection.tables else []
    schemas = {schema for planner in planners for schema in planner.configured()}
    _refuse_removed(layout, sinks, selection.schemas - schemas)
    _known("schema", selection.schemas, schemas)
    _known("service", selection.services, set(project.services))
    if not policy.allow_destructive:  # what is to be dropped is not in the config any more
        tables = {table.name for plan in plans for schema in plan.schemas.values() for table in schema}
        unplanned = {name for plan in plans for schema in plan.unplanned.values() for name in schema}
        _known("target table", selection.tables, tables | unplanned)


def _refuse_removed(layout: Layout, sinks: Iterable[str], schemas: Iterable[str]) -> None:
    """Refuse schemas that the config has no more: nothing is desired there, and nothing is written."""
    for schema in sorted(schemas):
        for sink in sinks:
            if count := len(read_branch(layout, sink, schema)):
                steps = f"{count} step{'' if count == 1 else 's'}"
                folder = layout.branch(sink, schema).relative_to(layout.root)
                raise SchemaSelectionError(
                    f'nothing in the config is for schema "{schema}" any more; its branch stays, {steps} in {folder}',
                    hint="what was upgraded stays too: cdcmig check --target --schema, alembic downgrade -x schema=",
                )


def _known(kind: str, given: frozenset[str], names: set[str]) -> None:
    for name in sorted(given - names):
        hint = f"the config has {len(names):,}: {abridged(sorted(names))}"
        raise SchemaSelectionError(f'no {kind} "{name}"{nearest(name, sorted(names))}', hint=hint)
