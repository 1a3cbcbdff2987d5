"""Queries of ``cdc_management``, with the server's refusals as errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import TargetError, UnreachableError
from cdcmig.sql.sqlstate import sqlstate

# SQLSTATEs: PostgreSQL manual, appendix A.
_MISSING = frozenset({"3F000", "42P01", "42883"})  # schema, table, function
_FORBIDDEN = "42501"


def rows(connection: Connection, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
    """Return what a query finds, as dictionaries by column.

    Raises:
        UnreachableError: the connection broke.
        TargetError: the database has no cdc_management, or the user no rights on it.
    """
    with refusals(connection):
        # Without parameters the driver shall not look for them: a name in the query may hold a percent sign.
        found = connection.exec_driver_sql(sql, tuple(parameters), execution_options={"no_parameters": True})
        return [dict(row) for row in found.mappings()]


@contextmanager
def refusals(connection: Connection) -> Iterator[None]:
    """Turn errors of the server into cdcmig's own errors."""
    try:
        yield
    except DBAPIError as error:
        if is_lost(connection, error):
            raise UnreachableError(f"the connection was lost: {message(error)}") from None
        state = sqlstate(error)
        hint = None
        if state in _MISSING:
            hint = "is this the right database, and was it upgraded? alembic upgrade heads"
        elif state == _FORBIDDEN:
            hint = "GRANT the merge role (to look, the reader role suffices) to this user: docs/operations.md"
        raise TargetError(message(error), hint=hint) from None


def is_lost(connection: Connection, error: DBAPIError) -> bool:
    """Return whether the error ended the connection, so that it says nothing about what was being done."""
    if error.connection_invalidated or connection.invalidated:
        return True
    driver = connection.connection.dbapi_connection
    return driver is None or bool(getattr(driver, "closed", 0))


def message(error: DBAPIError) -> str:
    """Return the error's message without the lines that follow it (DETAIL, CONTEXT)."""
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    return str(primary or str(error.orig).strip())
