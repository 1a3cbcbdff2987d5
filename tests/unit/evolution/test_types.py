"""What a change of type costs."""

from __future__ import annotations

import pytest

from cdcmig.evolution.types import TypeChange, classify, text_of
from cdcmig.mapping.postgresql_types import parse_postgresql_type

NONE, FREE, REWRITE, LOSSY = TypeChange.NONE, TypeChange.FREE, TypeChange.REWRITE, TypeChange.LOSSY


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("varchar(50)", "varchar(50)", NONE),
        ('varchar(50) collate "C"', "varchar(50)", NONE),
        ("varchar(50)", "varchar(100)", FREE),
        ("varchar(50)", "varchar", FREE),
        ("varchar(50)", "text", FREE),
        ("varchar", "varchar(50)", LOSSY),
        ("varchar(50)", "varchar(49)", LOSSY),
        ("varchar(50)", "char(50)", LOSSY),
        ("text", "varchar", FREE),
        ("text", "varchar(9)", LOSSY),
        ("char(3)", "char(5)", REWRITE),
        ("char(3)", "text", REWRITE),
        ("char(3)", "varchar(3)", REWRITE),
        ("char(3)", "varchar(2)", LOSSY),
        ("numeric(8,2)", "numeric(12,2)", FREE),
        ("numeric(8,2)", "numeric", FREE),
        ("numeric(8,2)", "numeric(12,4)", REWRITE),
        ("numeric(8,2)", "numeric(9,4)", LOSSY),
        ("numeric(8,2)", "numeric(8,1)", LOSSY),
        ("numeric(8,2)", "numeric(7,2)", LOSSY),
        ("numeric", "numeric(38,10)", LOSSY),
        ("smallint", "integer", REWRITE),
        ("integer", "bigint", REWRITE),
        ("bigint", "integer", LOSSY),
        ("integer", "numeric(10,0)", REWRITE),
        ("integer", "numeric(9,0)", LOSSY),
        ("integer", "real", LOSSY),
        ("bigint", "double precision", LOSSY),
        ("real", "double precision", REWRITE),
        ("timestamp(3)", "timestamp(6)", FREE),
        ("timestamp(3)", "timestamp", FREE),
        ("timestamp", "timestamp(3)", LOSSY),
        ("timestamp", "timestamptz", LOSSY),
        ("date", "timestamp(3)", REWRITE),
        ("date", "text", LOSSY),  # its text depends on DateStyle
        ("time(0)", "time(3)", FREE),
        ("uuid", "text", REWRITE),
        ("text", "uuid", LOSSY),
        ("boolean", "integer", LOSSY),
        ("integer", "varchar(11)", REWRITE),
        ("integer", "varchar(10)", LOSSY),
        ("integer", "char(20)", LOSSY),
        ("bigint", "varchar(20)", REWRITE),
        ("boolean", "varchar(5)", REWRITE),
        ("boolean", "varchar(4)", LOSSY),
        ("uuid", "varchar(36)", REWRITE),
        ("numeric(5,0)", "integer", REWRITE),
        ("numeric(5,0)", "smallint", LOSSY),
        ("numeric(5,2)", "integer", LOSSY),
        ("numeric(10,0)", "integer", LOSSY),
        ("numeric", "bigint", LOSSY),
        ("timestamptz", "text", LOSSY),  # its text depends on the session's time zone
        ("integer[]", "bigint[]", LOSSY),
    ],
)
def test_classified(old: str, new: str, expected: TypeChange) -> None:
    assert classify(parse_postgresql_type(old, "x"), parse_postgresql_type(new, "x")) is expected


def test_text_of_a_type_has_no_collation() -> None:
    assert text_of(parse_postgresql_type('varchar(5) collate "C"', "x")) == "varchar(5)"
