"""One advisory lock per (database, schema) around every upgrade and downgrade; and who holds which lock."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from cdcmig.errors import LockTimeoutError

DEFAULT_WAIT = 60.0
ENDED = "a session that has just ended"
_POLL = 0.1
_SHOWN = 10


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
            holder = connection.scalar(text(holder_query(key))) or ENDED
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


def holder_query(key: int) -> str:
    """Return the query for the session that holds an advisory lock: one text, or no row."""
    return (
        f"SELECT concat({_SESSION}, ', connected since ', date_trunc('second', a.backend_start))"
        " FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        f" AND (l.classid::bigint << 32) | l.objid::bigint = {key} LIMIT 1"
    )


def holders(connection: Connection, schema: str, statement: str) -> list[str]:
    """Return who holds locks on relations of ``schema``, or on others that ``statement`` names; a line a session.

    The relations that the statement names come first, then the oldest transactions. Indexes are left out: who
    holds one holds its table. No query of another session is shown, for it may hold secrets.

    Args:
        connection: the connection that was refused a lock; what it did since its last commit is rolled back.
        schema: the schema that is migrated.
        statement: what was refused.
    """
    connection.rollback()
    found = connection.scalars(text(_HOLDERS), {"schema": schema, "statement": statement}).all()
    connection.rollback()
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return [*found[:_SHOWN], *more]


_SESSION = """concat('pid ', a.pid, coalesce(', user "' || a.usename || '"', ', ' || a.backend_type),
    ' from ' || host(a.client_addr), ' (' || nullif(a.application_name, '') || ')')"""

_HOLDERS = f"""
WITH held AS (
    SELECT l.pid, l.virtualtransaction, format('%I.%I', n.nspname, c.relname) AS relation,
        string_agg(DISTINCT l.mode, ', ') AS modes,
        strpos(:statement, n.nspname) > 0 AND strpos(:statement, c.relname) > 0 AS named
    FROM pg_locks AS l
    JOIN pg_class AS c ON c.oid = l.relation
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE l.granted AND l.pid IS DISTINCT FROM pg_backend_pid() AND c.relkind NOT IN ('i', 'I')
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (n.nspname = :schema OR strpos(:statement, n.nspname) > 0 AND strpos(:statement, c.relname) > 0)
    GROUP BY l.pid, l.virtualtransaction, n.nspname, c.relname
)
SELECT concat(
    CASE WHEN h.pid IS NULL THEN 'a prepared transaction, see pg_prepared_xacts' ELSE {_SESSION} END,
    ', in a transaction since ' || date_trunc('second', a.xact_start),
    ', holds ', string_agg(h.modes || ' on ' || h.relation, ', ' ORDER BY h.named DESC, h.relation)
)
FROM held AS h LEFT JOIN pg_stat_activity AS a USING (pid)
GROUP BY h.pid, h.virtualtransaction, a.pid, a.usename, a.backend_type, a.client_addr, a.application_name,
    a.xact_start
ORDER BY bool_or(h.named) DESC, a.xact_start, h.pid
"""
