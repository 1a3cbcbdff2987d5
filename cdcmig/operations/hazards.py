"""Dangers of operations, and the comment that allows one: ``# cdcmig: allow CODE (reason)``.

Where a flag or a hint of the config asks for a dangerous operation, the generator writes the comment beside it. Any
other danger has to be allowed by a reviewer, who writes the comment by hand.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeVar

from alembic.operations.ops import MigrateOperation

DESTRUCTIVE = "destructive"
REWRITE = "rewrite"
LONG_LOCK = "long-lock"
NOT_NULL = "not-null-without-default"
MISSING_DOWNGRADE = "missing-downgrade"
SILENT_LOSS = "silent-data-loss"
TOO_LONG = "identifier-too-long"
NO_SCHEMA = "no-schema"
STRICTER_STAGING = "stricter-staging"
RENAME = "rename"
HALF_DONE = "half-done"
IN_TRANSACTION = "in-transaction"
LIVE_CODE = "live-code"
NOT_OFFLINE = "not-offline"
UNKNOWN_CODE = "unknown-code"

CODES = (
    DESTRUCTIVE,
    REWRITE,
    LONG_LOCK,
    NOT_NULL,
    MISSING_DOWNGRADE,
    SILENT_LOSS,
    TOO_LONG,
    NO_SCHEMA,
    STRICTER_STAGING,
    RENAME,
    HALF_DONE,
    IN_TRANSACTION,
    LIVE_CODE,
    NOT_OFFLINE,
    UNKNOWN_CODE,
)
"""Every code; a code that was released keeps its meaning."""

_Operation = TypeVar("_Operation", bound=MigrateOperation)

_ATTRIBUTE = "cdcmig_suppression"
"""Not a key of ``operation.info``: Alembic hands that on to the reverse operation, and renders a table's."""
_COMMENT = re.compile(r"#\s*cdcmig:\s*allow\s+([\w, -]+)")


class Hazard(NamedTuple):
    """A danger: its lint code, and what happens."""

    code: str
    message: str


class Suppression(NamedTuple):
    """Lint codes that are accepted for one operation, and why."""

    reason: str
    codes: tuple[str, ...]


def suppress(operation: _Operation, by: str, *codes: str) -> _Operation:
    """Return the operation, marked as asked for ``by`` a flag or a key of the config."""
    return suppress_because(operation, f"asked for by {by}", *codes)


def suppress_because(operation: _Operation, reason: str, *codes: str) -> _Operation:
    """Return the operation, marked as harmless for a reason."""
    setattr(operation, _ATTRIBUTE, Suppression(reason, codes))
    return operation


def comment_on(operation: MigrateOperation) -> str:
    """Return the comment for the operation's first line; empty if nothing is suppressed."""
    found: Suppression | None = getattr(operation, _ATTRIBUTE, None)
    return f"  # cdcmig: allow {', '.join(found.codes)} ({found.reason})" if found else ""


def suppressed_in(line: str) -> frozenset[str]:
    """Return the codes that a line of a changeset allows, as they are spelt there."""
    match = _COMMENT.search(line)
    return frozenset(re.findall(r"\w[\w-]*", match.group(1))) if match else frozenset()
