"""Tables that exist already (``target_exists: true``): what the config expects of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.types import TypeEngine

from cdcmig.config.files import COLUMN_TEMPLATES, TYPE_MAP
from cdcmig.config.project import Project
from cdcmig.config.service import SinkTable
from cdcmig.config.table_names import TENANT_SCHEMA, fold, split_table_name
from cdcmig.desired.capacity import Holder, holders, type_text
from cdcmig.desired.planner import Planner, column_type
from cdcmig.mapping.types import TypeMap
from cdcmig.sql import templates
from cdcmig.sql.quoting import literal


@dataclass(frozen=True)
class ExpectedColumn:
    """A column that a table must have.

    Attributes:
        origin: the file and path that ask for it.
        source: what it is fed from: ``dbo.Actor.Navn nvarchar(50)``.
    """

    schema: str
    table: str
    column: str
    type: TypeEngine[Any]
    origin: str
    source: str


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
        for service in project.services.values()
        for key, table in (service.sinks[sink].tables if sink in service.sinks else {}).items()
        if table.target_exists
        for column in _of_table(planner, service.name, key, table)
    ]


def _of_table(planner: Planner, service: str, key: str, table: SinkTable) -> Iterator[ExpectedColumn]:
    project = planner.project
    types = TypeMap.from_yaml(project.type_map, partial(project.where, TYPE_MAP))
    target = split_table_name(key)
    tenant = target.schema == TENANT_SCHEMA or fold(target.schema) == fold(service)
    columns = list(_columns(project, service, table, types))
    for schema in planner.tenant_schemas(service) if tenant else (target.schema,):
        for name, type_, source in columns:
            origin = f"services/{service}.yaml: {key}"
            yield ExpectedColumn(schema, target.table, name, type_, origin, source)


def _columns(
    project: Project, service: str, table: SinkTable, types: TypeMap
) -> Iterator[tuple[str, TypeEngine[Any], str]]:
    """Yield name, type and source of each column."""
    found = next(
        (name for name in project.services[service].source.tables if fold(name) == fold(table.from_)), ""
    )
    snapshot = project.snapshots.get((service, found))
    named = {fold(source): target for source, target in table.columns.items()}
    if snapshot is not None:
        ignored = {fold(name) for name in project.services[service].source.tables[found].ignore_columns}
        for column in snapshot.columns:
            where = f"{snapshot.qualified_name}.{column.name}"
            wanted = fold(column.name) in named if named else fold(column.name) not in ignored
            if wanted:
                resolved = column_type(types, snapshot, column).type
                yield named.get(fold(column.name), column.name), resolved, f"{where} {column.type}"
    for use in table.column_templates:
        template = project.column_templates[use.template]
        place = project.where(COLUMN_TEMPLATES, "templates", use.template, "type")
        resolved = types.postgresql_type(template.type, place)
        yield use.name or template.name, resolved, f"template {use.template} {template.type}"


def validation_sql(columns: list[ExpectedColumn]) -> str:
    """Return the query that finds what is wrong with these tables: a row a fault, none if all is well.

    Args:
        columns: what to expect, at least one column; a row of VALUES cannot be empty.
    """
    types = {type_text(column.type): holders(column.type) for column in columns}
    expected = (
        (each.schema, each.table, each.column, type_text(each.type), each.source, each.origin)
        for each in columns
    )
    accepted = ((name, *holder) for name in sorted(types) for holder in types[name])
    return templates.render("validate", expected=_values(expected), accepted=_values(accepted))


def _values(rows: Iterator[tuple[str | int, ...]] | Iterator[tuple[str, *Holder]]) -> str:
    return ",\n        ".join(
        f"({', '.join(str(cell) if isinstance(cell, int) else literal(cell) for cell in row)})"
        for row in dict.fromkeys(rows)
    )
