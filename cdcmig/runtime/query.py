"""One query by a person, run where it can change nothing."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import TargetError
from cdcmig.sql.quoting import identifier


class Result(NamedTuple):
    """The columns' names, and the rows; both empty for a statement that returns none."""

    columns: list[str]
    rows: list[tuple[object, ...]]


def run(connection: Connection, statement: str, schema: str | None = None) -> Result:
    """Return what a statement finds, in a READ ONLY transaction that is rolled back.

    Later transactions of the session are READ ONLY too, so that a ``COMMIT;`` inside of the text opens nothing.

    Args:
        schema: where names without a schema are looked for first.

    Raises:
        TargetError: PostgreSQL refuses the statement.
    """
    settings = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET TRANSACTION READ ONLY;"
    if schema is not None:
        settings += f" SET LOCAL search_path = {identifier(schema)}, public, pg_catalog;"
    options = {"no_parameters": True}
    try:
        connection.exec_driver_sql(settings, execution_options=options)
        cursor = connection.exec_driver_sql(statement, execution_options=options)
        if not cursor.returns_rows:
            return Result([], [])
        return Result(list(cursor.keys()), [tuple(row) for row in cursor])
    except DBAPIError as error:
        raise TargetError(str(error.orig).strip()) from None
    finally:
        connection.rollback()
