"""PostgreSQL type text, as column templates, settings and overrides hold it."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import postgresql

from cdcmig.errors import UnknownTypeError
from cdcmig.mapping.postgresql_types import family_name
from cdcmig.mapping.types import TypeMap


@pytest.mark.parametrize(
    ("text", "ddl"),
    [
        ("uuid", "UUID"),
        ("UUID", "UUID"),
        ("int", "INTEGER"),
        ("int8", "BIGINT"),
        ("bool", "BOOLEAN"),
        ("numeric", "NUMERIC"),
        ("numeric(10)", "NUMERIC(10, 0)"),
        ("decimal(10, 2)", "NUMERIC(10, 2)"),
        ("double  precision", "DOUBLE PRECISION"),
        ("character varying(20)", "VARCHAR(20)"),
        ("char", "CHAR(1)"),
        ("timestamptz", "TIMESTAMP WITH TIME ZONE"),
        ("timestamp with time zone", "TIMESTAMP WITH TIME ZONE"),
        ("timestamp(3) with time zone", "TIMESTAMP(3) WITH TIME ZONE"),
        ("timestamp (3) without time zone", "TIMESTAMP(3) WITHOUT TIME ZONE"),
        ("timetz(0)", "TIME(0) WITH TIME ZONE"),
        ('text collate "C"', 'TEXT COLLATE "C"'),
        ('varchar(5) COLLATE "nb-NO-x-icu"', 'VARCHAR(5) COLLATE "nb-NO-x-icu"'),
        ("text[]", "TEXT[]"),
        ("numeric(10,2)[]", "NUMERIC(10, 2)[]"),
        (" jsonb ", "JSONB"),
    ],
)
def test_texts_become_types(text: str, ddl: str) -> None:
    found = TypeMap.from_yaml().postgresql_type(text, "here")
    assert found.compile(dialect=postgresql.dialect()) == ddl


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("uid", 'did you mean "uuid"'),
        ("nvarchar(50)", 'did you mean "varchar"'),
        ("xml", "no PostgreSQL type that cdcmig knows"),
        ("", "no PostgreSQL type that cdcmig knows"),
        ("text; DROP TABLE x", "no PostgreSQL type that cdcmig knows"),
        ("numeric(1,)", "expected whole numbers"),
        ("numeric(1,2,3)", "expected at most 2 number(s)"),
        ("integer(4)", "expected no number(s)"),
        ("timestamp(7)", "7 is not within 0 to 6"),
        ("varchar(0)", "0 is not within 1 to 10485760"),
        ('uuid collate "C"', "uuid has no collation"),
    ],
)
def test_faults_are_errors_that_say_where(text: str, fault: str) -> None:
    with pytest.raises(UnknownTypeError) as caught:
        TypeMap.from_yaml().postgresql_type(text, "column-templates.yaml:3")
    assert caught.value.message.startswith(f'column-templates.yaml:3: "{text}"')
    assert fault in caught.value.message


def test_family_names() -> None:
    assert family_name("timestamp(3) with time zone") == "timestamptz"
    assert family_name("int8[]") == "bigint[]"
    assert family_name("xml") is None
