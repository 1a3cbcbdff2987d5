"""Identifiers, literals and bodies as SQL text, whatever characters they hold."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.base import PGDialect

# Paramstyle "named": the preparer of "pyformat" dialects doubles every percent sign, for a driver that
# interpolates. Our scripts go to the server, or to psql, as they are.
_DIALECT: Dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call] # SQLAlchemy's dialects are


def identifier(name: str) -> str:
    """Return ``name`` in double quotes."""
    return _DIALECT.identifier_preparer.quote_identifier(name)


def qualified(schema: str, name: str) -> str:
    """Return ``"schema"."name"``."""
    return f"{identifier(schema)}.{identifier(name)}"


def identifiers(names: Iterable[str], prefix: str = "") -> str:
    """Return quoted names with commas between them, each with ``prefix`` (``"t."``) in front."""
    return ", ".join(prefix + identifier(name) for name in names)


def literal(value: str | None) -> str:
    """Return a string constant, or ``NULL``; the server's ``standard_conforming_strings`` is on by default."""
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'"


def text_array(values: Iterable[str]) -> str:
    """Return a constant of type ``text[]``."""
    return f"ARRAY[{', '.join(map(literal, values))}]::text[]"


def dollar_tag(body: str) -> str:
    """Return a dollar quote, ``$cdcmig$`` or a longer one, that does not occur in ``body``."""
    tag = "$cdcmig$"
    while tag in body:
        tag = f"{tag[:-1]}_$"
    return tag
