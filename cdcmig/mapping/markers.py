"""Comments on tables and columns: words for people, and behind them what cdcmig has to recognise.

A comment ends in a marker wherever it says more than where a column comes from:
``commit LSN of the change [cdcmig role=lsn]``. Only the marker is read back, so the words may be improved at any time.
Comments of version 0.1 have no marker; they are recognised by the words of that version, the ``LEGACY_…`` constants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

ADDED = "added"
"""History of a column that joined a table with rows: NOT NULL in the source, nullable here."""
GONE = "gone"
"""History of a column that left the replication and stays with its values."""
COPY = "cdcmig: a copy of "
"""How the comment of an unfinished copy of a column begins; never edited, an interrupted upgrade resumes by it."""

_HISTORY = {ADDED: "NOT NULL in the source", GONE: "no longer replicated"}
_MARKER = re.compile(r" ?\[cdcmig(?P<marks>( [a-z]+(=[^\s\]]*)?)*)\]\Z")
_SEPARATOR = "; "

# What version 0.1 wrote into databases. Never edit these: they are how its columns and tables are recognised.
LEGACY_ROLES = {
    "when this row was last written here": "sync_timestamp",
    "where the event came from": "source",
    "when the source committed the change, in milliseconds since 1970-01-01 UTC": "source_ts_ms",
    "the row is gone from the source; kept as a tombstone against late events": "deleted",
    "last operation: c, u, d or, from a snapshot, r": "operation",
    "commit LSN of the change in SQL Server; with __seq_val it orders all events": "lsn",
    "place of the change within its transaction in SQL Server": "seq_val",
}
LEGACY_HISTORY = {"NOT NULL in the source": ADDED, "no longer replicated": GONE}
LEGACY_TEMPLATE = re.compile(r"template (?P<key>[^:;]+)")
LEGACY_TABLE = "Replicated from "


@dataclass(frozen=True)
class Comment:
    """A comment, taken apart.

    Attributes:
        text: the words, without those about the history.
        role: which CDC column it is on.
        template: the key of the column template that added the column.
        table: whether it is on a replicated table.
        history: `ADDED`, `GONE` or None.
    """

    text: str = ""
    role: str | None = None
    template: str | None = None
    table: bool = False
    history: str | None = None

    def __str__(self) -> str:
        """Return the comment as PostgreSQL keeps it; :func:`parse` is the inverse."""
        parts = [self.text, _HISTORY[self.history] if self.history else ""]
        text, marks = _SEPARATOR.join(filter(None, parts)), "".join(self._marks())
        # Even an empty marker keeps words that happen to be those of version 0.1 from being taken for them.
        return (
            text if not marks and parse(text) == self else " ".join(filter(None, [text, f"[cdcmig{marks}]"]))
        )

    def _marks(self) -> Iterator[str]:
        if self.table:
            yield " table"
        if self.role:
            yield f" role={quote(self.role)}"
        if self.template:
            yield f" template={quote(self.template)}"
        if self.history:
            yield f" {self.history}"

    def means(self, other: Comment) -> bool:
        """Return whether both say the same; the words on a CDC column are cdcmig's own and do not count."""
        if self.role is None:
            return self == other
        return (self.role, self.history) == (other.role, other.history)


def parse(comment: str | None) -> Comment:
    """Return what a comment says: by its marker, or else by the words of version 0.1."""
    comment = comment or ""
    match = _MARKER.search(comment)
    if match is None:
        return _parse_legacy(comment)
    marks = dict(mark.partition("=")[::2] for mark in match["marks"].split())
    text = comment[: match.start()]
    history = next((history for history in _HISTORY if history in marks), None)
    return Comment(
        text=text.rpartition(_SEPARATOR)[0] if history else text,
        role=unquote(marks["role"]) if "role" in marks else None,
        template=unquote(marks["template"]) if "template" in marks else None,
        table="table" in marks,
        history=history,
    )


def _parse_legacy(comment: str) -> Comment:
    text, history = comment, None
    for words, meaning in LEGACY_HISTORY.items():
        if comment == words or comment.endswith(_SEPARATOR + words):
            text, history = comment.removesuffix(words).removesuffix(_SEPARATOR), meaning
    template = LEGACY_TEMPLATE.match(text)
    return Comment(
        text=text,
        role=LEGACY_ROLES.get(text),
        template=template["key"] if template else None,
        table=text.startswith(LEGACY_TABLE),
        history=history,
    )


def mark(comment: str | None, history: str) -> str:
    """Return the comment with a history in place of any that it has."""
    return str(replace(parse(comment), history=history))


def has(comment: str | None, *histories: str) -> bool:
    """Return whether the comment says one of the histories."""
    return parse(comment).history in histories


def same(one: str | None, other: str | None) -> bool:
    """Return whether two comments mean the same: a newer marker or wording alone is no change."""
    return parse(one).means(parse(other))


def without_markers(text: str) -> str:
    """Return the text of a changeset without the markers of its comments."""
    return re.sub(r" \[cdcmig[^\]]*\]", "", text)
