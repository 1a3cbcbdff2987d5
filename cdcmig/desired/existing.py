"""Tables that exist already (``target_exists: true``): what the config expects of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.types import TypeEngine

from cdcmig.config.files import COLUMN_TEMPLATES, SETTINGS, TYPE_MAP
from cdcmig.config.project import Project
from cdcmig.config.service import SinkTable
from cdcmig.config.table_names import TENANT_SCHEMA, fold, split_table_name
from cdcmig.desired.capacity import Holder, holders, type_text
from cdcmig.desired.planner import Planner, column_type
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, metadata_columns
from cdcmig.mapping.types import TypeMap
from cdcmig.sql import templates
from cdcmig.sql.quoting import literal, text_array


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


def expected_columns(project: Project, sink: str) -> list[ExpectedColumn]:
    """Return what the config expects of the tables of a sink that exist already, in its order.

    With ``columns:`` these are the columns named there, else all columns of the source that are not ignored;
    column templates come on top.

    Raises:
        MappingError: a type is unknown.
    """
    planner = Planner(project, sink)
    return [
        column
        for service, key, table in _existing(project, sink)
        for column in _of_table(planner, service, key, table)
    ]


def without_snapshot(project: Project, sink: str) -> list[str]:
    """Return which of these tables nothing is expected of, as file and path, since their snapshot is missing."""
    return [
        f"services/{service}.yaml: {key}"
        for service, key, table in _existing(project, sink)
        if (service, _source_name(project, service, table)) not in project.snapshots
    ]


def _existing(project: Project, sink: str) -> Iterator[tuple[str, str, SinkTable]]:
    """Yield service, key and table of those that exist already."""
    for service in project.services.values():
        for key, table in (service.sinks[sink].tables if sink in service.sinks else {}).items():
            if table.target_exists:
                yield service.name, key, table


def _source_name(project: Project, service: str, table: SinkTable) -> str:
    names = project.services[service].source.tables
    return next((name for name in names if fold(name) == fold(table.from_)), "")


def _of_table(planner: Planner, service: str, key: str, table: SinkTable) -> Iterator[ExpectedColumn]:
    project = planner.project
    types = TypeMap.from_yaml(project.type_map, partial(project.where, TYPE_MAP))
    target = split_table_name(key)
    tenant = target.schema == TENANT_SCHEMA or fold(target.schema) == fold(service)
    columns = list(_columns(project, service, table, types))
    origin = f"services/{service}.yaml: {key}"
    for schema in planner.tenant_schemas(service) if tenant else (target.schema,):
        for name, type_, source, nullable in columns:
            yield ExpectedColumn(schema, target.table, name, type_, origin, source, nullable)


def _columns(
    project: Project, service: str, table: SinkTable, types: TypeMap
) -> Iterator[tuple[str, TypeEngine[Any], str, bool]]:
    """Yield name, type and source of each column, and whether it may be NULL; none if no snapshot tells of them."""
    found = _source_name(project, service, table)
    snapshot = project.snapshots.get((service, found))
    if snapshot is None:
        return
    named = {fold(source): target for source, target in table.columns.items()}
    chosen = named or not table.replicate_structure
    ignored = {fold(name) for name in project.services[service].source.tables[found].ignore_columns}
    for column in snapshot.columns:
        if fold(column.name) in named if chosen else fold(column.name) not in ignored:
            resolved = column_type(types, snapshot, column).type
            computed = ", computed: CDC captures it as NULL" if column.computed else ""
            source = f"{snapshot.qualified_name}.{column.name} {column.type}{computed}"
            nullable = not column.primary_key and (column.nullable or bool(column.computed))
            yield named.get(fold(column.name), column.name), resolved, source, nullable
    for use in table.column_templates:
        template = project.column_templates[use.template]
        place = project.where(COLUMN_TEMPLATES, "templates", use.template, "type")
        resolved = types.postgresql_type(template.type, place)
        source = f"template {use.template} {template.type}"
        yield use.name or template.name, resolved, source, not template.not_null


def supplied_columns(project: Project) -> list[str]:
    """Return the columns that every event can fill beside those of the source: CDC's and Kafka's."""
    metadata = metadata_columns(project.settings, partial(project.where, SETTINGS, "metadata_columns"))
    return [column.name for column in (*metadata, *KAFKA_COLUMNS)]


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
