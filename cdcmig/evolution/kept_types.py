"""Columns that got narrower: staging keeps the wider type, so that values of yesterday go on arriving.

The merge converts those that do not fit by the config's ``using:``; how it does so stands in the procedure that is
there, so a hint may leave the config again.
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


@dataclass(frozen=True)
class _There:
    """A table that is there: its columns, those of staging, and how the merge converts them."""

    final: Columns
    staging: Columns
    conversions: Mapping[str, Sequence[str]]


def keep_wide_staging(plan: SchemaPlan, connection: Connection, schema: str, policy: Policy) -> SchemaPlan:
    """Return the plan, with the columns of which staging is to take wider values than the final table has."""
    tables = _there(plan, connection, schema)

    def kept(table: TablePlan) -> TablePlan:
        if table.name not in tables:
            return table
        wide = _wide(table, tables[table.name], policy)
        return replace(table, wide=tuple(column for column in wide if _stands_alone(connection, column)))

    return tuple(map(kept, plan))


def _there(plan: SchemaPlan, connection: Connection, schema: str) -> dict[str, _There]:
    """Return what is there of the tables of which a hint, or the merge, says how to convert something."""
    conversions = conversions_of(connection, schema)
    told = [table.name for table in plan if table.key and (table.using or conversions.get(table.name))]
    staging = {final: names.staging_name(final) for final in told}
    if not staging:
        return {}
    present = set(inspect(connection).get_table_names(schema=schema))
    staging = {final: staged for final, staged in staging.items() if {final, staged} <= present}
    found = columns_of(connection, schema, [*staging, *staging.values()])
    return {
        final: _There(found[final], found[staged], conversions.get(final, {}))
        for final, staged in staging.items()
    }


def _wide(table: TablePlan, there: _There, policy: Policy) -> Iterator[WideColumn]:
    """Yield the columns of which staging has the wider type, and somebody told how to convert it."""
    columns: list[ColumnPlan | CdcColumn] = [*table.columns, *table.metadata]
    hints = dict(table.using)
    renamed = _old_names(table, there.final, {column.name: column.comment for column in columns})
    for column in columns:
        now = renamed.get(column.name, column.name)
        if now not in there.staging or not _is_narrower(column.type, there.staging[now]["type"]):
            continue
        staging, final = there.staging[now]["type"], there.final.get(now)
        narrows = final is None or classify(final["type"], column.type) is TypeChange.LOSSY
        if policy.prune_staging and not narrows:
            continue  # an earlier changeset made it narrower
        if column.name in hints and (policy.allow_destructive or final is None or not narrows):
            yield _kept(column, staging, hints[column.name])
        elif now in there.conversions and not narrows:
            _, using = there.conversions[now]
            yield _kept(column, staging, using if now == column.name else renamed_in(using, now, column.name))


def _old_names(table: TablePlan, there: Columns, wanted: Comments) -> dict[str, str]:
    """Return new name → old name of the columns that are to be renamed."""
    dropped = {name: column["comment"] for name, column in there.items() if name not in wanted}
    added = {name: comment for name, comment in wanted.items() if name not in there}
    return {new: old for old, new in renames(dict(table.renames), dropped, added).items()}


def _is_narrower(narrow: TypeEngine[Any], wide: TypeEngine[Any]) -> bool:
    """Tell whether one type has room for a part of what the other has, and SQL can tell for which."""
    return (
        classify(wide, narrow) is TypeChange.LOSSY
        and classify(narrow, wide) in {TypeChange.FREE, TypeChange.REWRITE}
        and text_of(narrow) != "real"  # what has a place there, only a cast can tell, and that may fail
        and fits("x", narrow, wide) is not None
    )


def _kept(column: ColumnPlan | CdcColumn, wide: TypeEngine[Any], using: str) -> WideColumn:
    """Return what the merge makes of a staged value: one that fits, or is NULL, is taken as it is.

    Numbers are cast: an index on a smallint is of no use to a merge that looks for a numeric.
    """
    name = identifier(column.name)
    fitting = f"{name} IS NULL OR {fits(name, column.type, wide)}"
    # Not "IS NOT FALSE": PostgreSQL 16 and 18 fail on that in a type change of a partitioned table.
    expression = f"CASE WHEN {fitting} THEN {name} ELSE {using} END"
    if is_number(column.type):
        expression = f"({expression})::{text_of(column.type)}"
    return WideColumn(column.name, wide, expression, using)


def _stands_alone(connection: Connection, column: WideColumn) -> bool:
    """Tell whether a conversion is valid, and needs no other column: that might be gone one day."""
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
