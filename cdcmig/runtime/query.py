"""One query by a person, run where it can change nothing."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, CursorResult, text
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import TargetError
from cdcmig.sql.quoting import identifier
from cdcmig.sql.sqlstate import sqlstate

_NOT_A_QUERY = "42P11"  # invalid_cursor_definition, PostgreSQL manual, appendix A

# A text that PL/pgSQL opens a cursor for is one query: the server refuses a second statement, COMMIT, SET and COPY.
_OPEN = """
DO $$
DECLARE query CONSTANT pg_catalog.refcursor := 'cdcmig_query';
BEGIN
    OPEN query NO SCROLL FOR EXECUTE pg_catalog.current_setting('cdcmig.query');
END
$$
"""
_FETCH = "FETCH ALL FROM cdcmig_query"


class Result(NamedTuple):
    """The columns' names, and the rows."""

    columns: list[str]
    rows: list[tuple[object, ...]]


def run(connection: Connection, statement: str, schema: str | None = None) -> Result:
    """Return what one query finds, in a READ ONLY transaction that is rolled back.

    Args:
        schema: where names without a schema are looked for first.

    Raises:
        TargetError: PostgreSQL refuses the statement, or it is not exactly one query.
    """
    settings = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET TRANSACTION READ ONLY;"
    if schema is not None:
        settings += f" SET LOCAL search_path = {identifier(schema)}, public, pg_catalog;"
    try:
        _execute(connection, settings)
        connection.execute(
            text("SELECT pg_catalog.set_config('cdcmig.query', :query, true)"), {"query": statement}
        )
        _execute(connection, _OPEN)
        found = _execute(connection, _FETCH)
        return Result(list(found.keys()), [tuple(row) for row in found])
    except DBAPIError as error:
        raise _refusal(error) from None
    except ValueError as error:  # psycopg2: NUL, or bytes that are no text
        raise TargetError(f"the query is no text for PostgreSQL: {error}") from None
    finally:
        connection.rollback()


def _execute(connection: Connection, sql: str) -> CursorResult[tuple[object, ...]]:
    return connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def _refusal(error: DBAPIError) -> TargetError:
    """Say what PostgreSQL says, less where in cdcmig's own block it stood."""
    told = str(error.orig).strip().partition("\nQUERY:")[0].partition("\nCONTEXT:")[0]
    if sqlstate(error) != _NOT_A_QUERY:
        return TargetError(told)
    return TargetError(
        f"only one query is run, in a read-only transaction: {told}",
        hint="give one SELECT, VALUES, WITH or TABLE, without a second statement behind it",
    )
