"""Two schemas are alike if and only if nothing that matters differs."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine, text

from cdcmig.config.settings import Roles
from cdcmig.generation.schema_state import differences, read_state, with_schema_renamed, without_deparsed_sql
from cdcmig.repository import infrastructure
from cdcmig.sql.quoting import identifier, literal

HOSTILE = """Ås "'\\ : % $x$"""
SCHEMAS = ["b", "between", "Død", HOSTILE]


def build(connection: Connection, schema: str) -> None:
    """Make one object of each kind."""
    q = identifier(schema)
    body = literal(
        f"BEGIN -- it's {q}.child\n"
        f"PERFORM {literal(schema)}, 1 - 1, to_regclass({literal(q + '.child')}) FROM {q}.child; END"
    )
    sql = f"""
        CREATE SCHEMA {q};
        CREATE TABLE {q}."Actor.x" (
            id int CONSTRAINT pk PRIMARY KEY,
            navn varchar(50) COLLATE "C" DEFAULT 'b',
            "it's" int CHECK ("it's" > 0),
            n int GENERATED ALWAYS AS IDENTITY
        ) WITH (fillfactor = 85);
        CREATE INDEX ix ON {q}."Actor.x" USING brin (n);
        COMMENT ON COLUMN {q}."Actor.x".navn IS 'it''s a name';
        CREATE TABLE {q}.child (id int REFERENCES {q}."Actor.x", CHECK (id > 0));
        CREATE TABLE {q}.stg (id int NOT NULL, "__slot" smallint NOT NULL DEFAULT 0) PARTITION BY LIST ("__slot");
        CREATE UNLOGGED TABLE {q}.stg_0 PARTITION OF {q}.stg FOR VALUES IN (0) WITH (autovacuum_enabled = false);
        CREATE VIEW {q}.v AS SELECT id FROM {q}."Actor.x";
        CREATE PROCEDURE {q}.merge() LANGUAGE plpgsql AS {body};
        CREATE FUNCTION {q}.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON {q}.child FOR EACH ROW EXECUTE FUNCTION {q}.t();
        CREATE POLICY p ON {q}.stg TO pg_monitor USING (id > 0);
        ALTER TABLE {q}.stg ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT ON {q}.child TO pg_monitor;
        GRANT UPDATE (navn) ON {q}."Actor.x" TO pg_monitor;
        CREATE TYPE {q}.mood AS ENUM ('sad', 'it''s ok');
        CREATE DOMAIN {q}.score AS int NOT NULL DEFAULT 1 CONSTRAINT positive CHECK (VALUE > 0);
        CREATE DOMAIN {q}.high_score AS {q}.score;
        CREATE TYPE {q}.span AS RANGE (subtype = numeric);
        CREATE TYPE {q}.pair AS (x int, y {q}.mood);
        CREATE SEQUENCE {q}.numbers;
        CREATE STATISTICS {q}.s (ndistinct) ON id, navn FROM {q}."Actor.x";
        CREATE RULE r AS ON DELETE TO {q}.child DO INSTEAD DELETE FROM {q}."Actor.x" WHERE id = OLD.id;
    """
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_same_statements_give_the_same_state_under_any_name(engine: Engine, schema: str) -> None:
    with engine.connect() as connection:
        build(connection, "cdcmig_dev_0")
        build(connection, schema)
        expected = with_schema_renamed(
            connection, read_state(connection, "cdcmig_dev_0"), "cdcmig_dev_0", schema
        )
        assert list(differences(expected, read_state(connection, schema))) == []
        assert len(expected) > 15


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('ALTER TABLE b."Actor.x" ADD extra int', "column Actor.x.extra is not from any changeset: integer"),
        (
            'ALTER TABLE b."Actor.x" ALTER navn TYPE text',
            "column Actor.x.navn: expected character varying(50) COLLATE C",
        ),
        ("DROP INDEX b.ix", "index ix is missing"),
        ("DROP TABLE b.child", "table child is missing"),
        ("ALTER TABLE b.stg_0 SET LOGGED", "table stg_0: expected UNLOGGED"),
        ("DROP TRIGGER t ON b.child", "trigger child.t is missing"),
        (
            "REVOKE INSERT ON b.child FROM pg_monitor",
            "grant table child to pg_monitor: expected INSERT, SELECT",
        ),
        ("CREATE OR REPLACE PROCEDURE b.merge() LANGUAGE sql AS 'SELECT 1'", "procedure merge(): differs"),
        ("ALTER TABLE b.child ADD UNIQUE (id)", "constraint child.child_id_key is not from any changeset"),
        (
            "ALTER TABLE b.child ENABLE ROW LEVEL SECURITY",
            "row level security child is not from any changeset",
        ),
        (
            "ALTER TABLE b.stg FORCE ROW LEVEL SECURITY",
            "row level security stg: expected nothing, found FORCED",
        ),
        (
            "DROP POLICY p ON b.stg",
            "policy stg.p is missing: expected FOR ALL TO pg_monitor USING ((id > 0))",
        ),
        ("ALTER POLICY p ON b.stg TO PUBLIC", "policy stg.p: expected FOR ALL TO pg_monitor"),
        ("ALTER TABLE b.child DISABLE TRIGGER t", "trigger child.t: expected CREATE TRIGGER"),
        (
            'REVOKE UPDATE (navn) ON b."Actor.x" FROM pg_monitor',
            "grant column Actor.x.navn to pg_monitor is missing: expected UPDATE",
        ),
        (
            "ALTER TYPE b.mood ADD VALUE 'glad' BEFORE 'sad'",
            "type mood: expected ENUM ('sad', 'it''s ok'), found ENUM ('glad', 'sad', 'it''s ok')",
        ),
        (
            "ALTER DOMAIN b.score DROP NOT NULL",
            "type score: expected DOMAIN integer NOT NULL DEFAULT 1, found DOMAIN integer DEFAULT 1",
        ),
        (
            "ALTER DOMAIN b.score DROP CONSTRAINT positive",
            "constraint score.positive is missing: expected CHECK ((VALUE > 0))",
        ),
        ("DROP TYPE b.span", "type span is missing: expected RANGE numeric"),
        ("ALTER TYPE b.pair ALTER ATTRIBUTE x TYPE text", "column pair.x: expected integer, found text"),
        (
            "ALTER SEQUENCE b.numbers CYCLE",
            "sequence numbers: expected AS bigint START 1 INCREMENT 1 MIN 1 MAX 9223372036854775807 CACHE 1, found",
        ),
        (
            "DROP STATISTICS b.s",
            "statistics Actor.x.s is missing: expected CREATE STATISTICS b.s (ndistinct)",
        ),
        ("DROP RULE r ON b.child", "rule child.r is missing: expected CREATE RULE r AS ON DELETE TO b.child"),
        ("ALTER TABLE b.child DISABLE RULE r", "rule child.r: differs"),
        ('ALTER TABLE b."Actor.x" SET (fillfactor = 100)', "table Actor.x: expected WITH (fillfactor=85)"),
    ],
)
def test_each_difference_is_told(engine: Engine, change: str, told: str) -> None:
    with engine.connect() as connection:
        build(connection, "b")
        before = read_state(connection, "b")
        connection.exec_driver_sql(change)
        found = list(differences(before, read_state(connection, "b")))
    assert any(line.startswith(told) for line in found), found
    assert len(found) <= 2  # a constraint has its index


def test_what_a_merge_changes_as_it_runs_is_no_difference(engine: Engine) -> None:
    with engine.connect() as connection:
        build(connection, "b")
        before = read_state(connection, "b")
        connection.exec_driver_sql('ALTER TABLE b.stg ALTER "__slot" SET DEFAULT 1')
        connection.exec_driver_sql('INSERT INTO b."Actor.x" VALUES (1)')
        assert read_state(connection, "b") == before


REGISTERED = """
INSERT INTO cdc_management.merge_state (schema_name, table_name, staging_name, procedure_name, key_columns, fingerprint,
                                        active_slot)
VALUES (:schema, 'T', 'stg_T', 'sp', ARRAY['Id', 'it''s'], :schema, 0)
"""


@pytest.mark.parametrize("schema", SCHEMAS)
def test_how_tables_are_registered_is_part_of_the_state(engine: Engine, schema: str) -> None:
    with engine.connect() as connection:
        infrastructure.create(connection, Roles())
        for each in ("cdcmig_dev_0", schema):
            connection.execute(text(REGISTERED), {"schema": each})
        before = read_state(connection, schema)
        assert before == with_schema_renamed(
            connection, read_state(connection, "cdcmig_dev_0"), "cdcmig_dev_0", schema
        )
        assert [str(found) for found in before] == ["merge state T"]
        connection.execute(text("UPDATE cdc_management.merge_state SET active_slot = 1, fingerprint = ''"))
        assert read_state(connection, schema) == before
        connection.execute(text("UPDATE cdc_management.merge_state SET key_columns = ARRAY['Id']"))
        assert list(differences(before, read_state(connection, schema))) == [
            """merge state T: expected staging "stg_T", procedure sp, key ("Id", "it's"),"""
            """ found staging "stg_T", procedure sp, key ("Id")"""
        ]


def test_a_schema_that_is_not_there_has_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        assert read_state(connection, "absent") == {}


def test_a_view_without_its_wording_is_still_there(engine: Engine) -> None:
    with engine.connect() as connection:
        build(connection, "b")
        before = without_deparsed_sql(read_state(connection, "b"))
        connection.exec_driver_sql("CREATE OR REPLACE VIEW b.v AS SELECT id FROM b.child")
        assert list(differences(before, without_deparsed_sql(read_state(connection, "b")))) == []
        connection.exec_driver_sql("DROP VIEW b.v")
        told = list(differences(before, without_deparsed_sql(read_state(connection, "b"))))
        assert told[0].startswith("view v is missing")


def test_a_table_that_is_missing_takes_the_rights_to_its_columns_along(engine: Engine) -> None:
    with engine.connect() as connection:
        build(connection, "b")
        connection.exec_driver_sql("GRANT UPDATE (id) ON b.child TO pg_monitor")
        before = read_state(connection, "b")
        connection.exec_driver_sql("DROP TABLE b.child")
        assert list(differences(before, read_state(connection, "b"))) == ["table child is missing"]
