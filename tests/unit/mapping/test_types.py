"""The type map: what SQL Server types become, and what is said about those that it does not know."""

from __future__ import annotations

import pytest
from alembic.autogenerate import render_python_code
from alembic.operations import ops
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from cdcmig.errors import MappingError, UnknownTypeError
from cdcmig.mapping.types import TypeMap

TYPE_MAP = TypeMap.from_yaml()


def ddl(source_type: str, type_map: TypeMap = TYPE_MAP) -> str:
    """The type as it stands in PostgreSQL's DDL."""
    return type_map.resolve(source_type, "here").type.compile(dialect=postgresql.dialect())


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("bigint", "BIGINT"),
        ("int", "INTEGER"),
        ("smallint", "SMALLINT"),
        ("tinyint", "SMALLINT"),
        ("bit", "BOOLEAN"),
        ("decimal(18,4)", "NUMERIC(18, 4)"),
        ("decimal(18)", "NUMERIC(18, 0)"),
        ("decimal", "NUMERIC"),
        ("numeric(38,38)", "NUMERIC(38, 38)"),
        ("money", "NUMERIC(19, 4)"),
        ("smallmoney", "NUMERIC(10, 4)"),
        ("float", "DOUBLE PRECISION"),
        ("float(24)", "REAL"),
        ("float(25)", "DOUBLE PRECISION"),
        ("float(53)", "DOUBLE PRECISION"),
        ("real", "REAL"),
        ("date", "DATE"),
        ("datetime", "TIMESTAMP(3) WITHOUT TIME ZONE"),
        ("smalldatetime", "TIMESTAMP(0) WITHOUT TIME ZONE"),
        ("datetime2", "TIMESTAMP(6) WITHOUT TIME ZONE"),
        ("datetime2(0)", "TIMESTAMP(0) WITHOUT TIME ZONE"),
        ("datetime2(7)", "TIMESTAMP(6) WITHOUT TIME ZONE"),
        ("datetimeoffset", "TIMESTAMP(6) WITH TIME ZONE"),
        ("datetimeoffset(3)", "TIMESTAMP(3) WITH TIME ZONE"),
        ("datetimeoffset(7)", "TIMESTAMP(6) WITH TIME ZONE"),
        ("time", "TIME(6) WITHOUT TIME ZONE"),
        ("time(7)", "TIME(6) WITHOUT TIME ZONE"),
        ("time(0)", "TIME(0) WITHOUT TIME ZONE"),
        ("char(3)", "CHAR(3)"),
        ("nchar(10)", "CHAR(10)"),
        ("char", "TEXT"),
        ("varchar(50)", "VARCHAR(50)"),
        ("nvarchar(4000)", "VARCHAR(4000)"),
        ("nvarchar", "TEXT"),
        ("varchar(max)", "TEXT"),
        ("nvarchar(max)", "TEXT"),
        ("nvarchar(-1)", "TEXT"),
        ("text", "TEXT"),
        ("ntext", "TEXT"),
        ("sysname", "VARCHAR(128)"),
        ("binary(16)", "BYTEA"),
        ("varbinary(max)", "BYTEA"),
        ("image", "BYTEA"),
        ("rowversion", "BYTEA"),
        ("timestamp", "BYTEA"),
        ("uniqueidentifier", "UUID"),
        ("xml", "TEXT"),
        ("json", "JSONB"),
    ],
)
def test_types_become(source: str, target: str) -> None:
    assert ddl(source) == target
    assert TYPE_MAP.resolve(source, "here").warning is None


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("sql_variant", "TEXT"),
        ("hierarchyid", "TEXT"),
        ("sys.hierarchyid", "TEXT"),
        ("geography", "BYTEA"),
        ("geometry", "BYTEA"),
        ("vector(3)", "JSONB"),
        ("dbo.PhoneNumber", "TEXT"),
        ("[dbo].[Phone Number]", "TEXT"),
    ],
)
def test_stand_ins_warn(source: str, target: str) -> None:
    assert ddl(source) == target
    warning = TYPE_MAP.resolve(source, "here").warning
    assert warning
    assert warning.startswith(f"{source} becomes {target.lower()}: ")


@pytest.mark.parametrize(
    "written",
    ["DECIMAL(18, 4)", "Decimal ( 18 ,4 )", "  decimal(18,4)\t", "[decimal](18,4)", "sys.decimal(18,4)"],
)
def test_spelling_makes_no_difference(written: str) -> None:
    assert ddl(written) == "NUMERIC(18, 4)"


def test_a_collation_is_not_part_of_the_type() -> None:
    assert ddl('NVARCHAR(50) COLLATE "Danish_Norwegian_CI_AS"') == "VARCHAR(50)"


@given(st.integers(0, 7))
def test_fractions_of_a_second_stop_at_microseconds(digits: int) -> None:
    assert ddl(f"datetime2({digits})") == f"TIMESTAMP({min(digits, 6)}) WITHOUT TIME ZONE"
    assert ddl(f"datetimeoffset({digits})") == f"TIMESTAMP({min(digits, 6)}) WITH TIME ZONE"
    assert ddl(f"time({digits})") == f"TIME({min(digits, 6)}) WITHOUT TIME ZONE"


@given(st.integers(1, 38).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, p))))
def test_precision_and_scale_are_kept(sizes: tuple[int, int]) -> None:
    precision, scale = sizes
    assert ddl(f"decimal({precision},{scale})") == f"NUMERIC({precision}, {scale})"


@given(st.integers(1, 53))
def test_float_is_real_where_sql_server_stores_four_bytes(bits: int) -> None:
    assert ddl(f"float({bits})") == ("REAL" if bits <= 24 else "DOUBLE PRECISION")


@pytest.mark.parametrize(
    ("written", "suggestion"),
    [
        ("nvarchr(50)", 'did you mean "nvarchar"'),
        ("uniqueidentifer", 'did you mean "uniqueidentifier"'),
        ("int(11)", "expected int"),
        ("decimal(max)", "expected decimal or decimal(p,s) or decimal(p)"),
        ("nvarchar(50", 'did you mean "nvarchar"'),
        ("nvarchar()", "expected nvarchar or nvarchar(n) or nvarchar(max)"),
        ("jsonb", 'did you mean "json"'),
        ("", "no SQL Server type"),
    ],
)
def test_unknown_types_are_errors_with_a_suggestion(written: str, suggestion: str) -> None:
    with pytest.raises(UnknownTypeError) as caught:
        TYPE_MAP.resolve(written, "dbo.Actor.Navn")
    assert caught.value.message.startswith(f'dbo.Actor.Navn: "{written}"')
    assert suggestion in caught.value.message


@given(st.text(max_size=30))
def test_any_text_is_a_type_or_a_clear_error(written: str) -> None:
    try:
        TYPE_MAP.resolve(written, "here")
    except UnknownTypeError as error:
        assert error.message.startswith("here")  # noqa: PT017 - most texts raise, a few are types


class TestOverride:
    def test_its_lines_come_first(self) -> None:
        own = TypeMap.from_yaml({"money": "numeric(20, 6)"})
        assert ddl("money", own) == "NUMERIC(20, 6)"
        assert ddl("smallmoney", own) == "NUMERIC(10, 4)"

    def test_one_length_leaves_the_others(self) -> None:
        own = TypeMap.from_yaml({"nvarchar(max)": "jsonb"})
        assert ddl("nvarchar(max)", own) == "JSONB"
        assert ddl("nvarchar(50)", own) == "VARCHAR(50)"

    def test_a_name_without_brackets_covers_what_the_override_leaves_open(self) -> None:
        own = TypeMap.from_yaml(
            {"datetime2": "timestamptz(3)", "datetime2(0)": "date", "datetime2(n<=2)": "text"}
        )
        assert ddl("datetime2", own) == "TIMESTAMP(3) WITH TIME ZONE"
        assert ddl("datetime2(7)", own) == "TIMESTAMP(3) WITH TIME ZONE"
        assert ddl("datetime2(0)", own) == "DATE"
        assert ddl("datetime2(2)", own) == "TEXT"

    def test_user_defined_types_can_be_named(self) -> None:
        own = TypeMap.from_yaml({"dbo.PhoneNumber": "varchar(20)", "user_defined": "bytea"})
        assert own.resolve("dbo.phonenumber", "here").warning is None
        assert ddl("dbo.phonenumber", own) == "VARCHAR(20)"
        assert ddl("dbo.Colour", own) == "BYTEA"

    def test_a_new_name_becomes_known(self) -> None:
        assert ddl("newtype(3)", TypeMap.from_yaml({"NewType(n)": "varchar(n)"})) == "VARCHAR(3)"

    def test_it_may_warn(self) -> None:
        own = TypeMap.from_yaml({"hierarchyid": {"type": "bytea", "warning": "raw bytes"}})
        assert own.resolve("hierarchyid", "here").warning == "hierarchyid becomes bytea: raw bytes"

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ({"money": "nummeric(19,4)"}, 'did you mean "numeric"'),
            ({"money": "numeric(p)"}, "no PostgreSQL type"),
            ({"money": 4}, "expected a PostgreSQL type"),
            ({"money": {"typ": "text"}}, "expected a PostgreSQL type"),
            ({"money": {"type": "text", "warn": "x"}}, "expected a PostgreSQL type"),
            ({"nvarchar(lots)": "text"}, "expected a SQL Server type"),
            ({"nvarchar()": "text"}, "expected a SQL Server type"),
            ({"datetime2": "timestamp(7)"}, "7 is not within 0 to 6"),
        ],
    )
    def test_faults_name_the_file_and_the_line(self, line: dict[str, object], fault: str) -> None:
        with pytest.raises(MappingError) as caught:
            TypeMap.from_yaml(line)
        assert caught.value.message.startswith("type-map.yaml")
        assert fault in caught.value.message


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("nvarchar(50)", "sa.String(length=50)"),
        ("nvarchar(max)", "sa.Text()"),
        ("char(3)", "sa.CHAR(length=3)"),
        ("decimal(18,4)", "sa.Numeric(precision=18, scale=4)"),
        ("datetime2(7)", "postgresql.TIMESTAMP(precision=6)"),
        ("datetimeoffset(7)", "postgresql.TIMESTAMP(timezone=True, precision=6)"),
        ("time(0)", "postgresql.TIME(precision=0)"),
        ("float", "sa.Double()"),
        ("real", "sa.REAL()"),
        ("bit", "sa.Boolean()"),
        ("tinyint", "sa.SmallInteger()"),
        ("bigint", "sa.BigInteger()"),
        ("varbinary(8)", "sa.LargeBinary()"),
        ("uniqueidentifier", "sa.UUID()"),
    ],
)
def test_alembic_writes_them_as_plain_code(source: str, code: str) -> None:
    column = Column("c", TYPE_MAP.resolve(source, "here").type)
    add = ops.UpgradeOps(ops=[ops.AddColumnOp("t", column)])
    assert f"sa.Column('c', {code}, nullable=True)" in render_python_code(add)
