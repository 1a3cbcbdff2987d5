"""What surrounds a branch's steps in a script of ``--sql``, as :mod:`environment` does it where it is connected.

psql stops at the first error, and its session's end frees the lock.
"""

from __future__ import annotations

from cdcmig.operations.execution import block, refuse
from cdcmig.runtime.locks import ENDED, holder_query, lock_key
from cdcmig.runtime.squashed import VERSION_TABLE
from cdcmig.sql.quoting import literal, qualified

_LONGEST = 2**31 - 1  # milliseconds, PostgreSQL's maximum for lock_timeout

_BUSY = "wait for it, or write the script with more time: -x wait=SECONDS"
_ELSEWHERE = (
    "nothing of this schema was changed; write the script anew, from where the schema is: --sql with FROM:TO"
)
_UPGRADE_FIRST = (
    "upgrade it first: alembic upgrade head -x schema=cdc_management, with --sql if need be;"
    " if it is further already, write the script anew, with a checkout as new as that"
)


def locked(schema: str, wait: float, lock_timeout: str) -> str:
    """Return what takes the migration lock of ``schema``; from then on no statement queues for longer.

    Args:
        schema: the schema that the script changes.
        wait: seconds to wait for another holder.
        lock_timeout: how long each later statement waits for its lock.
    """
    key = lock_key(schema)
    lock = block(
        "    holder text;",
        f"""\
    PERFORM pg_catalog.pg_advisory_lock({key});
EXCEPTION WHEN lock_not_available THEN
    holder := ({holder_query(key)});
    RAISE EXCEPTION USING ERRCODE = 'lock_not_available', HINT = {literal(_BUSY)}, MESSAGE =
        {_told(schema, "being migrated by")} || coalesce(holder, {literal(ENDED)}) || '; gave up after {wait:g} s';""",
    )
    milliseconds = min(max(round(wait * 1000), 1), _LONGEST)  # 0 would wait for ever
    return f"SET lock_timeout = {milliseconds};\n\n{lock}\n\nSET lock_timeout = {literal(lock_timeout)};\n"


def unlocked(schema: str) -> str:
    """Return what gives the migration lock of ``schema`` back."""
    return block("", f"    PERFORM pg_catalog.pg_advisory_unlock({lock_key(schema)});") + "\n"


def begins_at(schema: str, revision: str | None) -> str:
    """Return what stops the script unless ``schema`` is at ``revision``; None is base."""
    check = _requires(schema, revision, f", and this script begins at {revision or 'base'}", _ELSEWHERE)
    if revision is None:  # Alembic's script makes the table that a downgrade to base has left empty
        check += f"\n    IF {_is_there(schema)} THEN\n        DROP TABLE {_versions(schema)};\n    END IF;"
    return block("    standing text;", check) + "\n"


def is_ready(schema: str, head: str | None) -> str:
    """Return what stops the script unless ``schema``, on which other schemas build, is at its ``head``."""
    check = _requires(schema, head, f"; the schemas that follow need it at {head}", _UPGRADE_FIRST)
    return block("    standing text;", check) + "\n"


def _requires(schema: str, revision: str | None, told: str, hint: str) -> str:
    message = f"{_told(schema, 'at')} || coalesce(standing, 'base') || {literal(told)}"
    return f"""\
    IF {_is_there(schema)} THEN
        SELECT string_agg(version_num, ', ') INTO standing FROM {_versions(schema)};
    END IF;
    IF standing IS DISTINCT FROM {literal(revision)} THEN
        {refuse(message, hint)}
    END IF;"""


def _is_there(schema: str) -> str:
    return f"pg_catalog.to_regclass({literal(_versions(schema))}) IS NOT NULL"


def _versions(schema: str) -> str:
    return qualified(schema, VERSION_TABLE)


def _told(schema: str, what: str) -> str:
    return literal(f'schema "{schema}" is {what} ')
