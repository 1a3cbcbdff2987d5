"""Two-part table names in YAML files: ``dbo.Actor``, ``dbo.Order Details``, ``[my.schema].T``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

TENANT_SCHEMA = "{{SCHEMA}}"
"""Placeholder for the tenant's schema in a sink table's name; the service's name is a synonym."""

_NAME = re.compile(r"""((?>"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]|[^.]*))\.(.*)""", re.DOTALL)
_DELIMITED = {'"': ('"', '""'), "[": ("]", "]]")}


class TableName(NamedTuple):
    """A table's schema and name, without delimiters."""

    schema: str
    table: str


def split_table_name(text: str) -> TableName:
    """Split at the first dot outside double quotes and brackets, and remove these delimiters.

    Raises:
        ValueError: there is no such dot, or one side of it is empty.
    """
    match = _NAME.fullmatch(text.strip())
    schema, table = map(_undelimited, match.groups()) if match else ("", "")
    if not schema or not table:
        raise ValueError("expected a name of two parts, schema.Table")
    return TableName(schema, table)


def _undelimited(part: str) -> str:
    part = part.strip()
    closing, escaped = _DELIMITED.get(part[:1], ("", ""))
    if closing and len(part) > 1 and part.endswith(closing):
        return part[1:-1].replace(escaped, closing)
    return part


def join_table_name(schema: str, table: str) -> str:
    """Join the parts, delimited where necessary: the inverse of :func:`split_table_name`."""
    return f"{_delimited(schema, '.')}.{_delimited(table, '')}"


def _delimited(part: str, special: str) -> str:
    plain = part == part.strip() and part[:1] not in {'"', "["} and not any(char in part for char in special)
    return part if plain else '"' + part.replace('"', '""') + '"'


def fold(name: str) -> str:
    """Return a name's form for comparisons: SQL Server's usual collations ignore case."""
    return unicodedata.normalize("NFC", name.casefold())


def normal(text: str) -> str:
    """Return a two-part name without needless delimiters; any other text unchanged."""
    try:
        return join_table_name(*split_table_name(text))
    except ValueError:
        return text


class Spellings:
    """A collection of names with lookup as in SQL Server: exact spelling first, then ignoring case."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._exact = frozenset(self.names)
        self._folded = {fold(name): name for name in reversed(self.names)}

    def find(self, name: str) -> str | None:
        """Return a name as it is spelled in the collection; None if it is missing."""
        return name if name in self._exact else self._folded.get(fold(name))
