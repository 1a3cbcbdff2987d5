"""One advisory lock per (database, schema) around every upgrade and downgrade."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from cdcmig.errors import LockTimeoutError

DEFAULT_WAIT = 60.0
_POLL = 0.1


@contextmanager
def schema_lock(connection: Connection, schema: str, wait: float = DEFAULT_WAIT) -> Iterator[None]:
    """Hold the migration lock of ``schema``; a session lock, so that it survives the steps' transactions.

    Args:
        connection: the connection that migrates; a crash of its session frees the lock.
        schema: the schema that is migrated.
        wait: seconds to wait for another holder.

    Raises:
        LockTimeoutError: somebody else holds it for longer than ``wait``; the message names pid, user and since.
    """
    key = lock_key(schema)
    deadline = time.monotonic() + wait
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
        if time.monotonic() > deadline:
            holder = _holder(connection, key)
            connection.rollback()
            raise LockTimeoutError(
                f'schema "{schema}" is being migrated by {holder}; gave up after {wait:g} s',
                hint="wait for it, or give more time: -x wait=SECONDS",
            )
        connection.rollback()
        time.sleep(_POLL)
    connection.commit()
    try:
        yield
    finally:
        if not connection.invalidated and not connection.closed:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
            connection.commit()


def lock_key(schema: str) -> int:
    """Return the 64-bit key of a schema's lock; advisory locks are per database already."""
    return int.from_bytes(hashlib.sha256(f"cdcmig:{schema}".encode()).digest()[:8], signed=True)


def _holder(connection: Connection, key: int) -> str:
    row = connection.execute(
        text(
            "SELECT a.pid, a.usename, a.application_name, a.client_addr, date_trunc('second', a.backend_start) AS since"
            " FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (l.classid::bigint << 32) | l.objid::bigint = :key"
        ),
        {"key": key},
    ).first()
    if row is None:
        return "a session that has just ended"
    where = f" from {row.client_addr}" if row.client_addr else ""
    return f'pid {row.pid}, user "{row.usename}"{where} ({row.application_name}), connected since {row.since}'
