"""One comparison: a replayed branch against a desired state, by Alembic's autogenerate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from alembic.autogenerate import produce_migrations
from alembic.operations.ops import MigrateOperation, OpContainer
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from cdcmig.config.project import Project
from cdcmig.desired.metadata import build_metadata
from cdcmig.desired.plan import SchemaPlan
from cdcmig.evolution import Policy, Refusal, keep, settle
from cdcmig.evolution.operations.base import Preparation
from cdcmig.operations import autogenerate

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
    plan = keep(plan, connection, schema, policy)
    metadata = build_metadata(plan, schema, project.settings, sink)
    context = MigrationContext.configure(connection, opts=autogenerate.options(connection, schema, metadata))
    script = produce_migrations(context, metadata)
    draft = settle(script, metadata, policy, connection)
    connection.rollback()
    services = {table.name: table.service for table in plan}

    def wanted(operations: OpContainer | None) -> list[Section]:
        assert operations is not None
        chosen = OpContainer([op for op in flat(operations) if _is_wanted(op)])
        return by_table(chosen, metadata)

    def _is_wanted(operation: MigrateOperation) -> bool:
        return is_wanted(final_table(operation, metadata))

    def is_wanted(table: str) -> bool:
        return wants(table, services.get(table, ""))

    upgrade = wanted(script.upgrade_ops)
    changed = {name for name, _ in upgrade}
    notes = draft.notes + [note for table in plan if table.name in changed for note in table.notes]
    refusals = [refusal for refusal in draft.refusals.values() if is_wanted(refusal.table)]
    return Change(upgrade, wanted(script.downgrade_ops), context, notes, refusals)


def by_table(operations: OpContainer, metadata: MetaData) -> list[Section]:
    """Return the operations by final table, in their order; what has to precede all others is a section of its own."""
    found: dict[str, list[MigrateOperation]] = defaultdict(list)
    for operation in flat(operations):
        first = isinstance(operation, Preparation)
        found[BEFORE if first else final_table(operation, metadata)].append(operation)
    return list(found.items())


def reverse(sections: Sequence[Section]) -> list[Section]:
    """Return the way back where every operation knows its own."""
    return [(name, [operation.reverse() for operation in reversed(ops)]) for name, ops in reversed(sections)]


def final_table(operation: MigrateOperation, metadata: MetaData) -> str:
    """Return the final table that an operation is about, also where it names the staging table."""
    name = table_of(operation)
    staging = next((table for table in metadata.tables.values() if table.name == name), None)
    return staging.info["staging"].like if staging is not None and "staging" in staging.info else name


def flat(container: OpContainer) -> list[MigrateOperation]:
    """Return the operations, those inside of ``ModifyTableOps`` too."""
    found: list[MigrateOperation] = []
    for operation in container.ops:
        found += flat(operation) if isinstance(operation, OpContainer) else [operation]
    return found


def table_of(operation: MigrateOperation) -> str:
    """Return the table that an operation is about; the custom ones have ``table`` or ``like``."""
    for attribute in ("like", "table", "table_name", "source_table"):
        name = getattr(operation, attribute, None)
        if isinstance(name, str):
            return name
    return ""
