"""What a type change costs in PostgreSQL: nothing, a rewrite of the table, or data.

Facts from the manual (ALTER TABLE, notes) and the source (``varchar_support``, ``numeric_support``,
``timestamp_support``, ``time_support``, ``varbit_support``: which length changes leave the rows alone).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import TypeEngine

_DIALECT = PGDialect()  # type: ignore[no-untyped-call] # SQLAlchemy has no types there
_TYPE = re.compile(r"^([a-z][a-z ]*?)\s*(?:\(([\d, ]+)\))?((?: with| without) time zone)?((?:\[\])*)$")

_DEFAULT_SCALE = {"timestamp": 6, "timestamptz": 6, "time": 6, "timetz": 6}
_LENGTHLESS = {"char": 1}
_ALIASES = {
    "float": "double precision",
    "decimal": "numeric",
    "character varying": "varchar",
    "character": "char",
}
_WIDER: dict[str, tuple[str, ...]] = {
    "smallint": ("integer", "bigint", "real", "double precision"),
    "integer": ("bigint", "double precision"),
    "real": ("double precision",),
    "date": ("timestamp",),
}
"""Every value of the key is a value of these, but is stored otherwise."""

_INTEGER_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
_READ_AS_TEXT = {"smallint": 6, "integer": 11, "bigint": 20, "boolean": 5, "uuid": 36, "numeric": None}
"""Types whose text is their value, with the length of the longest one; None is unlimited.

All have an assignment cast to text. Dates are not among them: their text depends on ``DateStyle``.
"""

_TEXTS = frozenset({"char", "varchar", "text"})


class TypeChange(Enum):
    """What a change of type means for the rows."""

    NONE = "the types are the same"
    FREE = "no row is touched"
    REWRITE = "every row is rewritten under a lock; no value is lost"
    LOSSY = "values may not fit or cannot be converted"


def classify(old: TypeEngine[Any], new: TypeEngine[Any]) -> TypeChange:
    """Return what it takes to turn a column of type ``old`` into ``new``."""
    return _classify(_parse(old), _parse(new))


def changes_kind(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Return whether a lossless change makes a text of limited length, or an integer, of another kind of value."""
    (old_name, old_numbers, old_array), (new_name, new_numbers, new_array) = _parse(old), _parse(new)
    if old_array or new_array:
        return False
    limited = bool(new_numbers) or old_name == "boolean"
    return (limited and _holds_text_of(old_name, new_name, new_numbers)) or _holds_whole_numbers(
        old_name, old_numbers, new_name
    )


def text_of(type_: TypeEngine[Any]) -> str:
    """Return a type as PostgreSQL writes it, in lower case and without a collation: ``varchar(50)``."""
    text = re.sub(r'\s+collate\s+("[^"]*"|\S+)', "", type_.compile(_DIALECT).lower())
    return re.sub(r",\s+", ",", text).strip()


_Parsed = tuple[str, tuple[int, ...], str]


def _parse(type_: TypeEngine[Any]) -> _Parsed:
    """Return the type's name, its numbers and its array brackets."""
    text = text_of(type_)
    match = _TYPE.match(text)
    if match is None:
        return text, (), ""
    name, numbers, zone, brackets = match.groups()
    name = _ALIASES.get(name, name)
    if zone is not None and zone.strip() == "with time zone":
        name += "tz"
    arguments = tuple(int(number) for number in numbers.split(",")) if numbers else ()
    if not arguments and name in _LENGTHLESS:
        arguments = (_LENGTHLESS[name],)
    return name, arguments, brackets


def _classify(old: _Parsed, new: _Parsed) -> TypeChange:
    if old == new:
        return TypeChange.NONE
    (old_name, old_numbers, old_array), (new_name, new_numbers, new_array) = old, new
    if old_array or new_array:
        return TypeChange.LOSSY
    if old_name == new_name:
        return _resized(old_name, old_numbers, new_numbers)
    if {old_name, new_name} <= _TEXTS:
        return _text_to_text(old_name, old_numbers, new_name, new_numbers)
    if new_name == "numeric" and old_name in _INTEGER_DIGITS:
        return _fits(_INTEGER_DIGITS[old_name], new_numbers)
    wider = (
        new_name in _WIDER.get(old_name, ())
        or _holds_text_of(old_name, new_name, new_numbers)
        or _holds_whole_numbers(old_name, old_numbers, new_name)
    )
    return TypeChange.REWRITE if wider else TypeChange.LOSSY


def _holds_whole_numbers(old_name: str, old_numbers: tuple[int, ...], new_name: str) -> bool:
    """Return whether an integer type holds every value of a numeric without digits behind the point."""
    if old_name != "numeric" or not old_numbers or new_name not in _INTEGER_DIGITS:
        return False
    precision, scale = (*old_numbers, 0)[:2]
    return scale <= 0 and precision - scale < _INTEGER_DIGITS[new_name]


def _holds_text_of(old_name: str, new_name: str, new_numbers: tuple[int, ...]) -> bool:
    """Return whether a text type holds every value of another type as text."""
    if old_name not in _READ_AS_TEXT or new_name not in {"text", "varchar"}:
        return False
    length = _READ_AS_TEXT[old_name]
    return not new_numbers or (length is not None and new_numbers[0] >= length)


def _text_to_text(
    old_name: str, old_numbers: tuple[int, ...], new_name: str, new_numbers: tuple[int, ...]
) -> TypeChange:
    """``char`` loses its padding, which is no value; ``text`` is an unlimited ``varchar``."""
    fits = not new_numbers or (bool(old_numbers) and new_numbers >= old_numbers)
    if new_name == "char" or not fits:
        return TypeChange.LOSSY
    return TypeChange.REWRITE if old_name == "char" else TypeChange.FREE


def _resized(name: str, old: tuple[int, ...], new: tuple[int, ...]) -> TypeChange:
    if name == "numeric":
        return _numeric(old, new)
    if name in _DEFAULT_SCALE:
        limit = (_DEFAULT_SCALE[name],)
        grown = (new or limit) >= (old or limit)
        return TypeChange.FREE if grown else TypeChange.LOSSY
    if name in {"varchar", "bit varying"}:
        return TypeChange.FREE if not new or (old and new >= old) else TypeChange.LOSSY
    return TypeChange.REWRITE if new >= old else TypeChange.LOSSY


def _numeric(old: tuple[int, ...], new: tuple[int, ...]) -> TypeChange:
    if not new:
        return TypeChange.FREE
    if not old:
        return TypeChange.LOSSY
    (old_precision, old_scale), (new_precision, new_scale) = (*old, 0)[:2], (*new, 0)[:2]
    if new_scale == old_scale:
        return TypeChange.FREE if new_precision >= old_precision else TypeChange.LOSSY
    if new_scale < old_scale:
        return TypeChange.LOSSY
    return _fits(old_precision - old_scale, new)


def _fits(digits: int, numeric: tuple[int, ...]) -> TypeChange:
    """Return whether that many digits before the point fit into a numeric."""
    if not numeric:
        return TypeChange.REWRITE
    precision, scale = (*numeric, 0)[:2]
    return TypeChange.REWRITE if precision - scale >= digits else TypeChange.LOSSY
