"""What a column's comment remembers of its history, so that a later comparison need not guess.

A column that was added to a table with rows is nullable although the source says NOT NULL, and one that left the
replication is still there. Neither can be told from the column itself; both stand at the end of its comment.
"""

from __future__ import annotations

ADDED = "NOT NULL in the source"
GONE = "no longer replicated"
_SEPARATOR = "; "


def mark(comment: str | None, marker: str) -> str:
    """Return the comment with the marker at its end, in place of any other marker."""
    plain = unmark(comment)
    return f"{plain}{_SEPARATOR}{marker}" if plain else marker


def unmark(comment: str | None) -> str | None:
    """Return the comment without its marker."""
    for marker in (ADDED, GONE):
        if comment == marker:
            return None
        if comment is not None and comment.endswith(_SEPARATOR + marker):
            return comment[: -len(_SEPARATOR + marker)]
    return comment


def has(comment: str | None, *markers: str) -> bool:
    """Tell whether the comment ends with one of the markers."""
    return any(comment == marker or (comment or "").endswith(_SEPARATOR + marker) for marker in markers)
