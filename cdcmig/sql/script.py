"""Run a SQL script of any length and content, or write it where ``--sql`` asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.operations import Operations


def run(operations: Operations, sql: str) -> None:
    """Send ``sql`` as it is: one or several statements, each with its semicolon.

    ``op.execute(str)`` would read ``:1`` as a bind, and a driver that is given parameters, even none of them,
    reads ``%``. Here the driver gets the text alone.
    """
    context = operations.get_context()
    if context.as_sql:
        context.impl.static_output(sql.strip())
        return
    connection = operations.get_bind()
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
