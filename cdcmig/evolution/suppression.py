"""What a line of a changeset says about a danger that is meant: ``# cdcmig: allow CODE (reason)``.

Where a flag or a hint of the config asks for a danger, the generator says so beside the operation; any other
danger is for a reviewer to allow, who writes the comment by hand.
"""

from __future__ import annotations

import re
from typing import TypeVar

from alembic.operations.ops import MigrateOperation

Operation = TypeVar("Operation", bound=MigrateOperation)

_KEY = "cdcmig_allowed"
_COMMENT = re.compile(r"#\s*cdcmig:\s*allow\s+([\w, -]+)")


def allow(operation: Operation, by: str, *codes: str) -> Operation:
    """Return the operation, marked as asked for ``by`` a flag or a key of the config; ``codes`` are those of lint."""
    return allow_because(operation, f"asked for by {by}", *codes)


def allow_because(operation: Operation, reason: str, *codes: str) -> Operation:
    """Return the operation, marked as harmless for a reason."""
    vars(operation)[_KEY] = (reason, codes)  # not in operation.info: a table's is written into the changeset
    return operation


def comment_on(operation: MigrateOperation) -> str:
    """Return the comment that goes behind the operation's first line; empty where nothing was marked."""
    if _KEY not in vars(operation):
        return ""
    reason, codes = vars(operation)[_KEY]
    return f"  # cdcmig: allow {', '.join(codes)} ({reason})"


def allowed_in(line: str) -> frozenset[str]:
    """Return the codes that a line of a changeset allows, as they are spelt there."""
    match = _COMMENT.search(line)
    return frozenset(re.findall(r"\w[\w-]*", match.group(1))) if match else frozenset()
