"""DDL that does not queue: a short ``lock_timeout``, and another try with jitter when it runs out."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from cdcmig.errors import TargetError, UnreachableError
from cdcmig.sql.sqlstate import DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE, sqlstate

_PASSING = frozenset({LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED})
"""SQLSTATEs after which the same may well succeed."""
DEFAULT_LOCK_TIMEOUT = "2s"
ATTEMPTS = 12
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0

log = logging.getLogger(__name__)


def on_lock_timeout(
    work: Callable[[], None],
    what: str,
    attempts: int = ATTEMPTS,
    holders: Callable[[str], Sequence[str]] | None = None,
) -> None:
    """Run ``work`` until it got its locks; pauses double up to 5 s, with jitter, so that rivals do not march in step.

    Args:
        work: what is tried; it leaves nothing of a try that failed.
        what: what the work is about, in the words of a message.
        attempts: the number of tries.
        holders: returns who is in the way of a statement, in lines for people; asked after the last try.

    Raises:
        UnreachableError: the connection was lost.
        TargetError: the locks were never free in ``attempts`` tries; or, at once, PostgreSQL refused something else.
    """
    for attempt in range(1, attempts + 1):
        try:
            work()
        except DBAPIError as error:
            if sqlstate(error) not in _PASSING:
                raise refusal(error, what) from None
            if attempt == attempts:
                raise _never_free(
                    error, f"{what}: a lock was not free in {attempts} tries", holders
                ) from None
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
            log.info("%s: lock not available, try %d of %d in %.1f s", what, attempt + 1, attempts, pause)
            time.sleep(pause)
        else:
            return


def refusal(error: DBAPIError, what: str) -> TargetError:
    """Return the error for people: the connection was lost, or PostgreSQL refused something."""
    details = f"{_reason(error)}\n  in: {_first_line(error.statement)}"
    if error.connection_invalidated:
        return UnreachableError(
            f"{what}: the connection was lost: {details}",
            hint="once the server answers, upgrade again: it goes on where this one was interrupted",
        )
    return TargetError(
        f"{what}: {details}",
        hint="nothing of this step was kept; look at the changeset and at the rows, then upgrade again",
    )


def _never_free(error: DBAPIError, what: str, holders: Callable[[str], Sequence[str]] | None) -> TargetError:
    statement = error.statement or ""
    lines = [f"{what}: {_reason(error)}", f"  in: {_first_line(statement)}"]
    if holders is not None:
        lines += _told_holders(holders, statement)
    return TargetError(
        "\n".join(lines),
        hint="look for long transactions in pg_stat_activity, or give more time: -x lock_timeout=10s",
    )


def _told_holders(holders: Callable[[str], Sequence[str]], statement: str) -> list[str]:
    try:
        found = holders(statement)
    except DBAPIError as error:
        return [f"  who holds it could not be read: {_reason(error)}"]
    if not found:
        return ["  nobody holds a lock there any more"]
    return ["  locks there just now:", *(f"    {line}" for line in found)]


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip()


def _first_line(statement: str | None) -> str:
    """Return enough of a statement to find it by."""
    lines = [line.strip() for line in (statement or "").splitlines() if line.strip()]
    return lines[0][:200] + (" …" if len(lines) > 1 else "") if lines else "no statement"
