"""Each code of lint, on changesets as a person might write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdcmig.evolution.lint import Finding, lint_changeset
from cdcmig.evolution.lint_rules import CODES, without_texts

_BACK = "op.execute('SELECT 1')"


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
    assert code in {finding.code for finding in found}
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
    ],
)
def test_not_found(tmp_path: Path, upgrade: str) -> None:
    assert lint(tmp_path, upgrade) == []


@pytest.mark.parametrize("downgrade", ["pass", "raise NotImplementedError"])
def test_missing_downgrade(tmp_path: Path, downgrade: str) -> None:
    assert [finding.code for finding in lint(tmp_path, "op.execute('SELECT 1')", downgrade)] == [
        "missing-downgrade"
    ]


def test_no_downgrade_function_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("from alembic import op\ndef upgrade():\n    op.execute('SELECT 1')\n")
    assert [finding.code for finding in lint_changeset(path)] == ["missing-downgrade"]


def test_consent_in_the_downgrade_silences_silent_data_loss(tmp_path: Path) -> None:
    downgrade = "op.require_data_loss_consent('c', table='T', schema=schema)"
    found = lint(tmp_path, "op.drop_column('T', 'c', schema=schema)", downgrade)
    assert [finding.code for finding in found] == ["destructive"]


def test_import_of_live_code(tmp_path: Path) -> None:
    found = lint(tmp_path, _BACK, head="from cdcmig.mapping.types import TypeMap")
    assert found == [Finding("live-code", 3, found[0].message)]


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def upgrade(:\n")
    assert [finding.code for finding in lint_changeset(tmp_path / "x.py")] == ["not-offline"]


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
