"""`cdcmig validate`: do the tables that exist already have the columns that the config feeds?"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from cdcmig.config.project import Project
from cdcmig.desired.existing import expected_columns, supplied_columns, validation_sql, without_snapshot
from cdcmig.desired.planner import Planner
from cdcmig.errors import SchemaSelectionError, nearest
from cdcmig.runtime import query


class Fault(NamedTuple):
    """What is wrong with a table, or with one column of it.

    Attributes:
        column: None where the table is missing, or takes no rows.
        source: what the column is fed from; None where nothing feeds it.
        origin: the file and path that ask for it.
    """

    schema: str
    table: str
    column: str | None
    fault: str
    source: str | None
    origin: str

    def __str__(self) -> str:
        fed = f" (from {self.source})" if self.source else ""
        name = ".".join(filter(None, (self.schema, self.table, self.column)))
        return f"{self.origin}: {name}: {self.fault}{fed}"


def validations(project: Project, sink: str | None, schemas: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the query of each sink that has tables which exist already; limited to a sink, or to schemas.

    Raises:
        SchemaSelectionError: there is no such sink or schema.
    """
    known = sorted({name for service in project.services.values() for name in service.sinks})
    if sink is not None and sink not in known:
        raise SchemaSelectionError(f'no service has a sink "{sink}"{nearest(sink, known)}')
    expected = {each: expected_columns(project, each) for each in known}
    _refuse_unknown(project, schemas, {column.schema for columns in expected.values() for column in columns})
    queries: dict[str, str] = {}
    for each in known if sink is None else [sink]:
        columns = [column for column in expected[each] if not schemas or column.schema in schemas]
        if columns:
            queries[each] = validation_sql(columns, supplied_columns(project))
    return queries


def unjudged(project: Project, sink: str | None) -> list[str]:
    """Return what is told of tables that no query looks at, of a sink or of all."""
    sinks = {name for service in project.services.values() for name in service.sinks}
    return [
        f"{origin}: not looked at, for no snapshot says what it is fed with; write it with `cdcmig inspect`"
        for each in sorted(sinks if sink is None else {sink})
        for origin in without_snapshot(project, each)
    ]


def _refuse_unknown(project: Project, schemas: tuple[str, ...], literal: set[str]) -> None:
    sinks = {sink for service in project.services.values() for sink in service.sinks}
    names = sorted(literal.union(*(Planner(project, sink).configured() for sink in sinks))) if schemas else []
    for schema in schemas:
        if schema not in names:
            raise SchemaSelectionError(f'no schema "{schema}"{nearest(schema, names)}')


def find_faults(connection: Connection, sql: str) -> list[Fault]:
    """Run a query of :func:`validations`; the connection's user must see the tables."""
    return [Fault(*map(_text, row)) for row in query.run(connection, sql).rows]  # type: ignore[arg-type] # six texts


def _text(value: object) -> str | None:
    return None if value is None else str(value)
