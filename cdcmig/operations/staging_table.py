"""Staging tables: ``op.create_staging_table``, ``drop_staging_table`` and ``set_staging_logged``.

A staging table is a final table's columns, the Kafka columns and ``__slot``, partitioned by slot; what the
slots are for is explained in ``sql/staging_v1.sql``. The desired ``MetaData`` holds it as an ordinary table.
Columns are added to it, altered and dropped by Alembic's own operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic.operations import MigrateOperation, Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from cdcmig.operations.base import ObjectOperation, operation
from cdcmig.operations.calls import call
from cdcmig.operations.compared import desired_objects
from cdcmig.operations.hazards import DESTRUCTIVE, Hazard
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


class _StagingOperation(ObjectOperation[StagingTable]):
    kind = StagingTable

    @property
    def table(self) -> str:
        """The final table."""
        return self.definition.like

    def render(self, autogen: AutogenContext) -> str:
        """Return the call as Python code."""
        staging = self.definition
        logged = staging.logged or None
        return call(
            autogen, self.function, staging.name, like=staging.like, schema=self.schema, logged=logged
        )

    def _slots(self) -> str:
        """Return the SQL that creates the partitions that are missing."""
        staging, schema = self.definition, self.schema
        slot_0, slot_1, work = staging.partitions
        return templates.render(
            "staging_slots_v1",
            persistence="" if staging.logged else "UNLOGGED",
            staging=qualified(schema, staging.name),
            slot_0=qualified(schema, slot_0),
            slot_1=qualified(schema, slot_1),
            work=qualified(schema, work),
        )


@operation("create_staging_table")
class CreateStagingTableOp(_StagingOperation):
    """Create a staging table with its slots, and with the columns that the final table ``like`` has now."""

    def run(self, operations: Operations) -> None:
        """Create the partitioned table and its partitions."""
        staging, schema = self.definition, self.schema
        table = templates.render(
            "staging_v1",
            staging=qualified(schema, staging.name),
            final=qualified(schema, staging.like),
            schema_literal=literal(schema),
            staging_literal=literal(staging.name),
            tag=dollar_tag(schema + staging.name),
        )
        script.run(operations, table + self._slots())

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"added staging table {self.definition.name}"


@operation("drop_staging_table", undoes=CreateStagingTableOp)
class DropStagingTableOp(_StagingOperation):
    """Drop a staging table with its slots; rows that are not merged yet are lost."""

    def run(self, operations: Operations) -> None:
        """Drop the table; its partitions go with it."""
        script.run(operations, f"DROP TABLE {qualified(self.schema, self.definition.name)};\n")

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"dropped staging table {self.definition.name}"

    def hazards(self) -> Iterator[Hazard]:
        """Yield that staged rows are lost."""
        yield Hazard(DESTRUCTIVE, f"{self.definition.name}: rows that wait in staging are lost")


@operation("set_staging_logged")
class SetStagingLoggedOp(_StagingOperation):
    """Make the slots of a staging table crash safe (LOGGED) or not; rewrites them. A missing slot is created."""

    def run(self, operations: Operations) -> None:
        """Create missing partitions and change the persistence of the slots."""
        persistence = "LOGGED" if self.definition.logged else "UNLOGGED"
        alterations = "".join(
            f"ALTER TABLE {qualified(self.schema, slot)} SET {persistence},"
            " SET (autovacuum_enabled = false, toast.autovacuum_enabled = false);\n"
            for slot in self.definition.partitions[:2]
        )
        script.run(operations, self._slots() + alterations)

    def reverse(self) -> SetStagingLoggedOp:
        """Return the operation that restores the former persistence."""
        return SetStagingLoggedOp(
            replace(self.definition, logged=not self.definition.logged), schema=self.schema
        )

    def render(self, autogen: AutogenContext) -> str:
        """Return the call as Python code; ``logged`` is always written."""
        staging = self.definition
        return call(
            autogen, self.function, staging.name, like=staging.like, schema=self.schema, logged=staging.logged
        )

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"staging table {self.definition.name}: {'logged' if self.definition.logged else 'unlogged'}"


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
    return None if as_wanted else SetStagingLoggedOp(wanted, schema=schema)


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
    for proposed in upgrade_ops.ops:
        name = getattr(proposed, "table_name", None)
        if getattr(proposed, "schema", schema) not in {schema, None} or name is None:
            others.append(proposed)
        elif isinstance(proposed, ops.CreateTableOp) and name in wanted:
            created.append(CreateStagingTableOp(wanted[name], schema=schema))
        elif isinstance(proposed, ops.DropTableOp) and name in partitions:
            continue
        elif isinstance(proposed, ops.DropTableOp) and name in found:
            like = _final_table_of(name, context.connection, schema)
            logged = any(slot.persistence == "p" for slot in found[name])
            dropped.append(DropStagingTableOp(StagingTable(name, like, logged), schema=schema))
        elif isinstance(proposed, ops.ModifyTableOps) and name in wanted:
            _without_runtime_differences(proposed)
            if name in found and not proposed.is_empty():
                others.append(proposed)
        else:
            others.append(proposed)
    repairs = [_repair(wanted[name], found[name], schema) for name in sorted(wanted.keys() & found.keys())]
    upgrade_ops.ops = dropped + others + created + [repair for repair in repairs if repair is not None]
    return PriorityDispatchResult.CONTINUE


def register(plugin: Plugin) -> None:
    """Make autogenerate understand staging tables."""
    plugin.add_autogenerate_comparator(
        compare_staging_tables, "autogenerate", "staging", priority=DispatchPriority.LAST
    )
