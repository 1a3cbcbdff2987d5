"""DDL that does not queue: a short ``lock_timeout``, and another try with jitter when it runs out."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from cdcmig.errors import TargetError

LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL manual, appendix A
DEFAULT_LOCK_TIMEOUT = "2s"
ATTEMPTS = 12
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0

log = logging.getLogger(__name__)


def on_lock_timeout(work: Callable[[], None], what: str, attempts: int = ATTEMPTS) -> None:
    """Run ``work`` until it got its locks; pauses double up to 5 s, with jitter, so that rivals do not march in step.

    Raises:
        TargetError: the locks were never free in ``attempts`` tries; or, at once, PostgreSQL refused something else.
    """
    for attempt in range(1, attempts + 1):
        try:
            work()
        except DBAPIError as error:
            if getattr(error.orig, "pgcode", None) != LOCK_NOT_AVAILABLE:
                raise TargetError(
                    f"{what}: {str(error.orig).strip()}\n  in: {_first_line(error.statement)}",
                    hint="nothing of this step was kept; look at the changeset and at the rows, then upgrade again",
                ) from None
            if attempt == attempts:
                raise TargetError(
                    f"{what}: a lock was not free in {attempts} tries: {str(error.orig).strip()}",
                    hint="look for long transactions in pg_stat_activity, or give more time: -x lock_timeout=10s",
                ) from None
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
            log.info("%s: lock not available, try %d of %d in %.1f s", what, attempt + 1, attempts, pause)
            time.sleep(pause)
        else:
            return


def _first_line(statement: str | None) -> str:
    """Return enough of a statement to find it by."""
    lines = [line.strip() for line in (statement or "").splitlines() if line.strip()]
    return lines[0][:200] + (" …" if len(lines) > 1 else "") if lines else "no statement"
