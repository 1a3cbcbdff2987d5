"""Groups tenants with the same branch steps and the same desired state, so that each group is compared once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cdcmig.desired.plan import SchemaPlan
from cdcmig.repository.branches import Step


@dataclass
class Group:
    """Schemas with the same current state and the same desired state.

    Attributes:
        steps: the steps of their branches; for new schemas, the steps that they adopt first.
        plan: their desired state.
        schemas: their names, sorted.
    """

    steps: tuple[Step, ...]
    plan: SchemaPlan
    schemas: list[str] = field(default_factory=list)


def group(plans: Mapping[str, SchemaPlan], branches: Mapping[str, tuple[Step, ...]]) -> list[Group]:
    """Group the schemas; groups are in the order of their first schema.

    Plans are compared by identity: the planner returns the same object for equal plans. A schema without a branch
    adopts the steps of an existing group with the same plan, so that it gets the same changesets; of several such
    groups the largest, then the one with the longest history.
    """
    groups: dict[tuple[tuple[str, ...], int], Group] = {}
    for schema in sorted(set(plans) & set(branches)):
        steps, plan = branches[schema], plans[schema]
        identity = tuple(step.name if step.bound else str(step.path) for step in steps)
        groups.setdefault((identity, id(plan)), Group(steps, plan)).schemas.append(schema)

    models: dict[int, list[Group]] = defaultdict(list)
    for existing in groups.values():
        if all(step.bound for step in existing.steps):
            models[id(existing.plan)].append(existing)
    newcomers: dict[int, Group] = {}
    for schema in sorted(set(plans) - set(branches)):
        plan = plans[schema]
        if id(plan) in models:
            max(models[id(plan)], key=lambda model: (len(model.schemas), len(model.steps))).schemas.append(
                schema
            )
        else:
            newcomers.setdefault(id(plan), Group((), plan)).schemas.append(schema)
    return sorted([*groups.values(), *newcomers.values()], key=lambda found: min(found.schemas))
