"""One comparison: a replayed branch against a desired state, by Alembic's autogenerate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from alembic.autogenerate import produce_migrations
from alembic.operations.ops import MigrateOperation, OpContainer
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from cdcmig.config.project import Project
from cdcmig.desired.plan import SchemaPlan
from cdcmig.desired.state import desired_state
from cdcmig.evolution import Policy, Refusal, retain, rewrite
from cdcmig.evolution.context import flat, subject
from cdcmig.operations import autogenerate
from cdcmig.operations.base import Preparation

Section = tuple[str, Sequence[MigrateOperation]]
"""Operations under a heading: the final table that they are about."""

BEFORE = "before anything else"


@dataclass(frozen=True)
class Change:
    """What leads from the replayed state to the desired one.

    Attributes:
        upgrade: operations by table, in order.
        downgrade: the way back, likewise.
        context: the migration context in which the comparison was made.
        notes: what a reader of the changeset has to know.
        refusals: the changes that are not made without being asked for, or lack a hint.
    """

    upgrade: list[Section]
    downgrade: list[Section]
    context: MigrationContext
    notes: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def compare(
    connection: Connection,
    project: Project,
    sink: str,
    plan: SchemaPlan,
    schema: str,
    policy: Policy,
    wants: Callable[[str, str], bool],
) -> Change:
    """Return what is to be done in ``schema``, which holds the replayed branch.

    Args:
        policy: what the operator allows and prefers.
        wants: tells by table and service whether a change is to be written now.
    """
    plan = retain(plan, connection, schema, policy)
    desired = desired_state(plan, schema, project.settings, sink)
    context = MigrationContext.configure(connection, opts=autogenerate.options(connection, desired))
    script = produce_migrations(context, desired.metadata)
    draft = rewrite(script, desired, policy, connection)
    connection.rollback()
    services, final_of = {table.name: table.service for table in plan}, desired.final_of

    def wanted(operations: OpContainer | None) -> list[Section]:
        assert operations is not None
        return by_table([op for op in flat(operations.ops) if is_wanted(subject(op, final_of))], final_of)

    def is_wanted(table: str) -> bool:
        return wants(table, services.get(table, ""))

    upgrade = wanted(script.upgrade_ops)
    changed = {name for name, _ in upgrade}
    notes = draft.notes + [note for table in plan if table.name in changed for note in table.notes]
    refusals = [refusal for refusal in draft.refusals.values() if is_wanted(refusal.table)]
    return Change(upgrade, wanted(script.downgrade_ops), context, notes, refusals)


def by_table(operations: Iterable[MigrateOperation], final_of: Mapping[str, str]) -> list[Section]:
    """Return the operations by final table, in their order; what has to precede all others is a section of its own.

    Args:
        final_of: staging table → final table.
    """
    found: dict[str, list[MigrateOperation]] = defaultdict(list)
    for operation in operations:
        first = isinstance(operation, Preparation)
        found[BEFORE if first else subject(operation, final_of)].append(operation)
    return list(found.items())


def reverse(sections: Sequence[Section]) -> list[Section]:
    """Return the way back where every operation knows its own."""
    return [(name, [operation.reverse() for operation in reversed(ops)]) for name, ops in reversed(sections)]
