"""Tables that lost their key in the source: they keep the one that they have, and go on being merged by it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, inspect

from cdcmig.desired.plan import SchemaPlan, TablePlan
from cdcmig.mapping import names


def keep_keys(plan: SchemaPlan, connection: Connection, schema: str) -> SchemaPlan:
    """Return the plan, with the key that is there for each table that is merged and has no key in the source.

    A key of which the source lost a column too is left out: events cannot be merged by it any more.
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


def _with_key(table: TablePlan, there: tuple[str, ...]) -> TablePlan:
    columns = {column.name for column in table.columns}
    renames = {old: new for old, new in table.renames if old not in columns}
    key = tuple(renames.get(column, column) for column in there)
    return replace(table, key=key, keeps_key=True) if key and set(key) <= columns else table
