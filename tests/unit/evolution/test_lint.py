"""Each code of lint, on changesets as a person might write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdcmig.errors import Finding
from cdcmig.evolution.lint import lint_changeset
from cdcmig.evolution.lint_rules import without_texts
from cdcmig.operations.hazards import CODES

_BACK = "op.execute('SELECT 1')"


def code_of(finding: Finding) -> str:
    return finding.check.removeprefix("lint ")


def lint(tmp_path: Path, upgrade: str, downgrade: str = _BACK, head: str = "") -> list[Finding]:
    path = tmp_path / "0001_test.py"
    indented = upgrade.replace("\n", "\n    ")
    path.write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\n{head}\n"
        f"def upgrade(schema):\n    {indented}\n\ndef downgrade(schema):\n    {downgrade}\n"
    )
    return lint_changeset(path)


@pytest.mark.parametrize(
    ("code", "upgrade"),
    [
        ("destructive", "op.drop_table('T', schema=schema)"),
        ("destructive", "op.drop_column('T', 'c', schema=schema)"),
        ("destructive", "op.execute('TRUNCATE t')"),
        ("destructive", "op.drop_staging_table('stg_T', like='T', schema=schema)"),
        (
            "destructive",
            "op.convert_column('T', 'c', existing_type=sa.Text(), type_=sa.Integer(), using='1', schema=schema)",
        ),
        ("silent-data-loss", "op.drop_column('T', 'c', schema=schema)"),
        (
            "rewrite",
            "op.alter_column('T', 'c', existing_type=sa.Integer(), type_=sa.BigInteger(), schema=schema)",
        ),
        (
            "rewrite",
            "op.add_column('T', sa.Column('c', sa.UUID(), server_default=sa.text('gen_random_uuid()')), schema=schema)",
        ),
        ("rewrite", "op.execute('ALTER TABLE t ALTER c TYPE bigint')"),
        ("long-lock", "op.create_index('i', 'T', ['c'], schema=schema)"),
        ("long-lock", "op.alter_column('T', 'c', nullable=False, schema=schema)"),
        ("long-lock", "op.create_check_constraint('k', 'T', sa.text('c > 0'), schema=schema)"),
        ("long-lock", "op.create_unique_constraint('k', 'T', ['c'], schema=schema)"),
        ("long-lock", "op.execute('create unique index i on t (c)')"),
        (
            "not-null-without-default",
            "op.add_column('T', sa.Column('c', sa.Text(), nullable=False), schema=schema)",
        ),
        ("not-null-without-default", "op.execute('ALTER TABLE t ADD COLUMN c int NOT NULL')"),
        ("identifier-too-long", "op.add_column('T', sa.Column('ø' * 32, sa.Text()), schema=schema)"),
        ("identifier-too-long", "op.execute('CREATE TABLE ' + 'x' * 64 + ' ()')"),
        ("no-schema", "op.add_column('T', sa.Column('c', sa.Text()))"),
        ("no-schema", "op.drop_column('T', 'c', schema='bravo')"),
        ("no-schema", "op.create_foreign_key('k', 'T', 'U', ['a'], ['b'])"),
        (
            "no-schema",
            "op.create_foreign_key('k', 'T', 'U', ['a'], ['b'], source_schema=schema, referent_schema='bravo')",
        ),
        ("no-schema", "op.bulk_insert(sa.table('T', sa.column('c'), schema='bravo'), [])"),
        ("in-transaction", "op.execute('CREATE INDEX CONCURRENTLY i ON t (c)')"),
        ("in-transaction", "op.create_index('i', 'T', ['c'], schema=schema, postgresql_concurrently=True)"),
        ("in-transaction", "op.execute('-- away\\ndrop index concurrently i')"),
        ("in-transaction", "op.execute('REINDEX (VERBOSE) TABLE CONCURRENTLY t')"),
        ("in-transaction", "op.execute('REINDEX SCHEMA s')"),
        ("in-transaction", "op.execute('VACUUM t')"),
        ("in-transaction", "op.execute('CLUSTER')"),
        ("in-transaction", "op.execute('CREATE DATABASE d')"),
        ("in-transaction", "op.execute('ALTER DATABASE d SET TABLESPACE fast')"),
        ("in-transaction", "op.execute('SELECT 1; ALTER SYSTEM SET work_mem = 1')"),
        ("in-transaction", "op.execute('CREATE SUBSCRIPTION s CONNECTION x PUBLICATION p')"),
        ("in-transaction", "op.execute('ALTER TABLE t DETACH PARTITION p CONCURRENTLY')"),
        (
            "in-transaction",
            "with op.get_context().autocommit_block():\n    op.execute('SELECT 1; VACUUM t')",
        ),
        (
            "half-done",
            "op.execute('SELECT 1')\nwith op.get_context().autocommit_block():\n    op.execute('VACUUM t')",
        ),
        ("unknown-code", "op.drop_column('T', 'c', schema=schema)  # cdcmig: allow destructiv (we agreed)"),
        ("unknown-code", "op.execute('SELECT 1')  # cdcmig: allow rewrite, long_lock"),
        ("stricter-staging", "op.alter_column('stg_T', 'c', nullable=False, schema=schema)"),
        ("rename", "op.alter_column('T', 'c', new_column_name='d', schema=schema)"),
        ("rename", "op.alter_column('stg_T', 'c', new_column_name='d', schema=schema)"),
        ("rename", "op.rename_table('T', 'U', schema=schema)"),
        ("half-done", "op.execute('SELECT 1')\nop.prove_not_null('T', 'c', schema=schema)"),
        ("not-offline", "op.get_bind().execute(sa.text('SELECT 1')).scalar()"),
        ("not-offline", "raise ValueError"),
    ],
)
def test_found(tmp_path: Path, code: str, upgrade: str) -> None:
    found = lint(tmp_path, upgrade)
    assert code in {code_of(finding) for finding in found}
    assert all(finding.line >= 5 for finding in found)


@pytest.mark.parametrize(
    "upgrade",
    [
        "op.add_column('T', sa.Column('c', sa.Text()), schema=schema)",
        "op.add_column('T', sa.Column('c', sa.Text(), server_default='x', nullable=False), schema=schema)",
        "op.alter_column('T', 'c', existing_type=sa.String(5), type_=sa.String(9), schema=schema)",
        "op.alter_column('T', 'c', existing_type=sa.String(5), nullable=True, schema=schema)",
        "op.create_index_concurrently('i', 'T', ['c'], schema=schema)",
        "op.create_table('T', sa.Column('c', sa.Text()), schema=schema)\n"
        "op.create_index('i', 'T', ['c'], schema=schema)",
        "op.prove_not_null('T', 'c', schema=schema)\nop.set_proven_not_null('T', 'c', schema=schema)",
        "op.execute(\"COMMENT ON TABLE t IS 'DROP TABLE; \" + 'x' * 80 + \"'\")",
        "op.execute('DO $$ BEGIN DELETE FROM t; END $$')",
        "op.execute('UPDATE t SET a = 1 WHERE b')",
        "op.drop_column('T', 'c', schema=schema)  # cdcmig: allow destructive, silent-data-loss",
        "op.add_column('T', sa.Column('c', sa.Text()), schema='public')",
        "op.create_foreign_key('k', 'T', 'U', ['a'], ['b'], source_schema=schema,"
        " referent_schema='cdc_management', postgresql_not_valid=True)",
        "with op.get_context().autocommit_block():\n"
        "    op.execute('CREATE INDEX CONCURRENTLY i ON t (c)')\n    op.execute('VACUUM t')",
        "op.execute('REFRESH MATERIALIZED VIEW CONCURRENTLY v')",
        "op.execute('CREATE SUBSCRIPTION s CONNECTION x PUBLICATION p WITH (create_slot = false)')",
        "op.execute('DO $$ BEGIN PERFORM x; END $$; -- VACUUM')",
        "op.execute('SELECT 1')  # cdcmig: allow rewrite (the table is small, says destructiv)",
        "'# cdcmig: allow destructiv'\nop.execute('SELECT 1')",
    ],
)
def test_not_found(tmp_path: Path, upgrade: str) -> None:
    assert lint(tmp_path, upgrade) == []


@pytest.mark.parametrize("downgrade", ["pass", "raise NotImplementedError"])
def test_missing_downgrade(tmp_path: Path, downgrade: str) -> None:
    assert [code_of(finding) for finding in lint(tmp_path, "op.execute('SELECT 1')", downgrade)] == [
        "missing-downgrade"
    ]


def test_no_downgrade_function_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("from alembic import op\ndef upgrade():\n    op.execute('SELECT 1')\n")
    assert [code_of(finding) for finding in lint_changeset(path)] == ["missing-downgrade"]


def test_consent_in_the_downgrade_silences_silent_data_loss(tmp_path: Path) -> None:
    downgrade = "op.require_data_loss_consent('c', table='T', schema=schema)"
    found = lint(tmp_path, "op.drop_column('T', 'c', schema=schema)", downgrade)
    assert [code_of(finding) for finding in found] == ["destructive"]


def test_import_of_live_code(tmp_path: Path) -> None:
    found = lint(tmp_path, _BACK, head="from cdcmig.mapping.types import TypeMap")
    assert [(code_of(finding), finding.line) for finding in found] == [("live-code", 3)]


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def upgrade(:\n")
    assert [code_of(finding) for finding in lint_changeset(tmp_path / "x.py")] == ["not-offline"]


def test_the_sample_has_no_findings(project_root: Path) -> None:
    paths = sorted((project_root / "alembic" / "changesets").rglob("*.py"))
    assert paths
    assert [finding for path in paths for finding in lint_changeset(path)] == []


def test_every_code_is_documented(project_root: Path) -> None:
    text = (project_root / "docs" / "lint.md").read_text()
    assert tuple(re.findall(r"^\| `([\w-]+)` \|", text.split("##")[0], re.MULTILINE)) == CODES


def test_without_texts_keeps_names() -> None:
    sql = "SELECT 'a''; DROP' -- DROP\n FROM \"it's -- x\" /* DROP */ $a$ DROP $b$ $a$ x"
    assert "DROP" not in without_texts(sql)
    assert '"it\'s -- x"' in without_texts(sql)


def test_a_transaction_refuses_in_the_downgrade_too(tmp_path: Path) -> None:
    found = lint(tmp_path, _BACK, "op.execute('DROP INDEX CONCURRENTLY i')")
    assert [(code_of(finding), finding.line) for finding in found] == [("in-transaction", 8)]


def test_what_postgresql_refuses_is_said_with_what_to_do(tmp_path: Path) -> None:
    [found] = lint(tmp_path, "op.execute('VACUUM t')")
    assert found.message == (
        "VACUUM: PostgreSQL refuses it in a transaction; put it into"
        " `with op.get_context().autocommit_block():`, a statement an op.execute"
    )


def test_a_literal_schema_is_named(tmp_path: Path) -> None:
    [found] = lint(tmp_path, "op.add_column('T', sa.Column('c', sa.Text()), schema='bravo')")
    assert found.message == (
        'schema="bravo" is written out: each schema that runs this would work on that one; write schema=schema'
    )


def test_a_literal_schema_is_meant_where_the_file_takes_none(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "def upgrade():\n    op.add_column('T', sa.Column('c', sa.Text()), schema='bravo')\n"
        "def downgrade():\n    op.execute('SELECT 1')\n"
    )
    assert lint_changeset(path) == []


def test_a_reason_without_brackets_is_told(tmp_path: Path) -> None:
    [found] = lint(
        tmp_path, "op.execute('TRUNCATE t')  # cdcmig: allow destructive, silent-data-loss - agreed"
    )
    assert (code_of(found), found.message) == ("unknown-code", 'no code "agreed"; a reason goes in brackets')


def test_an_unknown_code_is_told_with_the_nearest(tmp_path: Path) -> None:
    found = lint(tmp_path, "op.execute('TRUNCATE t')  # cdcmig: allow destructiv, silent-data-loss")
    assert [code_of(finding) for finding in found] == ["destructive", "unknown-code"]
    assert found[1].message == 'no code "destructiv"; did you mean "destructive"?'
