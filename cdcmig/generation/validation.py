"""`cdcmig validate`: checks that pre-existing target tables have the configured columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from cdcmig.config.project import Project
from cdcmig.desired.existing import expected_columns, supplied_columns, validation_sql, without_snapshot
from cdcmig.desired.planner import Planner
from cdcmig.errors import SchemaSelectionError, nearest


class Fault(NamedTuple):
    """A problem of a table, or of one of its columns.

    Attributes:
        column: None if the table is missing, or accepts no inserts.
        source: the source column; None if there is none.
        origin: the file and path that configure the table.
    """

    schema: str
    table: str
    column: str | None
    fault: str
    source: str | None
    origin: str

    def __str__(self) -> str:
        source = f" (from {self.source})" if self.source else ""
        name = ".".join(filter(None, (self.schema, self.table, self.column)))
        return f"{self.origin}: {name}: {self.fault}{source}"


def validations(project: Project, sink: str | None, schemas: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the validation query of each sink with pre-existing tables, limited to a sink or to schemas.

    Raises:
        SchemaSelectionError: there is no such sink or schema.
    """
    planners = _planners(project)
    if sink is not None and sink not in planners:
        raise SchemaSelectionError(f'no service has a sink "{sink}"{nearest(sink, list(planners))}')
    expected = {each: expected_columns(planner) for each, planner in planners.items()}
    if schemas:
        validated = {column.schema for columns in expected.values() for column in columns}
        planned = (planner.configured() for planner in planners.values())
        _refuse_unknown(schemas, sorted(validated.union(*planned)))
    queries: dict[str, str] = {}
    for each in planners if sink is None else [sink]:
        columns = [column for column in expected[each] if not schemas or column.schema in schemas]
        if columns:
            queries[each] = validation_sql(columns, supplied_columns(planners[each]))
    return queries


def unvalidated_tables(project: Project, sink: str | None) -> list[str]:
    """Return warnings about the tables of a sink, or of all sinks, that cannot be validated."""
    return [
        f"{origin}: not validated: it has no snapshot; write one with `cdcmig inspect`"
        for each, planner in _planners(project).items()
        if sink in {None, each}
        for origin in without_snapshot(planner)
    ]


def _planners(project: Project) -> dict[str, Planner]:
    """Return the planners, keyed and sorted by sink."""
    sinks = {sink for service in project.services.values() for sink in service.sinks}
    return {sink: Planner(project, sink) for sink in sorted(sinks)}


def _refuse_unknown(schemas: Iterable[str], known: list[str]) -> None:
    for schema in schemas:
        if schema not in known:
            raise SchemaSelectionError(f'no schema "{schema}"{nearest(schema, known)}')


def find_faults(connection: Connection, sql: str) -> list[Fault]:
    """Run a query of :func:`validations` read-only; the connection's user must be able to see the tables."""
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    try:
        rows = connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        return [Fault(*row) for row in rows]
    finally:
        connection.rollback()
