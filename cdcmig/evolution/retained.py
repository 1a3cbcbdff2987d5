"""Deliberate differences from the source: primary keys it dropped, and wider staging columns.

A table that lost its key in the source keeps the one that it has, and is merged by it. A column that got narrower keeps
the wider type in staging, so that the pipeline need not follow at once: the merge converts values that do not fit by
the config's ``using:``. The procedure in the database records how, so a hint may leave the config afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from cdcmig.desired.plan import ColumnPlan, SchemaPlan, TablePlan, WideColumn
from cdcmig.evolution.context import columns_of
from cdcmig.evolution.draft import Policy
from cdcmig.evolution.fitting import fits, is_number
from cdcmig.evolution.renames import Comments, renamed_in, renames
from cdcmig.evolution.types import TypeChange, classify, text_of
from cdcmig.mapping import names
from cdcmig.mapping.cdc_columns import CdcColumn
from cdcmig.operations.merge_procedure import conversions_of
from cdcmig.sql.quoting import identifier

Columns = Mapping[str, ReflectedColumn]


def retain(plan: SchemaPlan, connection: Connection, schema: str, policy: Policy) -> SchemaPlan:
    """Return the plan, adjusted for existing objects that are kept on purpose."""
    plan = _retain_keys(plan, connection, schema)
    existing = _existing_tables(plan, connection, schema)

    def with_wide(table: TablePlan) -> TablePlan:
        wide = _wide(table, existing[table.name], policy)
        return replace(table, wide=tuple(column for column in wide if _is_valid_alone(connection, column)))

    return tuple(with_wide(table) if table.name in existing else table for table in plan)


# Primary keys
# ---------------------------------------------------------------------------------------------------------------


def _retain_keys(plan: SchemaPlan, connection: Connection, schema: str) -> SchemaPlan:
    """Return the plan, with the existing key of each table that is merged and has no key in the source.

    A key is left out if the source lost one of its columns too: events cannot be merged by it any more.
    """
    keyless = [table.name for table in plan if not table.key and not table.target_exists]
    if not keyless:
        return plan
    inspector = inspect(connection)
    present = set(inspector.get_table_names(schema=schema))
    merged = [name for name in keyless if {name, names.staging_name(name)} <= present]
    found = inspector.get_multi_pk_constraint(schema=schema, filter_names=merged) if merged else {}
    keys = {name: tuple(key["constrained_columns"]) for (_, name), key in found.items() if key}
    return tuple(_with_key(table, keys.get(table.name, ())) for table in plan)


def _with_key(table: TablePlan, existing: tuple[str, ...]) -> TablePlan:
    columns = {column.name for column in table.columns}
    new_names = {old: new for old, new in table.renames if old not in columns}
    key = tuple(new_names.get(column, column) for column in existing)
    return replace(table, key=key, keeps_key=True) if key and set(key) <= columns else table


# Wider staging columns
# ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _ExistingTable:
    """The columns of a final table and of its staging table, and how the merge converts them."""

    final: Columns
    staging: Columns
    conversions: Mapping[str, Sequence[str]]


def _existing_tables(plan: SchemaPlan, connection: Connection, schema: str) -> dict[str, _ExistingTable]:
    """Return the existing tables in which a hint, or the merge procedure, says how to convert a column."""
    conversions = conversions_of(connection, schema)
    hinted = [table.name for table in plan if table.key and (table.using or conversions.get(table.name))]
    if not hinted:
        return {}
    present = set(inspect(connection).get_table_names(schema=schema))
    staging = {final: names.staging_name(final) for final in hinted}
    staging = {final: staged for final, staged in staging.items() if {final, staged} <= present}
    found = columns_of(connection, schema, [*staging, *staging.values()])
    return {
        final: _ExistingTable(found[final], found[staged], conversions.get(final, {}))
        for final, staged in staging.items()
    }


def _wide(table: TablePlan, existing: _ExistingTable, policy: Policy) -> Iterator[WideColumn]:
    """Yield the columns whose type is wider in staging, and for which a hint or the merge has a conversion."""
    columns: list[ColumnPlan | CdcColumn] = [*table.columns, *table.metadata]
    hints = dict(table.using)
    renamed = _old_names(table, existing.final, {column.name: column.comment for column in columns})
    for column in columns:
        now = renamed.get(column.name, column.name)
        if now not in existing.staging or not _is_narrower(column.type, existing.staging[now]["type"]):
            continue
        staging, final = existing.staging[now]["type"], existing.final.get(now)
        narrows = final is None or classify(final["type"], column.type) is TypeChange.LOSSY
        if policy.prune_staging and not narrows:
            continue  # an earlier changeset made it narrower
        if column.name in hints and (policy.allow_destructive or final is None or not narrows):
            yield _wide_column(column, staging, hints[column.name])
        elif now in existing.conversions and not narrows:
            _, using = existing.conversions[now]
            using = using if now == column.name else renamed_in(using, now, column.name)
            yield _wide_column(column, staging, using)


def _old_names(table: TablePlan, existing: Columns, desired: Comments) -> dict[str, str]:
    """Return new name → old name of the columns that are to be renamed."""
    dropped = {name: column["comment"] for name, column in existing.items() if name not in desired}
    added = {name: comment for name, comment in desired.items() if name not in existing}
    return {new: old for old, new in renames(dict(table.renames), dropped, added).items()}


def _is_narrower(narrow: TypeEngine[Any], wide: TypeEngine[Any]) -> bool:
    """Return whether one type holds only some values of the other, and SQL can tell which."""
    return (
        classify(wide, narrow) is TypeChange.LOSSY
        and classify(narrow, wide) in {TypeChange.FREE, TypeChange.REWRITE}
        and text_of(narrow) != "real"  # only a cast can tell what it holds, and a cast may fail
        and fits("x", narrow, wide) is not None
    )


def _wide_column(column: ColumnPlan | CdcColumn, wide: TypeEngine[Any], using: str) -> WideColumn:
    """Return a wide column whose conversion keeps a staged value that fits or is NULL, and else applies ``using``.

    Numbers are cast: an index on a smallint does not serve a merge that compares with a numeric.
    """
    name = identifier(column.name)
    fitting = f"{name} IS NULL OR {fits(name, column.type, wide)}"
    # Not "IS NOT FALSE": PostgreSQL 16 and 18 fail on that in a type change of a partitioned table.
    expression = f"CASE WHEN {fitting} THEN {name} ELSE {using} END"
    if is_number(column.type):
        expression = f"({expression})::{text_of(column.type)}"
    return WideColumn(column.name, wide, expression, using)


def _is_valid_alone(connection: Connection, column: WideColumn) -> bool:
    """Return whether a conversion is valid without any other column, which might be dropped one day."""
    source = f"SELECT CAST(NULL AS {text_of(column.type)}) AS {identifier(column.name)}"
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(
                f"SELECT {column.expression} FROM ({source}) AS staged",
                execution_options={"no_parameters": True},
            )
    except DBAPIError:
        return False
    return True
