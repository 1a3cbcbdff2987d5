"""The schemas of every sink: whose they are, and where their branches stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cdcmig.config.files import SOURCE_GROUPS
from cdcmig.config.project import Project
from cdcmig.desired.planner import Planner
from cdcmig.errors import SchemaSelectionError, nearest
from cdcmig.generation.groups import group
from cdcmig.mapping.names import schema_name
from cdcmig.repository.branches import read_branch
from cdcmig.repository.layout import INFRASTRUCTURE, Layout

IN_CONFIG = "in the config"
NEW = "new: cdcmig revision writes its branch"
REMOVED = "removed from the config; its schema and branch stay"
SHARED = "infrastructure"


@dataclass(frozen=True)
class Tenant:
    """One schema of one sink.

    Attributes:
        tenants: the keys below ``sources:`` whose schema it is, as they are written; empty for a literal schema.
        state: whether config and files both know it.
        head: the last changeset of its branch; None where there is no branch.
        steps: how many revisions the branch has.
        group: a number that schemas of one history and one desired state share; None where nothing is desired.
    """

    sink: str
    schema: str
    tenants: tuple[str, ...]
    state: str
    head: str | None
    steps: int
    group: int | None

    @property
    def has_branch(self) -> bool:
        """Whether there are revisions for it."""
        return self.steps > 0


def list_tenants(project: Project, sink: str | None = None) -> list[Tenant]:
    """Return the schemas of a sink, or of all sinks, sorted by sink; the infrastructure first, then by schema.

    Raises:
        SchemaSelectionError: there is no such sink.
        MappingError: the config cannot be expressed in PostgreSQL.
        RepositoryError: the revisions of a branch form no single chain.
    """
    layout = Layout.at(project.root)
    configured = {sink for service in project.services.values() for sink in service.sinks}
    sinks = sorted(configured | set(layout.sinks()))
    if sink is not None and sink not in sinks:
        raise SchemaSelectionError(
            f'no sink "{sink}"{nearest(sink, sinks)}', hint=f"sinks: {', '.join(sinks)}"
        )
    return [tenant for each in sinks if sink in {None, each} for tenant in _of_sink(project, layout, each)]


def _of_sink(project: Project, layout: Layout, sink: str) -> Iterator[Tenant]:
    planner = Planner(project, sink)
    plans = planner.plan.schemas
    branches = {schema: read_branch(layout, sink, schema) for schema in layout.schemas(sink)}
    infrastructure = branches.pop(INFRASTRUCTURE, ())
    groups = {
        schema: number for number, found in enumerate(group(plans, branches), 1) for schema in found.schemas
    }
    if infrastructure:
        head, steps = infrastructure[-1].name, len(infrastructure)
        yield Tenant(sink, INFRASTRUCTURE, (), SHARED, head, steps, None)
    gone = branches.keys() - planner.configured() - planner.configured(target_exists=True)
    for schema in sorted(plans.keys() | branches.keys()):
        chain = branches.get(schema, ())
        state = REMOVED if schema in gone else IN_CONFIG if chain else NEW
        yield Tenant(
            sink,
            schema,
            _keys(project, sink, schema),
            state,
            chain[-1].name if chain else None,
            len(chain),
            groups.get(schema),
        )


def _keys(project: Project, sink: str, schema: str) -> tuple[str, ...]:
    """Return the keys below ``sources:``, of the services that write to the sink, whose schema this is."""
    sources = {
        key
        for name, service in project.services.items()
        if sink in service.sinks
        for key in project.source_group_of(name).sources
    }
    return tuple(sorted(key for key in sources if schema_name(key) == schema))


def tell_removed(
    project: Project, sinks: Collection[str] = (), schemas: Collection[str] = ()
) -> Iterator[str]:
    """Yield a warning for each schema that gets nothing more; ``sinks`` and ``schemas`` limit them."""
    for sink in Layout.at(project.root).sinks():
        if sinks and sink not in sinks:
            continue
        for schema, reason in sorted(_left(project, sink).items()):
            if not schemas or schema in schemas:
                yield f"{reason}: its branch and its schema stay, and get no further changesets"


def _left(project: Project, sink: str) -> dict[str, str]:
    """Return the schemas of a sink that have a branch and nothing to come, each with the reason."""
    planner = Planner(project, sink)
    left = set(Layout.at(project.root).schemas(sink)) - {INFRASTRUCTURE} - planner.configured()
    foreign = left & planner.configured(target_exists=True)
    customers = _customers(project, sink, left - foreign)
    reasons = {schema: f'schema "{schema}" of {sink} is not in the config any more' for schema in left}
    reasons |= {schema: f'customer "{schema}" is not in {SOURCE_GROUPS} any more' for schema in customers}
    return reasons | {
        schema: f'schema "{schema}" of {sink} has only target_exists tables in the config now'
        for schema in foreign
    }


def _customers(project: Project, sink: str, gone: Collection[str]) -> set[str]:
    """Return which of the removed schemas were a customer's: those that share changesets with customers who stay.

    Files do not say whose a schema is. One whose customer source-groups.yaml still has lost its tables instead.
    """
    services = [service for service in project.services.values() if sink in service.sinks]
    groups = {id(found): found for service in services if (found := project.source_group_of(service.name))}
    sources = [key for found in groups.values() if found.pattern == "db-per-tenant" for key in found.sources]
    stay = {schema_name(key) for key in sources}
    candidates = set(gone) - stay
    shared = {name for schema in stay for name in _steps(project, sink, schema)} if candidates else set()
    return {schema for schema in candidates if shared & _steps(project, sink, schema)}


def _steps(project: Project, sink: str, schema: str) -> set[str]:
    return {path.name for path in Layout.at(project.root).branch(sink, schema).glob("*.py")}
