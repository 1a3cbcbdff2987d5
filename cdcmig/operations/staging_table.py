"""Staging tables: ``op.create_staging_table``, ``drop_staging_table`` and ``set_staging_logged``.

A staging table is a final table's columns, the Kafka columns and ``__slot``, partitioned by slot; what the
slots are for is told in ``sql/staging_v1.sql``. The desired ``MetaData`` holds it as an ordinary table. Columns are
added to it, altered and dropped by Alembic's own operations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from cdcmig.operations.base import ObjectOperation, inverse_of
from cdcmig.operations.calls import call
from cdcmig.operations.compared import desired_objects
from cdcmig.sql import script, templates
from cdcmig.sql.quoting import dollar_tag, literal, qualified

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

SLOT_COLUMN = "__slot"


@dataclass(frozen=True)
class StagingTable:
    """What makes a table a staging table.

    Attributes:
        like: the final table, in the same schema.
        logged: the slots are crash safe, at the price of WAL for every staged row.
    """

    name: str
    like: str
    logged: bool = False

    @property
    def partitions(self) -> tuple[str, str, str]:
        """The tables behind it: two slots, and the work copy of the merge."""
        return f"{self.name}_0", f"{self.name}_1", f"{self.name}_w"


@Operations.register_operation("create_staging_table")
class CreateStagingTableOp(ObjectOperation[StagingTable]):
    """Create a staging table, and its slots."""

    name = "create_staging_table"

    @classmethod
    def create_staging_table(
        cls, operations: Operations, name: str, *, like: str, schema: str, logged: bool = False
    ) -> None:
        """Create the staging table ``name`` with the columns that ``like``, the final table, has now."""
        operations.invoke(cls(StagingTable(name, like, logged), schema))


@Operations.register_operation("drop_staging_table")
@inverse_of(CreateStagingTableOp)
class DropStagingTableOp(ObjectOperation[StagingTable]):
    """Drop a staging table with its slots, and with every row that is not merged yet."""

    name = "drop_staging_table"

    @classmethod
    def drop_staging_table(
        cls, operations: Operations, name: str, *, like: str, schema: str, logged: bool = False
    ) -> None:
        """Drop the staging table ``name``; rows that are not merged yet are lost."""
        operations.invoke(cls(StagingTable(name, like, logged), schema))


@Operations.register_operation("set_staging_logged")
class SetStagingLoggedOp(ObjectOperation[StagingTable]):
    """Make the slots LOGGED or UNLOGGED, and create those that are missing."""

    name = "set_staging_logged"

    @classmethod
    def set_staging_logged(
        cls, operations: Operations, name: str, *, like: str, schema: str, logged: bool
    ) -> None:
        """Make the slots of ``name`` crash safe, or not; rewrites them. A missing slot is created."""
        operations.invoke(cls(StagingTable(name, like, logged), schema))

    def reverse(self) -> SetStagingLoggedOp:
        """Return the operation that makes the slots what they were."""
        return SetStagingLoggedOp(replace(self.definition, logged=not self.definition.logged), self.schema)


def _slots(staging: StagingTable, schema: str) -> str:
    slot_0, slot_1, work = staging.partitions
    return templates.render(
        "staging_slots_v1",
        persistence="" if staging.logged else "UNLOGGED",
        staging=qualified(schema, staging.name),
        slot_0=qualified(schema, slot_0),
        slot_1=qualified(schema, slot_1),
        work=qualified(schema, work),
    )


@Operations.implementation_for(CreateStagingTableOp)
def _create(operations: Operations, operation: CreateStagingTableOp) -> None:
    staging, schema = operation.definition, operation.schema
    table = templates.render(
        "staging_v1",
        staging=qualified(schema, staging.name),
        final=qualified(schema, staging.like),
        schema_literal=literal(schema),
        staging_literal=literal(staging.name),
        tag=dollar_tag(schema + staging.name),
    )
    script.run(operations, table + _slots(staging, schema))


@Operations.implementation_for(DropStagingTableOp)
def _drop(operations: Operations, operation: DropStagingTableOp) -> None:
    script.run(operations, f"DROP TABLE {qualified(operation.schema, operation.definition.name)};\n")


@Operations.implementation_for(SetStagingLoggedOp)
def _set_logged(operations: Operations, operation: SetStagingLoggedOp) -> None:
    staging, schema = operation.definition, operation.schema
    persistence = "LOGGED" if staging.logged else "UNLOGGED"
    alterations = "".join(
        f"ALTER TABLE {qualified(schema, slot)} SET {persistence},"
        " SET (autovacuum_enabled = false, toast.autovacuum_enabled = false);\n"
        for slot in staging.partitions[:2]
    )
    script.run(operations, _slots(staging, schema) + alterations)


def _render(name: str, context: AutogenContext, staging: StagingTable, schema: str) -> str:
    return call(context, name, staging.name, like=staging.like, schema=schema, logged=staging.logged or None)


@renderers.dispatch_for(CreateStagingTableOp)
def _render_create(context: AutogenContext, operation: CreateStagingTableOp) -> str:
    return _render("create_staging_table", context, operation.definition, operation.schema)


@renderers.dispatch_for(DropStagingTableOp)
def _render_drop(context: AutogenContext, operation: DropStagingTableOp) -> str:
    return _render("drop_staging_table", context, operation.definition, operation.schema)


@renderers.dispatch_for(SetStagingLoggedOp)
def _render_set_logged(context: AutogenContext, operation: SetStagingLoggedOp) -> str:
    staging = operation.definition
    return call(
        context,
        "set_staging_logged",
        staging.name,
        like=staging.like,
        schema=operation.schema,
        logged=staging.logged,
    )


# Comparison
# ---------------------------------------------------------------------------------------------------------------


def partition_names(connection: sa.Connection, schema: str) -> frozenset[str]:
    """Return the names of all partitions in ``schema``: no tables of their own, for ``include_name`` to leave out."""
    rows = connection.execute(
        sa.text(
            "SELECT c.relname FROM pg_catalog.pg_class AS c"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname = :schema AND c.relispartition"
        ),
        {"schema": schema},
    )
    return frozenset(rows.scalars())


@dataclass(frozen=True)
class _FoundSlot:
    name: str
    persistence: str


def _found(connection: sa.Connection, schema: str) -> dict[str, list[_FoundSlot]]:
    """Return the staging tables in ``schema`` (those partitioned by the slot), each with its partitions."""
    rows = connection.execute(
        sa.text(
            "SELECT p.relname AS staging, c.relname AS slot, c.relpersistence AS persistence"
            " FROM pg_catalog.pg_partitioned_table AS t"
            " JOIN pg_catalog.pg_class AS p ON p.oid = t.partrelid"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = p.relnamespace"
            " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.oid AND a.attnum = t.partattrs[0]"
            " LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid"
            " LEFT JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid"
            " WHERE n.nspname = :schema AND t.partnatts = 1 AND a.attname = :slot"
        ),
        {"schema": schema, "slot": SLOT_COLUMN},
    )
    found: dict[str, list[_FoundSlot]] = {}
    for row in rows:
        slots = found.setdefault(row.staging, [])
        if row.slot is not None:
            slots.append(_FoundSlot(row.slot, row.persistence))
    return found


def _repair(wanted: StagingTable, slots: list[_FoundSlot], schema: str) -> SetStagingLoggedOp | None:
    """Return what makes the slots as wanted, if they are not."""
    persistence = {slot.name: slot.persistence for slot in slots}
    desired = "p" if wanted.logged else "u"
    slot_0, slot_1, work = wanted.partitions
    as_wanted = persistence.get(slot_0) == persistence.get(slot_1) == desired and work in persistence
    return None if as_wanted else SetStagingLoggedOp(wanted, schema)


def _final_table_of(staging: str, connection: sa.Connection, schema: str) -> str:
    """Return the final table of a staging table that is to be dropped: the merge state knows, else by its name."""
    if connection.scalar(sa.text("SELECT to_regclass('cdc_management.merge_state') IS NOT NULL")):
        table = connection.scalar(
            sa.text(
                "SELECT table_name FROM cdc_management.merge_state"
                " WHERE schema_name = :schema AND staging_name = :staging"
            ),
            {"schema": schema, "staging": staging},
        )
        if table is not None:
            return str(table)
    return staging.removeprefix("stg_")


def _without_runtime_differences(changes: ops.ModifyTableOps) -> None:
    """Leave out what staging tables do not have or what changes at run time: comments, the slot's default."""
    for alteration in [op for op in changes.ops if isinstance(op, ops.AlterColumnOp)]:
        alteration.modify_comment = False
        if alteration.column_name == SLOT_COLUMN or alteration.modify_server_default is None:
            alteration.modify_server_default = False
        if not alteration.has_changes():
            changes.ops.remove(alteration)
    changes.ops = [
        op for op in changes.ops if not isinstance(op, ops.CreateTableCommentOp | ops.DropTableCommentOp)
    ]


def compare_staging_tables(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Turn what Alembic proposes for staging tables, as if they were plain ones, into operations of ours."""
    desired = desired_objects(context)
    if desired is None:
        return PriorityDispatchResult.CONTINUE
    assert context.connection is not None
    schema, wanted = desired.schema, desired.staging
    found = _found(context.connection, schema)
    partitions = partition_names(context.connection, schema)
    others: list[MigrateOperation] = []
    created: list[MigrateOperation] = []
    dropped: list[MigrateOperation] = []
    for operation in upgrade_ops.ops:
        name = getattr(operation, "table_name", None)
        if getattr(operation, "schema", schema) not in {schema, None} or name is None:
            others.append(operation)
        elif isinstance(operation, ops.CreateTableOp) and name in wanted:
            created.append(CreateStagingTableOp(wanted[name], schema))
        elif isinstance(operation, ops.DropTableOp) and name in partitions:
            continue
        elif isinstance(operation, ops.DropTableOp) and name in found:
            like = _final_table_of(name, context.connection, schema)
            logged = any(slot.persistence == "p" for slot in found[name])
            dropped.append(DropStagingTableOp(StagingTable(name, like, logged), schema))
        elif isinstance(operation, ops.ModifyTableOps) and name in wanted:
            _without_runtime_differences(operation)
            if name in found and not operation.is_empty():
                others.append(operation)
        else:
            others.append(operation)
    repairs = [_repair(wanted[name], found[name], schema) for name in sorted(wanted.keys() & found.keys())]
    upgrade_ops.ops = dropped + others + created + [repair for repair in repairs if repair is not None]
    return PriorityDispatchResult.CONTINUE


def register(plugin: Plugin) -> None:
    """Make autogenerate understand staging tables."""
    plugin.add_autogenerate_comparator(
        compare_staging_tables, "autogenerate", "staging", priority=DispatchPriority.LAST
    )
