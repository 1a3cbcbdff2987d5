"""From a database to tables in PostgreSQL without a hand's touch: discover, paste, inspect, revision, upgrade."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from cdcmig.config.project import load_project
from cdcmig.repository import scaffold
from cdcmig.runtime import embedded

from .conftest import LIVE
from .test_discover import paste
from .test_inspect import run


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    root = tmp_path / "migrations"
    scaffold.init(root)
    monkeypatch.chdir(root)
    yield root
    embedded.stop(root)


def command(root: Path, *arguments: str) -> str:
    """Run a command as its user does."""
    program, *rest = arguments
    variables = {name: value for name, value in os.environ.items() if not name.startswith("CDCMIG_")}
    done = subprocess.run(
        [str(Path(sys.executable).parent / program), *rest],
        cwd=root,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("source_url", ["AdOpusTest", "features", *(["live"] if LIVE else [])], indirect=True)
def test_every_table_arrives(source_url: URL, root: Path) -> None:
    paste(root, run("inspect", "--url", source_url, "--service", "shop", "--discover").output)
    inspected = run("inspect", "--url", source_url)
    assert inspected.exit_code == 0, inspected.output
    tables = load_project(root).services["shop"].source.tables
    assert tables

    command(root, "cdcmig", "revision", "-m", "initial import")
    command(root, "alembic", "upgrade", "heads")
    assert "nothing changed" in command(root, "cdcmig", "revision", "-m", "again")
    engine = create_engine(embedded.url(root, "shop"))
    with engine.connect() as connection:
        found = connection.scalar(
            text(
                "SELECT count(*) FROM pg_description WHERE objsubid = 0 AND description LIKE '%' || :table || '%'"
            ),
            {"table": next(iter(tables)).split(".")[0]},
        )
        count = connection.scalar(
            text(
                "SELECT count(*) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'cdc_management')"
                r" AND tablename NOT LIKE 'stg\_%' AND tablename <> 'alembic_version'"
            )
        )
    engine.dispose()
    assert count == len(tables)
    assert found


@pytest.mark.parametrize("source_url", ["AdOpusTest"], indirect=True)
def test_live_inspects_and_writes_in_one_go(source_url: URL, root: Path) -> None:
    paste(root, run("inspect", "--url", source_url, "--service", "shop", "--discover").output)
    snapshots = root / "services" / "_schemas"
    dry = run("revision", "-m", "from the source", "--live", "--url", source_url, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "would write" in dry.output
    assert not snapshots.exists()

    done = run("revision", "-m", "from the source", "--live", "--url", source_url)
    assert done.exit_code == 0, done.output
    assert (root / "alembic/changesets/sink_shop.shop/0001_from_the_source.py").exists()
    assert len(list(snapshots.rglob("*.yaml"))) == len(load_project(root).services["shop"].source.tables)
    again = run("revision", "-m", "again", "--live", "--url", source_url)
    assert "nothing changed" in again.output
