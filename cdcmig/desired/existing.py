"""Tables that exist already (``target_exists: true``): what the config expects of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.types import TypeEngine

from cdcmig.config.snapshot import TableSnapshot
from cdcmig.desired.capacity import Holder, holders
from cdcmig.desired.planner import Entry, Planner, column_type, sends_null
from cdcmig.mapping import names
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS
from cdcmig.mapping.postgresql_types import type_text
from cdcmig.sql import templates
from cdcmig.sql.quoting import literal, text_array

_Column = tuple[str, TypeEngine[Any], str, bool]
"""Name, type and source of a column, and whether that may send NULL."""


@dataclass(frozen=True)
class ExpectedColumn:
    """A column that a table must have.

    Attributes:
        origin: the file and path that ask for it.
        source: what it is fed from: ``dbo.Actor.Navn nvarchar(50)``.
        nullable: whether that may send NULL.
    """

    schema: str
    table: str
    column: str
    type: TypeEngine[Any]
    origin: str
    source: str
    nullable: bool = False


def expected_columns(planner: Planner) -> list[ExpectedColumn]:
    """Return what the config expects of the tables of a sink that exist already, in its order.

    With ``columns:`` these are the columns named there, else all columns of the source that are not ignored;
    column templates come on top.

    Raises:
        MappingError: a type is unknown.
    """
    return [
        column
        for entry in planner.entries(target_exists=True)
        if entry.snapshot is not None
        for column in _of_table(planner, entry, entry.snapshot)
    ]


def without_snapshot(planner: Planner) -> list[str]:
    """Return which of these tables nothing is expected of, as file and path, since their snapshot is missing."""
    return [entry.origin for entry in planner.entries(target_exists=True) if entry.snapshot is None]


def _of_table(planner: Planner, entry: Entry, snapshot: TableSnapshot) -> Iterator[ExpectedColumn]:
    columns = [*_source_columns(planner, entry, snapshot), *_template_columns(planner, entry)]
    for schema in entry.schemas:
        for name, type_, source, nullable in columns:
            yield ExpectedColumn(schema, entry.name, name, type_, entry.origin, source, nullable)


def _source_columns(planner: Planner, entry: Entry, snapshot: TableSnapshot) -> Iterator[_Column]:
    named = entry.table.columns
    chosen = named or not entry.table.replicate_structure
    for column in snapshot.columns:
        if column.name in named if chosen else column.name not in entry.source.ignore_columns:
            name = names.shorten(named.get(column.name, column.name))
            computed = ", computed: CDC captures it as NULL" if column.computed else ""
            source = f"{snapshot.qualified_name}.{column.name} {column.type}{computed}"
            yield name, column_type(planner.type_map, snapshot, column).type, source, sends_null(column)


def _template_columns(planner: Planner, entry: Entry) -> Iterator[_Column]:
    for use, column in zip(entry.table.column_templates, planner.template_columns(entry), strict=True):
        source = f"template {use.template} {planner.project.column_templates[use.template].type}"
        yield column.name, column.type, source, column.nullable


def supplied_columns(planner: Planner) -> list[str]:
    """Return the columns that every event can fill beside those of the source: CDC's and Kafka's."""
    return [column.name for column in (*planner.metadata, *KAFKA_COLUMNS)]


def validation_sql(columns: list[ExpectedColumn], supplied: Iterable[str] = ()) -> str:
    """Return the query that finds what is wrong with these tables: a row a fault, none if all is well.

    Args:
        columns: what to expect, at least one column; a row of VALUES cannot be empty.
        supplied: columns that are filled where a table has them, and that none needs.
    """
    types = {type_text(column.type): holders(column.type) for column in columns}
    expected = (
        (
            each.schema,
            each.table,
            each.column,
            type_text(each.type),
            each.nullable,
            each.source,
            each.origin,
        )
        for each in columns
    )
    accepted = ((name, *holder) for name in sorted(types) for holder in types[name])
    return templates.render(
        "validate",
        expected=_values(expected),
        accepted=_values(accepted),
        supplied=text_array(list(supplied)),
    )


def _values(rows: Iterator[tuple[str | int, ...]] | Iterator[tuple[str, *Holder]]) -> str:
    return ",\n        ".join(
        f"({', '.join(str(cell) if isinstance(cell, int) else literal(cell) for cell in row)})"
        for row in dict.fromkeys(rows)
    )
