"""PostgreSQL type text, as people write it, turned into SQLAlchemy types.

The types are those that Alembic renders as plain literal code and that compare equal to what SQLAlchemy
reflects from PostgreSQL, so that autogenerate is empty right after an upgrade. Types that SQLAlchemy cannot
reflect (``xml``, those of extensions other than citext and hstore) are left out for that reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.types import TypeEngine

from cdcmig.errors import UnknownTypeError, nearest

_DIALECT: PGDialect = PGDialect()  # type: ignore[no-untyped-call] # SQLAlchemy does not type it


class _Family(NamedTuple):
    """How to build one type, which numbers it takes in brackets, and whether it has a collation."""

    build: Callable[..., TypeEngine[Any]]
    parameters: tuple[range, ...] = ()
    collatable: bool = False


def _char(length: int = 1, collation: str | None = None) -> TypeEngine[Any]:
    return sa.CHAR(length, collation)


def _numeric(precision: int | None = None, scale: int | None = None) -> TypeEngine[Any]:
    """Build numeric; PostgreSQL reads numeric(10) as numeric(10, 0) and reports it so."""
    return sa.Numeric(precision, 0 if precision is not None and scale is None else scale)


def _timestamp(precision: int | None = None) -> TypeEngine[Any]:
    return postgresql.TIMESTAMP(precision=precision)


def _timestamptz(precision: int | None = None) -> TypeEngine[Any]:
    return postgresql.TIMESTAMP(timezone=True, precision=precision)


def _time(precision: int | None = None) -> TypeEngine[Any]:
    return postgresql.TIME(precision=precision)


def _timetz(precision: int | None = None) -> TypeEngine[Any]:
    return postgresql.TIME(timezone=True, precision=precision)


# The limits are PostgreSQL's: https://www.postgresql.org/docs/current/datatype.html
_LENGTH = (range(1, 10_485_761),)
_FRACTION = (range(7),)

_FAMILIES: dict[str, _Family] = {
    "smallint": _Family(sa.SmallInteger),
    "integer": _Family(sa.Integer),
    "bigint": _Family(sa.BigInteger),
    "numeric": _Family(_numeric, (range(1, 1001), range(-1000, 1001))),
    "real": _Family(sa.REAL),
    "double precision": _Family(sa.Double),
    "boolean": _Family(sa.Boolean),
    "text": _Family(sa.Text, collatable=True),
    "varchar": _Family(sa.String, _LENGTH, collatable=True),
    "char": _Family(_char, _LENGTH, collatable=True),
    "bytea": _Family(sa.LargeBinary),
    "uuid": _Family(postgresql.UUID),
    "date": _Family(sa.Date),
    "time": _Family(_time, _FRACTION),
    "timetz": _Family(_timetz, _FRACTION),
    "timestamp": _Family(_timestamp, _FRACTION),
    "timestamptz": _Family(_timestamptz, _FRACTION),
    "interval": _Family(postgresql.INTERVAL),
    "json": _Family(postgresql.JSON),
    "jsonb": _Family(postgresql.JSONB),
    "inet": _Family(postgresql.INET),
    "cidr": _Family(postgresql.CIDR),
    "macaddr": _Family(postgresql.MACADDR),
    "tsvector": _Family(postgresql.TSVECTOR),
    "citext": _Family(postgresql.CITEXT),
    "hstore": _Family(postgresql.HSTORE),
    "int4range": _Family(postgresql.INT4RANGE),
    "int8range": _Family(postgresql.INT8RANGE),
    "numrange": _Family(postgresql.NUMRANGE),
    "daterange": _Family(postgresql.DATERANGE),
    "tsrange": _Family(postgresql.TSRANGE),
    "tstzrange": _Family(postgresql.TSTZRANGE),
}
_ALIASES = {
    "int2": "smallint",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "bool": "boolean",
    "character varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
_TEXT = re.compile(
    r"""\s* (?P<name>[a-z][\w ]*?)
        \s* (?:\( (?P<parameters>[-\d\s,]+) \))?
        (?P<zone>\s+with(?:out)?\s+time\s+zone)?
        (?:\s+collate\s+"(?P<collation>[^"]+)")?
        \s* (?P<array>(?:\[\])*) \s*""",
    re.IGNORECASE | re.VERBOSE,
)


def type_text(column_type: TypeEngine[Any]) -> str:
    """Return a type as PostgreSQL writes it, ``varchar(50)``; without collation."""
    return column_type.compile(dialect=_DIALECT).partition(" COLLATE ")[0].lower()


def family_name(text: str) -> str | None:
    """Return the standard name of the type in ``text`` without brackets, ``timestamptz`` for instance.

    Arrays end in ``[]``; what is no known type gives None.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    name = " ".join(f"{match['name']} {match['zone'] or ''}".lower().split())
    name = _ALIASES.get(name, name)
    return name + match["array"] if name in _FAMILIES else None


def parse_postgresql_type(text: str, where: str) -> TypeEngine[Any]:
    """Return the SQLAlchemy type for PostgreSQL type text such as ``numeric(10,2)`` or ``timestamptz``.

    :param where: what the error is to name: a file and line, or a table and column
    :raises UnknownTypeError: the type is unknown, or its numbers are out of PostgreSQL's bounds
    """
    match, name = _TEXT.fullmatch(text), family_name(text)
    if match is None or name is None:
        suggestion = nearest(text.partition("(")[0].strip(), [*_FAMILIES, *_ALIASES])
        raise UnknownTypeError(
            f'{where}: "{text}" is no PostgreSQL type that cdcmig knows{suggestion}',
            hint="known types: " + ", ".join(_FAMILIES),
        )
    family = _FAMILIES[name.removesuffix(match["array"])]
    options = {"collation": match["collation"]} if match["collation"] else {}
    if options and not family.collatable:
        raise UnknownTypeError(f'{where}: "{text}": {name} has no collation')
    item = family.build(*_numbers(match["parameters"], family, text, where), **options)
    dimensions = len(match["array"]) // 2
    return postgresql.ARRAY(item) if dimensions else item


def limits(text: str) -> tuple[int, ...]:
    """Return the numbers in a type's brackets, as PostgreSQL understands them: ``timestamp`` is ``timestamp(6)``."""
    match, name = _TEXT.fullmatch(text), family_name(text)
    if match is None or name is None:
        return ()
    if match["parameters"]:
        return tuple(int(number) for number in match["parameters"].split(","))
    return (6,) if _FAMILIES[name.removesuffix(match["array"])].parameters is _FRACTION else ()


def _numbers(written: str | None, family: _Family, text: str, where: str) -> list[int]:
    """Return the numbers in brackets, checked against what the type takes."""
    try:
        numbers = [int(number) for number in written.split(",")] if written else []
    except ValueError:
        raise UnknownTypeError(f'{where}: "{text}": expected whole numbers in the brackets') from None
    if len(numbers) > len(family.parameters):
        expected = f"at most {len(family.parameters)}" if family.parameters else "no"
        raise UnknownTypeError(f'{where}: "{text}": expected {expected} number(s) in brackets')
    for number, allowed in zip(numbers, family.parameters, strict=False):
        if number not in allowed:
            raise UnknownTypeError(f'{where}: "{text}": {number} is not within {allowed[0]} to {allowed[-1]}')
    return numbers
