"""What lint, and with it `cdcmig check`, says to each row of the table of changes: red where a reviewer is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdcmig.config.settings import Settings
from cdcmig.evolution.lint import lint_changeset
from tests.postgres.evolution.world import World, Written, table

BASE = {
    "id": "integer NOT NULL",
    "line": "integer NOT NULL",
    "name": "varchar(50)",
    "amount": "numeric(10,2)",
}
RENAMED = Settings(metadata_columns={"__source": {"name": "origin"}})
LOGGED = Settings.model_validate({"sinks": {"s.d": {"staging": "logged"}}})


@pytest.fixture
def start(world: World) -> World:
    """A table with one merged row and one that waits in staging."""
    world.evolve(table("Actor", BASE))
    world.stage("Actor", 1, id=1, line=1, name="Ås", amount=1.5)
    world.merge("Actor")
    world.stage("Actor", 2, id=2, line=1, name="Bø", amount=2.5)
    return world


def found(written: Written, folder: Path) -> list[str]:
    """The codes that lint finds in a changeset."""
    path = folder / "0002_change.py"
    path.write_text(written.text)
    return [finding.check.removeprefix("lint ") for finding in lint_changeset(path)]


def without(*names: str, **changed: str) -> dict[str, str]:
    return {name: text for name, text in (BASE | changed).items() if name not in names}


@pytest.mark.parametrize(
    ("plan", "policy"),
    [
        pytest.param({"columns": without(city="text NOT NULL")}, {}, id="added"),
        pytest.param({"columns": without(name="text")}, {}, id="widened without a rewrite"),
        pytest.param({"columns": without(amount="numeric(12,4)")}, {"online": True}, id="widened online"),
        pytest.param({"columns": without(id="bigint NOT NULL")}, {"online": True}, id="key widened online"),
        pytest.param(
            {"columns": without(name="varchar(5)"), "using": {"name": "left(name, 5)"}},
            {"allow_destructive": True},
            id="narrowed by the hint",
        ),
        pytest.param({"columns": without("name")}, {}, id="removed"),
        pytest.param({"columns": without("name")}, {"allow_destructive": True}, id="dropped"),
        pytest.param(
            {"columns": without("name", title="varchar(50)"), "renames": {"name": "title"}}, {}, id="renamed"
        ),
        pytest.param({"columns": BASE, "settings": RENAMED}, {}, id="metadata column renamed"),
        pytest.param({"columns": without(line="integer")}, {}, id="loosened"),
        pytest.param({"columns": without(name="varchar(50) NOT NULL")}, {}, id="tightened"),
        pytest.param({"columns": BASE, "key": "id, line"}, {}, id="key changed"),
        pytest.param({"columns": without("id"), "key": ""}, {"allow_destructive": True}, id="key dropped"),
        pytest.param({"columns": BASE, "origin": "crm.Person"}, {}, id="table renamed"),
        pytest.param(None, {}, id="table removed"),
        pytest.param(None, {"allow_destructive": True}, id="table dropped"),
    ],
)
def test_what_was_asked_for_is_green(
    start: World, tmp_path: Path, plan: dict[str, Any] | None, policy: dict[str, bool]
) -> None:
    others = [table("Other", BASE)]
    changed = [table("Actor", **plan)] if plan else []
    written = start.write(*changed, *others, **policy)
    assert found(written, tmp_path) == []
    assert "cdcmig_allowed" not in written.text


@pytest.mark.parametrize(
    ("columns", "policy"),
    [
        pytest.param(without(amount="numeric(12,4)"), {}, id="rewritten"),
        pytest.param(without(amount="numeric(12,4)"), {"allow_destructive": True}, id="rewritten, unasked"),
        pytest.param(
            without(amount="numeric(12,4) NOT NULL"), {"online": True}, id="too much at once for --online"
        ),
    ],
)
def test_a_rewrite_that_nobody_asked_for_is_red(
    start: World, tmp_path: Path, columns: dict[str, str], policy: dict[str, bool]
) -> None:
    assert found(start.write(table("Actor", columns), **policy), tmp_path) == ["rewrite"]


def test_an_index_and_a_key_over_new_columns_are_red(start: World, tmp_path: Path) -> None:
    keyed = table("Actor", {**BASE, "part": "integer NOT NULL DEFAULT 0"}, key="id, part")
    assert found(start.write(keyed), tmp_path) == ["long-lock"]
    unsynced = Settings(metadata_columns={"__sync_timestamp": {"enabled": False}})
    start.settings = unsynced
    start.evolve(table("Other", BASE, settings=unsynced, deletes="soft"))
    start.settings = Settings()
    assert found(start.write(table("Other", BASE, deletes="soft")), tmp_path) == ["long-lock"]


def test_a_name_that_only_changes_its_letters_is_red(start: World, tmp_path: Path) -> None:
    assert found(start.write(table("Actor", without("name", NAME="varchar(50)"))), tmp_path) == ["rename"]


def test_pruning_staging_is_green(start: World, tmp_path: Path) -> None:
    plan = table("Actor", without("amount", "name", title="varchar(50)"), renames={"name": "title"})
    start.evolve(plan, allow_destructive=True)
    pruned = start.write(plan, prune_staging=True)
    assert found(pruned, tmp_path) == []
    assert pruned.text.count("# cdcmig: allow destructive (asked for by --prune-staging)") == 2


def test_logged_staging_is_green(start: World, tmp_path: Path) -> None:
    start.settings = LOGGED
    written = start.write(table("Actor", BASE))
    assert "set_staging_logged" in written.upgrade_text
    assert found(written, tmp_path) == []


def test_the_reason_stands_beside_each_danger(start: World) -> None:
    columns = without("amount", id="bigint NOT NULL", name="varchar(5)")
    plan = table("Actor", columns, using={"name": "left(name, 5)"})
    lines = start.write(plan, allow_destructive=True).upgrade_text.splitlines()
    marked = {line.split("(")[0].strip(): line.split("#")[1] for line in lines if "#" in line}
    assert marked == {
        "op.convert_column": (
            " cdcmig: allow destructive, rewrite (asked for by --allow-destructive and using:)"
        ),
        "op.drop_column": " cdcmig: allow destructive (asked for by --allow-destructive)",
    }
