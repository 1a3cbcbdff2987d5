"""What commands say where there is something to choose, nothing to do, or something to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from cdcmig.runtime import embedded
from tests.acceptance.repository import Repository, small_repository, write_yaml

KEY = "{name: Id, type: int, nullable: false, primary_key: true}"
ORDER = f"[{KEY}, {{name: Note, type: nvarchar(50)}}]"
CHANGESETS = "alembic/changesets/sink_shop.orders"
VERSIONS = "alembic/versions/sink_shop.orders"
Make = Callable[..., Repository]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Repository] = []

    def make_one(*sinks: str) -> Repository:
        placed = {sink: ["Order"] for sink in sinks or ("sink_shop.orders",)}
        made.append(small_repository(tmp_path / "shop", {"Order": ORDER}, ["Acme", "Bolt"], sinks=placed))
        made[-1].run("cdcmig", "revision", "-m", "initial")
        return made[-1]

    yield make_one
    for repository in made:
        embedded.stop(repository.root)


def by_hand(repository: Repository, name: str) -> Path:
    """Write a changeset that nobody has recorded."""
    file = repository.root / CHANGESETS / f"{name}.py"
    file.write_text(
        f'"""{name}"""\n\nfrom alembic import op\n\n\n'
        "def upgrade(schema: str) -> None:\n    op.execute('SELECT 1')\n\n\n"
        "def downgrade(schema: str) -> None:\n    op.execute('SELECT 1')\n"
    )
    return file


def test_several_sinks_are_told_with_the_option_that_chooses(make: Make) -> None:
    repository = make("sink_shop.archive", "sink_shop.orders")
    commands = [("merge",), ("gaps",), ("offsets",), ("history",), ("lint", "--pending")]
    for command in commands:
        told = repository.run("cdcmig", *command, code=2)
        assert "several sinks fit: sink_shop.archive, sink_shop.orders" in told
        assert "choose one: --sink <sink group>.<database>" in told
    assert "(alembic: -x sink=<sink" in repository.run("alembic", "current", "-x", "schema=acme", code=2)


def test_offsets_and_gaps_tell_that_nothing_was_merged(make: Make) -> None:
    repository = make()
    repository.run("alembic", "upgrade", "heads")
    assert repository.run("cdcmig", "offsets") == "nothing was merged yet\n"
    assert repository.run("cdcmig", "gaps") == "nothing was merged yet\n"
    assert repository.run("cdcmig", "offsets", "--after-crash") == "nothing is to be consumed again\n"


def test_seal_takes_what_is_new_or_edited_below_a_folder(make: Make) -> None:
    repository = make()
    assert repository.run("cdcmig", "repair", "alembic") == (
        "nothing to record: every file is as it was recorded\n"
    )
    for name in ("0002_one", "0003_two"):
        by_hand(repository, name)
    edited = repository.root / VERSIONS / "acme/0001_initial.py"
    edited.write_text(edited.read_text() + "# a remark\n")
    files = [f"{CHANGESETS}/0002_one.py", f"{CHANGESETS}/0003_two.py", f"{VERSIONS}/acme/0001_initial.py"]
    before = repository.files()
    told = repository.run("cdcmig", "repair", "alembic", "--dry-run")
    assert told.splitlines() == [f"would record {file}" for file in files]
    assert repository.files() == before
    told = repository.run("cdcmig", "repair", CHANGESETS, f"{CHANGESETS}/0002_one.py")
    assert told.splitlines() == [f"recorded {file}" for file in files[:2]]
    assert repository.run("cdcmig", "repair", ".").splitlines() == [f"recorded {files[2]}"]
    assert "services: no changesets or revisions" in repository.run("cdcmig", "repair", "services", code=2)


def test_squash_tells_what_comes_before_it(make: Make) -> None:
    repository = make()
    by_hand(repository, "0002_own")
    repository.run("cdcmig", "repair", CHANGESETS)
    repository.run("cdcmig", "promote", "2")
    note = "note: every database has to be at the old head: `cdcmig check --target` names those that are not"
    for options in (("--dry-run",), ()):
        assert note in repository.run("cdcmig", "squash", *options)
    assert repository.run("cdcmig", "squash").startswith("nothing to fold")


def test_a_customer_whose_tables_somebody_else_looks_after_is_in_the_config(make: Make) -> None:
    repository = make()
    file = repository.root / "services/shop.yaml"
    service = yaml.safe_load(file.read_text())
    tables = service["shop"]["sinks"]["sink_shop.orders"]["tables"]
    tables["shop.Order"]["target_exists"] = True
    write_yaml(file, service)
    told = repository.run("cdcmig", "diff")
    for schema in ("acme", "bolt"):
        warning = (
            f'warning: schema "{schema}" of sink_shop.orders has only target_exists tables in the config:'
            " the schema and its branch stay, and get no further changesets\n"
        )
        assert told.count(warning) == 1
    assert "no longer" not in told
    assert "removed from the config" not in repository.run("cdcmig", "tenants")
