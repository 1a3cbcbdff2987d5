"""`cdcmig check`: runs all checks of a repository, and optionally of its databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cdcmig.config.project import Project, load_project
from cdcmig.config.snapshot_checks import NO_SNAPSHOT
from cdcmig.desired.planner import Planner
from cdcmig.errors import CONFIG, ConfigErrors, Finding, MappingError, abridged
from cdcmig.generation.generator import Selection, propose
from cdcmig.generation.linting import lint, migrations
from cdcmig.generation.live import examine
from cdcmig.generation.proposal import PlannedChange
from cdcmig.generation.tenants import removed_warnings
from cdcmig.repository.audit import audit
from cdcmig.repository.layout import Layout
from cdcmig.runtime import target

PENDING = "pending"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Scope:
    """What to check.

    Attributes:
        pending: compare the branches with the desired state, in a dev database.
        target: check the live databases too.
        environment: the environment of the live databases.
        sinks: only these; empty: all.
        schemas: only these; empty: all.
    """

    pending: bool = True
    target: bool = False
    environment: str | None = None
    sinks: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()


@dataclass
class Report:
    """The results of a check.

    Attributes:
        findings: problems, which fail the check.
        skipped: checks that could not be run, with the reason.
        warnings: messages that do not fail the check.
    """

    findings: list[Finding] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def check(root: Path, scope: Scope, progress: Progress = lambda _what: None) -> Report:
    """Check the files, lint them, then check the config, pending changes and the live databases.

    Raises:
        TargetError: a database cannot be reached.
        SchemaSelectionError: an unknown sink or schema.
    """
    layout = Layout.at(root)
    report = Report(audit(layout))
    files_are_valid = not report.findings
    report.findings += lint(migrations(layout))
    try:
        project = load_project(root)
    except ConfigErrors as errors:
        report.findings += errors.problems
        report.skipped.append("pending changes and the target database: the configuration is invalid")
        return report
    report.warnings += [str(each) for each in project.warnings if each.check == NO_SNAPSHOT]
    report.warnings += removed_warnings(project, scope.sinks, scope.schemas)
    if not files_are_valid:
        report.skipped.append("pending changes and the target database: the files are invalid")
        return report
    if scope.pending:
        report.findings += _pending(project, layout, scope, progress)
    if scope.target:
        report.findings += _live(project, layout, scope, progress)
    return report


def _pending(project: Project, layout: Layout, scope: Scope, progress: Progress) -> Iterator[Finding]:
    try:
        schemas = scope.schemas - _orphans(project, layout)
        if scope.schemas and not schemas:
            return
        selection = Selection(schemas=schemas)
        proposal = propose(project, "pending changes", selection, scope.sinks, progress)
    except ConfigErrors as errors:
        yield from errors.problems
        return
    except MappingError as error:
        for line in error.message.splitlines():
            yield Finding(CONFIG, layout.root / "services", 0, "", line)
        return
    for change in proposal.changes:
        yield from _changes(layout, change)
    if not proposal.changes and proposal.files:
        paths = abridged([path.relative_to(layout.scripts).as_posix() for path in proposal.files], 3)
        yield Finding(PENDING, layout.scripts, 0, "", f"files are missing: {paths}")


def _orphans(project: Project, layout: Layout) -> set[str]:
    """Return the schemas with a branch that are no longer in the config, so that nothing can be pending."""
    sinks = {sink for service in project.services.values() for sink in service.sinks}
    configured = {schema for sink in sinks for schema in Planner(project, sink).configured()}
    return {schema for sink in layout.sinks() for schema in layout.schemas(sink)} - configured


def _changes(layout: Layout, change: PlannedChange) -> Iterator[Finding]:
    for schema in change.new:
        yield Finding(PENDING, layout.branch(change.sink, schema), 0, "", "there is no branch yet")
    who = abridged(list(change.schemas), 3)
    for table, lines in change.tables().items():
        for line in lines:
            yield Finding(PENDING, layout.changesets / change.sink, 0, "", f"{who}: {table}: {line}")
    for refusal in change.refusals:
        message = f"{who}: refused: {refusal.message}; {refusal.hint}"
        yield Finding(PENDING, layout.changesets / change.sink, 0, "", message)


def _live(project: Project, layout: Layout, scope: Scope, progress: Progress) -> Iterator[Finding]:
    for sink in layout.sinks():
        if scope.sinks and sink not in scope.sinks:
            continue
        with target.connect(target.resolve_at(layout.root, sink, scope.environment)) as connection:
            roles = project.settings.roles
            yield from examine(connection, layout, sink, roles, sorted(scope.schemas), progress)
