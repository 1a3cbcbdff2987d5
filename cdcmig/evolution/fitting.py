"""Which values of a wider type have a place in a narrower one, as SQL conditions and expressions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from cdcmig.evolution.types import text_of

_RANGES = {"smallint": 15, "integer": 31, "bigint": 63}
_TEXTS = ("text", "varchar", "char")


def fits(column: str, narrow: TypeEngine[Any], wide: TypeEngine[Any]) -> str | None:
    """Return the condition under which a value has a place in the narrower type; None: there is no telling.

    Args:
        column: the SQL of the value, which is of the wider type.
    """
    narrow_text, wide_text = text_of(narrow), text_of(wide)
    name = narrow_text.partition("(")[0]
    if wide_text.startswith(_TEXTS) and not narrow_text.startswith(_TEXTS):
        return (
            None  # text that is no value of the narrower type fails in the conversion, and nothing is changed
        )
    if name in _RANGES:
        limit = 2 ** _RANGES[name]
        whole = "" if wide_text in _RANGES else f" AND trunc({column}) = {column}"
        return f"{column} BETWEEN {-limit} AND {limit - 1}{whole}"
    if name == "numeric":
        return _fits_numeric(column, narrow)
    return f"{column}::{narrow_text}::{wide_text} IS NOT DISTINCT FROM {column}"


def _fits_numeric(column: str, narrow: TypeEngine[Any]) -> str | None:
    if not isinstance(narrow, sa.Numeric) or narrow.precision is None:
        return None
    scale = narrow.scale or 0
    # Rounding to the scale comes before the limit is looked at: 99.996 has no place in numeric(4,2).
    return f"round({column}, {scale}) = {column} AND abs({column}) < 1e{narrow.precision - scale}"


def is_number(type_: TypeEngine[Any]) -> bool:
    """Return whether a type is an integer or a numeric."""
    return text_of(type_).partition("(")[0] in {*_RANGES, "numeric"}


def number_in(column: str, type_: TypeEngine[Any]) -> str:
    """Return the number that a text column spells, NULL where that is none, or too large.

    ``pg_input_is_valid`` would say it shorter, from PostgreSQL 16 on.
    """
    number = f"{column}::numeric"
    fitting = fits(number, type_, sa.Numeric())
    cast = f"{column}::numeric::{text_of(type_)}"
    inner = cast if fitting is None else f"CASE WHEN {fitting} THEN {cast} END"
    return f"CASE WHEN {column} ~ '^ *[-+]?[0-9]{{1,100}}([.][0-9]{{1,100}})? *$' THEN {inner} END"
