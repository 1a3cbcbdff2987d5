"""Removes objects that a failed step created outside its transaction."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from cdcmig.errors import CdcmigError
from cdcmig.sql.sqlstate import LOCK_NOT_AVAILABLE, sqlstate

Leftovers = dict[str, str]
"""What was built → the statement that removes it."""

_PAUSE = 0.5

log = logging.getLogger(__name__)


@contextmanager
def removed_on_failure(
    connection: Connection,
    leftovers: Leftovers,
    landed: Callable[[Connection], bool],
    lock_timeout: str,
    wait: float,
) -> Iterator[None]:
    """Remove what ``leftovers`` holds when the work inside fails or is interrupted; the error tells what stays.

    Args:
        connection: the connection that migrates.
        leftovers: filled by the operations of a step, emptied when the step is committed.
        landed: tells, by another connection, whether the step is committed all the same: an interrupted commit may be.
        lock_timeout: the longest that one try of a removal makes others wait.
        wait: seconds in which a removal is tried again, while readers use what is to be removed.
    """
    try:
        yield
    except BaseException as error:
        if leftovers:
            _tell(error, _removed(connection, error, leftovers, landed, lock_timeout, wait))
        raise


def _removed(
    connection: Connection,
    error: BaseException,
    leftovers: Leftovers,
    landed: Callable[[Connection], bool],
    lock_timeout: str,
    wait: float,
) -> Leftovers:
    """Remove what can be removed; return the rest."""
    if connection.invalidated and not isinstance(error, KeyboardInterrupt):
        return leftovers  # the connection was lost, perhaps in a commit that the server carried out
    if not connection.invalidated and not connection.closed:
        connection.rollback()  # its own locks would be in the way
    rest = dict(leftovers)
    try:
        # SQLAlchemy invalidates a connection that is interrupted, so this takes one of its own.
        with connection.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as fresh:
            if landed(fresh):
                return {}
            fresh.execute(
                text("SELECT set_config('lock_timeout', :timeout, false)"), {"timeout": lock_timeout}
            )
            _remove_each(fresh, rest, wait)
    except (DBAPIError, KeyboardInterrupt) as failure:
        log.debug("nothing more can be removed: %s", failure)
    return rest


def _remove_each(connection: Connection, rest: Leftovers, wait: float) -> None:
    """Take out of ``rest`` what is removed; a lock that is not free is waited for in many short tries.

    Raises:
        DBAPIError: the connection was lost, or PostgreSQL refuses a removal.
    """
    deadline = time.monotonic() + wait
    for number in itertools.count():
        for what, removal in reversed(
            list(rest.items())
        ):  # what was built later may stand on what was earlier
            if _succeeds(connection, removal):
                del rest[what]
                log.info("%s is removed again", what)
        if not rest or time.monotonic() > deadline:
            return
        if number == 0:
            log.warning("%s is in use; trying for %g s to remove it", ", ".join(rest), wait)
        time.sleep(_PAUSE)


def _succeeds(connection: Connection, removal: str) -> bool:
    """Return whether a removal got its lock."""
    try:
        connection.exec_driver_sql(removal, execution_options={"no_parameters": True})
    except DBAPIError as failure:
        if sqlstate(failure) != LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def _tell(error: BaseException, rest: Leftovers) -> None:
    if not rest:
        return
    remains = (
        f"but {', '.join(rest)} could not be removed and may refuse rows that the present revision allows;"
        f" upgrade again, or remove what is left: {' '.join(rest.values())}"
    )
    if isinstance(error, CdcmigError):
        error.hint = f"{error.hint}\n  {remains}" if error.hint else remains
    else:
        log.warning("the step failed, %s", remains)
