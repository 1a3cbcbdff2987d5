"""Which column types can hold every value of a type: what `cdcmig validate` compares a table with.

The rules are data, so that the query which judges a database (``sql/validate.sql``) has them as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy.types import TypeEngine

from cdcmig.mapping.postgresql_types import family_name, type_text

_UNLIMITED = 2_147_483_647
_PARAMETERS = re.compile(r"\((\d+)(?:,\s*(-?\d+))?\)")
_INTEGERS = ("int2", "int4", "int8")
_DIGITS = {"int2": 5, "int4": 10, "int8": 19}

# PostgreSQL's own names (pg_type.typname) of the types whose standard names differ from them.
_INTERNAL = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "char": "bpchar",
}
# How long the longest value is as text.
_TEXT_LENGTHS = {"int2": 6, "int4": 11, "int8": 20, "bool": 5, "uuid": 36, "date": 13}
# Which other types hold all values of one, and convert them when they are assigned.
_WIDER = {
    "int2": ("int4", "int8", "float4", "float8"),
    "int4": ("int8", "float8"),
    "int8": (),
    "float4": ("float8",),
    "date": ("timestamp",),
    "json": ("jsonb",),
    "jsonb": ("json",),
    "inet": ("cidr",),
}


class Holder(NamedTuple):
    """A type that holds the values, if the column's own limits are at least these; 0 asks for nothing.

    Attributes:
        type: PostgreSQL's internal name, ``varchar``.
        length: characters.
        whole: decimal digits before the point.
        scale: decimal digits behind it.
        fraction: digits of a second's fraction.
    """

    type: str
    length: int = 0
    whole: int = 0
    scale: int = 0
    fraction: int = 0


def holders(column_type: TypeEngine[Any]) -> tuple[Holder, ...]:
    """Return the types that hold every value of ``column_type``, itself first."""
    text = type_text(column_type)
    match = _PARAMETERS.search(text)
    first = int(match[1]) if match else None
    second = int(match[2] or 0) if match else None
    name = family_name(text) or text
    item = name.removesuffix("[]")
    internal = ("_" if item != name else "") + _INTERNAL.get(item, item)
    return tuple(_holders(internal, first, second))


def _holders(name: str, first: int | None, second: int | None) -> Iterator[Holder]:
    if name in {"varchar", "bpchar", "text", "citext"}:
        length = _UNLIMITED if name in {"text", "citext"} or first is None else first
        yield from _texts(length)
    elif name == "numeric":
        yield from _numerics(first, second or 0)
    elif name in {"time", "timetz", "timestamp", "timestamptz"}:
        yield Holder(name, fraction=6 if first is None else first)
        yield from _texts(_UNLIMITED)
    else:
        yield Holder(name)
        yield from map(Holder, _WIDER.get(name, ()))
        if name in _DIGITS:
            yield Holder("numeric", whole=_DIGITS[name])
        if name != "bytea":
            yield from _texts(_TEXT_LENGTHS.get(name, _UNLIMITED))


def _texts(length: int) -> Iterator[Holder]:
    for name in ("varchar", "bpchar"):
        yield Holder(name, length=length)
    yield Holder("text")
    yield Holder("citext")


def _numerics(precision: int | None, scale: int) -> Iterator[Holder]:
    if precision is None:
        yield Holder("numeric", whole=_UNLIMITED)
        yield from _texts(_UNLIMITED)
        return
    yield Holder("numeric", whole=precision - scale, scale=scale)
    if scale <= 0:
        whole = precision - scale
        yield from (Holder(name) for name in _INTEGERS if whole < _DIGITS[name])
    yield from _texts(precision + 3)  # sign, point, and a zero before it
