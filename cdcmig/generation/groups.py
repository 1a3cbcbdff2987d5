"""Tenants whose branches hold the same steps and who want the same state: compared once, not once each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cdcmig.desired.plan import SchemaPlan
from cdcmig.repository.branches import Step


@dataclass
class Group:
    """Schemas in one state that want one other state.

    Attributes:
        steps: what their branches hold; for new schemas, what they will adopt first.
        plan: what they want.
        schemas: their names, sorted.
    """

    steps: tuple[Step, ...]
    plan: SchemaPlan
    schemas: list[str] = field(default_factory=list)


def group(plans: Mapping[str, SchemaPlan], branches: Mapping[str, tuple[Step, ...]]) -> list[Group]:
    """Return the groups, in the order of their first schema; equal plans are one object, as the planner gives them.

    A schema without a branch adopts the steps of an existing group that wants the same, so that it gets the same
    sequence of changesets; of several such groups the largest, then the one whose history is longest.
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
