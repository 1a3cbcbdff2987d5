"""Names of two parts, as YAML files write them: ``dbo.Actor``, ``dbo.Order Details``, ``[my.schema].T``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

TENANT_SCHEMA = "{{SCHEMA}}"
"""Placeholder in a sink table's name for the tenant's schema; the service's name means the same."""

_NAME = re.compile(r"""((?>"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]|[^.]*))\.(.*)""", re.DOTALL)
_DELIMITED = {'"': ('"', '""'), "[": ("]", "]]")}


class TableName(NamedTuple):
    """A table's schema and name, without delimiters."""

    schema: str
    table: str


def split_table_name(text: str) -> TableName:
    """Split at the first dot that stands outside double quotes and brackets, and take those off.

    Raises:
        ValueError: there is no such dot, or nothing on one side of it.
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
    """Write a name so that :func:`split_table_name` gives the same parts back."""
    return f"{_delimited(schema, '.')}.{_delimited(table, '')}"


def _delimited(part: str, special: str) -> str:
    plain = part == part.strip() and part[:1] not in {'"', "["} and not any(sign in part for sign in special)
    return part if plain else '"' + part.replace('"', '""') + '"'


def fold(name: str) -> str:
    """Return the form in which names are compared: SQL Server's usual collations ignore case."""
    return unicodedata.normalize("NFC", name.casefold())


def normal(text: str) -> str:
    """Return a two-part name without needless delimiters; what is no such name stays as it is."""
    try:
        return join_table_name(*split_table_name(text))
    except ValueError:
        return text


class Spellings:
    """Names as they are spelled, found as SQL Server finds them: by the same spelling, else ignoring case."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._exact = frozenset(self.names)
        self._folded = {fold(name): name for name in reversed(self.names)}

    def find(self, name: str) -> str | None:
        """Return the spelling of a name, None if there is no such name."""
        return name if name in self._exact else self._folded.get(fold(name))
