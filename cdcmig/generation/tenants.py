"""The schemas of every sink: whose they are, and where their branches stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

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


def removed_warnings(
    project: Project, sinks: Collection[str] = (), schemas: Collection[str] = ()
) -> Iterator[str]:
    """Yield a warning for each schema that has a branch and gets no further changesets.

    Args:
        sinks: only these; empty for all, likewise ``schemas``.
    """
    layout = Layout.at(project.root)
    for sink in layout.sinks():
        if sinks and sink not in sinks:
            continue
        planner = Planner(project, sink)
        foreign = planner.configured(target_exists=True)
        for schema in sorted(set(layout.schemas(sink)) - {INFRASTRUCTURE} - planner.configured()):
            if not schemas or schema in schemas:
                reason = "has only target_exists tables" if schema in foreign else "is no longer"
                yield (
                    f'schema "{schema}" of {sink} {reason} in the config:'
                    " the schema and its branch stay, and get no further changesets"
                )
