"""The server's warnings, shown through Python's logging; psycopg2 keeps them in a list that nobody reads."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

log = logging.getLogger(__name__)


def show(connection: Connection, schema: str) -> None:
    """Log each warning that the server raises on a connection from now on, as one about ``schema``.

    The server is set to send no NOTICE: most of them are chatter ("… does not exist, skipping"), and the word
    before a message is in the server's language. What a user has to know is raised as WARNING.
    """
    connection.exec_driver_sql("SET client_min_messages = warning")
    connection.commit()
    driver_connection = connection.connection.driver_connection
    assert driver_connection is not None
    driver_connection.notices = _Warnings(schema)


class _Warnings:
    """What psycopg2 appends to. It is no list, nor iterable: SQLAlchemy would empty it into a log of its own."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._shown: set[str] = set()

    def append(self, notice: str) -> None:
        """Log a message without the word for its severity; once, however often the step is tried."""
        message = notice.partition(":  ")[2].strip() or notice.strip()
        if message not in self._shown:
            self._shown.add(message)
            log.warning('schema "%s": %s', self._schema, message)
