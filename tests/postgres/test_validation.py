"""The query of `cdcmig validate`, against real tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine, Integer
from sqlalchemy.exc import IntegrityError

from cdcmig.desired.existing import ExpectedColumn, validation_sql
from cdcmig.generation.validation import Fault, find_faults
from cdcmig.mapping.postgresql_types import parse_postgresql_type

FITTING = [
    ("varchar(50)", "varchar(50)"),
    ("varchar(50)", "text"),
    ("varchar(50)", "email"),  # a domain over varchar(60)
    ("varchar(50)", "work_email"),  # a domain over that
    ("text", "varchar"),
    ("integer", "bigint"),
    ("integer", "numeric(10,0)"),
    ("integer", "varchar(11)"),
    ("numeric(18,4)", "numeric(20,6)"),
    ("numeric(18,4)", "numeric"),
    ("numeric(4,0)", "smallint"),
    ("numeric(5,-2)", "numeric(6,-2)"),
    ("timestamp(3)", "timestamp"),
    ("uuid", "text"),
    ("boolean", "boolean"),
    ("jsonb", "json"),
]
TOO_SMALL = [
    ("varchar(50)", "varchar(49)"),
    ("varchar(61)", "email"),
    ("varchar(61)", "work_email"),
    ("text", "varchar(4000)"),
    ("text", "char(10)"),
    ("bigint", "integer"),
    ("bigint", "numeric(18,0)"),
    ("integer", "varchar(10)"),
    ("numeric(18,4)", "numeric(18,3)"),
    ("numeric(18,4)", "numeric(17,4)"),
    ("numeric(18,4)", "numeric(20,8)"),
    ("numeric", "numeric(38,10)"),
    ("numeric(5,-2)", "numeric(6,-3)"),
    ("timestamp(6)", "timestamp(3)"),
    ("timestamp", "timestamptz"),
    ("uuid", "varchar(35)"),
    ("boolean", "integer"),
]


def faults(engine: Engine, expected: list[tuple[str, str, str, str]]) -> dict[str, str]:
    columns = [
        ExpectedColumn(schema, table, column, parse_postgresql_type(source, "test"), "test.yaml", source)
        for schema, table, column, source in expected
    ]
    with engine.connect() as connection:
        return {
            ".".join(filter(None, (fault.table, fault.column))): fault.fault
            for fault in find_faults(connection, validation_sql(columns))
        }


@pytest.fixture
def _domain(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE DOMAIN email AS varchar(60); CREATE DOMAIN work_email AS email")


@pytest.mark.usefixtures("_domain")
def test_types_are_judged_by_what_they_hold(engine: Engine) -> None:
    pairs = FITTING + TOO_SMALL
    with engine.begin() as connection:
        columns = ", ".join(f"c{place} {target}" for place, (_, target) in enumerate(pairs))
        connection.exec_driver_sql(f"CREATE TABLE t ({columns})")
    found = faults(engine, [("public", "t", f"c{place}", source) for place, (source, _) in enumerate(pairs)])
    judged = [pairs[int(name.removeprefix("t.c"))] for name in found]
    assert sorted(judged) == sorted(TOO_SMALL)
    assert "character varying(49) cannot hold every varchar(50)" in found.values()


def test_missing_tables_and_columns(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql('CREATE TABLE "a""; DROP" ("Død" int)')
    expected = [
        ("public", 'a"; DROP', "Død", "integer"),
        ("public", 'a"; DROP', "død", "integer"),
        ("public", "absent", "x", "integer"),
        ("public", "absent", "y", "integer"),
        ("100%", "t", "x:1", "integer"),
    ]
    assert faults(engine, expected) == {
        'a"; DROP.død': "the column does not exist",
        "absent": "the table does not exist",
        "t": "the table does not exist",
    }


@pytest.fixture
def note(engine: Engine) -> Callable[..., list[Fault]]:
    """Makes ``public.note`` by a script and judges it: columns by name, True where the source may send NULL."""

    def judged(script: str, supplied: Sequence[str] = (), **nullable: bool) -> list[Fault]:
        columns = [
            ExpectedColumn("public", "note", name, Integer(), "test.yaml", f"dbo.N.{name} int", maybe)
            for name, maybe in nullable.items()
        ]
        with engine.begin() as connection:
            connection.exec_driver_sql(script)
        with engine.connect() as connection:
            return find_faults(connection, validation_sql(columns, supplied))

    return judged


Judge = Callable[..., list[Fault]]


def test_not_null_refuses_a_source_that_sends_null(note: Judge) -> None:
    [fault] = note("CREATE TABLE note (a int NOT NULL, b int NOT NULL, c int)", a=True, b=False, c=True)
    assert str(fault) == (
        "test.yaml: public.note.a: is NOT NULL, but the source may send NULL: drop NOT NULL, or do not feed it"
        " (from dbo.N.a int)"
    )


def test_the_primary_key_and_a_domain_are_not_null_too(note: Judge) -> None:
    script = "CREATE DOMAIN filled AS int NOT NULL; CREATE TABLE note (a int PRIMARY KEY, b filled)"
    assert [fault.column for fault in note(script, a=True, b=True)] == ["a", "b"]
    assert note("SELECT 1", a=False, b=False) == []


def test_a_domain_over_a_domain_is_not_null_if_either_is(note: Judge) -> None:
    script = """CREATE DOMAIN filled AS int NOT NULL; CREATE DOMAIN one AS filled;
        CREATE DOMAIN free AS int; CREATE DOMAIN other AS free NOT NULL; CREATE DOMAIN third AS other;
        CREATE TABLE note (a one, b other, c third, d free)"""
    faults = note(script, a=True, b=True, c=True, d=True)
    assert [fault.column for fault in faults] == ["a", "b", "c"]
    assert {fault.fault for fault in faults} == {
        "is of a NOT NULL domain, but the source may send NULL: take another type, or do not feed it"
    }


def test_a_domain_has_the_default_that_its_own_was_when_it_was_made(note: Judge) -> None:
    script = """CREATE DOMAIN zero AS int NOT NULL DEFAULT 0; CREATE DOMAIN early AS zero;
        CREATE DOMAIN filled AS int NOT NULL; CREATE DOMAIN late AS filled; ALTER DOMAIN filled SET DEFAULT 0;
        CREATE TABLE note (a int, b early, c late)"""
    assert [fault.column for fault in note(script, a=True)] == ["c"]
    note("INSERT INTO note (a, c) VALUES (1, 1)", a=True)
    with pytest.raises(IntegrityError, match="domain late does not allow null values"):
        note("INSERT INTO note (a) VALUES (1)", a=True)


def test_a_column_that_takes_no_value(note: Judge) -> None:
    script = """CREATE TABLE note (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY,
        c int GENERATED ALWAYS AS (1) STORED, d int GENERATED ALWAYS AS (2) STORED)"""
    assert [str(fault) for fault in note(script, a=False, b=False, c=True)] == [
        "test.yaml: public.note.a: is GENERATED ALWAYS AS IDENTITY and takes no value:"
        " ALTER TABLE public.note ALTER COLUMN a SET GENERATED BY DEFAULT, or do not feed it (from dbo.N.a int)",
        "test.yaml: public.note.c: is computed by the table (GENERATED ALWAYS AS) and takes no value:"
        " make it an ordinary column, or do not feed it (from dbo.N.c int)",
    ]


def test_a_column_that_must_be_filled_and_that_nothing_feeds(note: Judge) -> None:
    script = """CREATE DOMAIN filled AS int NOT NULL; CREATE DOMAIN zero AS int NOT NULL DEFAULT 0;
        CREATE TABLE note (a int, "B" int NOT NULL, c int NOT NULL DEFAULT 1, d int, e filled, f zero,
            g int NOT NULL GENERATED ALWAYS AS (1) STORED, h int GENERATED ALWAYS AS IDENTITY,
            __lsn text NOT NULL, z int NOT NULL);
        ALTER TABLE note DROP COLUMN z"""
    faults = note(script, ["__lsn"], a=True)
    assert [fault.column for fault in faults] == ["B", "e"]
    assert str(faults[0]) == (
        "test.yaml: public.note.B: is NOT NULL without a default, and nothing feeds it: give it a default,"
        " drop NOT NULL, or feed it by columns: or column_templates:"
    )


def test_a_trigger_may_fill_what_would_be_null(note: Judge) -> None:
    script = """CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.a = 1; RETURN NEW; END';
        CREATE TABLE note (a int NOT NULL, b int NOT NULL);
        CREATE TRIGGER fill BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION fill()"""
    assert note(script, a=True) == []
    assert [fault.column for fault in note("ALTER TABLE note DISABLE TRIGGER fill", a=True)] == ["a", "b"]


def test_a_view_is_judged_by_what_it_takes(note: Judge) -> None:
    view = "DROP VIEW IF EXISTS note; CREATE VIEW note AS"
    assert note(f"CREATE TABLE t (a int, b int); {view} SELECT a, b FROM t", a=True, b=True) == []
    [fault] = note(f"{view} SELECT a, count(*)::int AS b FROM t GROUP BY a", a=True, b=True)
    assert str(fault) == (
        "test.yaml: public.note: is a view that takes no rows: name the table behind it,"
        " or give it an INSTEAD OF INSERT trigger"
    )
    [fault] = note(f"{view} SELECT a, b + 1 AS b FROM t", a=True, b=True)
    assert (fault.column, fault.fault) == (
        "b",
        "cannot be written through the view: show the column as it is, or do not feed it",
    )


def test_a_view_with_a_trigger_takes_rows(note: Judge) -> None:
    script = """CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE VIEW note AS SELECT 1 AS a UNION SELECT 2;
        CREATE TRIGGER fill INSTEAD OF INSERT ON note FOR EACH ROW EXECUTE FUNCTION fill()"""
    assert note(script, a=True) == []


def test_a_materialized_view_takes_no_rows(note: Judge) -> None:
    [fault] = note("CREATE MATERIALIZED VIEW note AS SELECT 1 AS a", a=True)
    assert fault.fault == "is a materialized view that takes no rows: name the table behind it"
