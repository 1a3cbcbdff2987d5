"""The server's error codes; PostgreSQL manual, appendix A."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"
UNIQUE_VIOLATION = "23505"


def sqlstate(error: DBAPIError) -> str:
    """Return the server's SQLSTATE, or an empty string if the error is the driver's own."""
    return getattr(error.orig, "pgcode", None) or ""
