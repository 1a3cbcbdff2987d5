"""Differences between two snapshots of a table, as lines for people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from cdcmig.config.snapshot import SnapshotColumn, TableSnapshot
from cdcmig.config.table_names import fold

_PLAIN_FIELDS = ("database", "schema_", "service", "table", "comment", "temporal", "ledger")
_PARTS = {"foreign key": "foreign_keys", "index": "indexes", "unique key": "unique_keys", "capture": "cdc"}


def differences(old: TableSnapshot | None, new: TableSnapshot) -> Iterator[str]:
    """Yield what changes from ``old`` to ``new``: ``+`` is added, ``-`` is removed, ``~`` is different.

    The number of rows changes by the hour and is no difference.
    """
    if old is None:
        yield f"+ table {new.qualified_name} ({len(new.columns)} columns)"
        return
    for name in _PLAIN_FIELDS:
        if (before := getattr(old, name)) != (after := getattr(new, name)):
            yield f"~ {name.rstrip('_')}: {_shown(before)} → {_shown(after)}"
    yield from column_differences(old.columns, new.columns, SnapshotColumn.model_fields)
    if (old.cdc is None) != (new.cdc is None):
        yield "~ cdc: not tracked → tracked" if old.cdc is None else "~ cdc: tracked → not tracked"
    for kind, name in _PARTS.items():
        parts = [{_title(part): part for part in getattr(each, name) or ()} for each in (old, new)]
        yield from _part_differences(kind, parts[0], parts[1], _title, _title)


def column_differences(
    old: Sequence[SnapshotColumn], new: Sequence[SnapshotColumn], fields: Collection[str]
) -> Iterator[str]:
    """Yield the differences between two lists of columns, in ``fields`` alone; names match ignoring case."""
    # In a case-sensitive database, two names may differ by case alone.
    distinct = all(len({fold(column.name) for column in columns}) == len(columns) for columns in (old, new))
    before, after = (
        {fold(column.name) if distinct else column.name: column for column in columns}
        for columns in (old, new)
    )
    yield from _part_differences("column", before, after, _column, lambda column: column.name, fields)
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield "~ order of the columns"


def _part_differences(
    kind: str,
    before: Mapping[str, BaseModel],
    after: Mapping[str, BaseModel],
    described: Callable[[Any], str],
    named: Callable[[Any], str],
    fields: Collection[str] | None = None,
) -> Iterator[str]:
    for name, part in after.items():
        if name not in before:
            yield f"+ {kind} {described(part)}"
            continue
        pairs = [
            (each, getattr(before[name], each), getattr(part, each))
            for each in fields or type(part).model_fields
        ]
        if changes := ", ".join(f"{each} {_shown(a)} → {_shown(b)}" for each, a, b in pairs if a != b):
            yield f"~ {kind} {named(part)}: {changes}"
    yield from (f"- {kind} {described(part)}" for name, part in before.items() if name not in after)


def _column(column: SnapshotColumn) -> str:
    """Return a column in a few words: ``Navn nvarchar(50) NOT NULL``."""
    words = [column.name, column.type, "NULL" if column.nullable else "NOT NULL"]
    words += ["PRIMARY KEY"] if column.primary_key else []
    words += [f"AS {column.computed}"] if column.computed else []
    return " ".join(words)


def _title(part: Any) -> str:
    """Return the name of a key, index or capture instance; the columns of one that has no name."""
    name = part.instance if hasattr(part, "instance") else part.name
    return name or f"({', '.join(part.columns)})"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(value)})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
