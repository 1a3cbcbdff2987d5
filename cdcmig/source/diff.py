"""Differences between two snapshots of a table, as lines for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from cdcmig.config.snapshot import SnapshotColumn, TableSnapshot
from cdcmig.config.table_names import fold

_PLAIN_FIELDS = ("database", "schema_", "service", "table", "comment", "temporal", "ledger")

_PARTS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("foreign key", "foreign_keys", lambda key: key.name or f"({', '.join(key.columns)})"),
    ("index", "indexes", lambda index: str(index.name)),
    ("unique key", "unique_keys", lambda key: key.name or f"({', '.join(key.columns)})"),
    ("capture", "cdc", lambda capture: str(capture.instance)),
)


def differences(old: TableSnapshot | None, new: TableSnapshot) -> Iterator[str]:
    """Yield what changes from ``old`` to ``new``: ``+`` for what is added, ``-`` for what goes, ``~`` for the rest.

    The number of rows changes by the hour and is no difference.
    """
    if old is None:
        yield f"+ table {new.qualified_name} ({len(new.columns)} columns)"
        return
    for name in _PLAIN_FIELDS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"~ {name.rstrip('_')}: {_shown(before)} → {_shown(after)}"
    yield from column_differences(old.columns, new.columns, SnapshotColumn.model_fields)
    if (old.cdc is None) != (new.cdc is None):
        yield "~ cdc: not tracked → tracked" if old.cdc is None else "~ cdc: tracked → not tracked"
    for kind, field, key in _PARTS:
        yield from _part_differences(kind, getattr(old, field) or (), getattr(new, field) or (), key)


def column_differences(
    old: Sequence[SnapshotColumn], new: Sequence[SnapshotColumn], fields: Sequence[str] | Any
) -> Iterator[str]:
    """Yield the differences between two lists of columns, in ``fields`` alone; names match ignoring case."""
    before, after = _by_name(old, new)
    for name, column in after.items():
        if name not in before:
            yield f"+ column {describe(column)}"
        elif changes := _changes(before[name], column, fields):
            yield f"~ column {column.name}: {changes}"
    for name, column in before.items():
        if name not in after:
            yield f"- column {describe(column)}"
    common = [name for name in before if name in after]
    if common != [name for name in after if name in before]:
        yield "~ order of the columns"


def _by_name(*lists: Sequence[SnapshotColumn]) -> Iterator[dict[str, SnapshotColumn]]:
    """Key columns by folded name, unless a case-sensitive database has two that differ by case alone."""
    distinct = all(len({fold(column.name) for column in columns}) == len(columns) for columns in lists)
    for columns in lists:
        yield {fold(column.name) if distinct else column.name: column for column in columns}


def describe(column: SnapshotColumn) -> str:
    """Return a column in a few words: ``Navn nvarchar(50) NOT NULL``."""
    words = [column.name, column.type, "NULL" if column.nullable else "NOT NULL"]
    if column.primary_key:
        words.append("PRIMARY KEY")
    if column.computed:
        words.append(f"AS {column.computed}")
    return " ".join(words)


def _part_differences(
    kind: str, old: Sequence[BaseModel], new: Sequence[BaseModel], key: Callable[[Any], str]
) -> Iterator[str]:
    before = {key(part): part for part in old}
    after = {key(part): part for part in new}
    for name, part in after.items():
        if name not in before:
            yield f"+ {kind} {name}"
        elif changes := _changes(before[name], part, type(part).model_fields):
            yield f"~ {kind} {name}: {changes}"
    yield from (f"- {kind} {name}" for name in before if name not in after)


def _changes(old: BaseModel, new: BaseModel, fields: Sequence[str] | Any) -> str:
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in fields)
    return ", ".join(f"{name} {_shown(a)} → {_shown(b)}" for name, a, b in pairs if a != b)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(value)})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
