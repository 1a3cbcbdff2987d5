"""squawk looks at the SQL of every change, up and down: what it finds is explained in docs/lint.md, or a mistake."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from tests.postgres.evolution.history import chain, moving_columns
from tests.postgres.evolution.world import World, Written, table

SQUAWK = Path(sys.executable).with_name("squawk")


@pytest.fixture
def explained(project_root: Path) -> frozenset[str]:
    """The rules in the documentation's table."""
    text = (project_root / "docs" / "lint.md").read_text(encoding="utf-8")
    _, _, after = text.partition("| squawk's rule | why |\n|---|---|\n")
    rules = [line.split("|")[1] for line in after.splitlines() if line.startswith("| `")]
    return frozenset(re.findall(r"`([a-z-]+)`", " ".join(rules)))


def found(folder: Path) -> dict[str, str]:
    """Return rule → where squawk found it first, in all files of a folder."""
    done = subprocess.run(
        [str(SQUAWK), "--reporter", "json", "--pg-version", "15", *map(str, sorted(folder.glob("*.sql")))],
        capture_output=True,
        text=True,
        check=False,
    )
    findings = json.loads(done.stdout)
    return {
        one["rule_name"]: f"{one['file']}:{one['line'] + 1}: {one['message']}" for one in reversed(findings)
    }


def write_scripts(folder: Path, number: int, written: Written, schema: str) -> None:
    """Write what ``alembic upgrade --sql`` and ``downgrade --sql`` print of a changeset."""
    for direction in ("upgrade", "downgrade"):
        printed = io.StringIO()
        context = MigrationContext.configure(
            dialect_name="postgresql",
            opts={
                "as_sql": True,
                "output_buffer": printed,
                "transactional_ddl": True,
                "allow_data_loss": "1",
            },
        )
        with context.begin_transaction(), Operations.context(context):
            getattr(written.module, direction)(schema)
        (folder / f"{number:02d}_{direction}.sql").write_text(printed.getvalue(), encoding="utf-8")


def test_what_it_finds_in_two_years_is_explained(
    world: World, tmp_path: Path, explained: frozenset[str]
) -> None:
    for number, (plans, policy) in enumerate(chain()):
        write_scripts(tmp_path, number, world.evolve(*plans, **policy), world.schema)
    unexplained = {rule: place for rule, place in found(tmp_path).items() if rule not in explained}
    assert unexplained == {}


def test_what_it_finds_in_changes_beside_readers_is_explained(
    world: World, tmp_path: Path, explained: frozenset[str]
) -> None:
    for number, (columns, policy) in enumerate(moving_columns()):
        write_scripts(tmp_path, number, world.evolve(table("Actor", columns), **policy), world.schema)
    unexplained = {rule: place for rule, place in found(tmp_path).items() if rule not in explained}
    assert unexplained == {}


def test_it_would_find_something(tmp_path: Path, explained: frozenset[str]) -> None:
    (tmp_path / "bad.sql").write_text('CREATE INDEX i ON avansas."Actor" (navn);\n', encoding="utf-8")
    assert "require-concurrent-index-creation" in found(tmp_path).keys() - explained
