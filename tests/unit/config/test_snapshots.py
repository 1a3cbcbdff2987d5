"""Snapshots: the forms in which they are written, where they lie, and their keys."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdcmig.config.files import SnapshotFinder, snapshot_path
from cdcmig.config.snapshot import SnapshotForeignKey, TableSnapshot
from cdcmig.config.table_names import TableName

if TYPE_CHECKING:
    from tests.unit.config.conftest import Repository

DATA = Path(__file__).parent / "data" / "northwind"
SCHEMAS = Path("services/_schemas/adopus")


def _northwind(repository: Repository) -> None:
    for file in DATA.iterdir():
        shutil.copy(file, repository.root / SCHEMAS / "dbo" / file.name)


def test_recorded_snapshots_are_read(repository: Repository) -> None:
    _northwind(repository)
    repository.replace(
        "services/adopus.yaml", "dbo.ActorActor: {}", "dbo.Order Details: {}\n      '[dbo].\"employees\"':"
    )
    project = repository.load()
    details = project.snapshots["adopus", "dbo.Order Details"]
    assert details.service is None
    assert details.primary_key == ["OrderID", "ProductID"]
    assert [(column.name, column.type, column.default) for column in details.columns[2:]] == [
        ("UnitPrice", "money", "0"),
        ("Quantity", "smallint", "1"),
        ("Discount", "real", "0"),
    ]
    assert details.foreign_keys[1] == SnapshotForeignKey(
        columns=["ProductID"], references="dbo.Products", referred_columns=["ProductID"]
    )
    assert project.snapshots["adopus", "dbo.Employees"].columns[0].identity
    assert list(project.services["adopus"].source.tables) == [
        "dbo.Actor",
        "dbo.Order Details",
        "dbo.Employees",
    ]


def test_snapshots_that_no_service_names_are_not_read(repository: Repository) -> None:
    repository.write(f"{SCHEMAS}/dbo/Other.yaml", "a: {")
    assert set(repository.load().snapshots) == {("adopus", "dbo.Actor"), ("adopus", "dbo.ActorActor")}


KEYS = {
    "in key order": ([("a", True, 2), ("b", True, 1), ("c", False, None)], ["b", "a"]),
    "in column order": ([("a", True, None), ("b", False, None), ("c", True, None)], ["a", "c"]),
    "none": ([("a", False, None)], []),
}


@pytest.mark.parametrize(("columns", "key"), KEYS.values(), ids=KEYS)
def test_primary_key(columns: list[tuple[str, bool, int | None]], key: list[str]) -> None:
    snapshot = TableSnapshot(
        database="d",
        schema="dbo",
        table="T",
        columns=[
            {"name": name, "type": "int", "primary_key": keyed, "key_position": position}
            for name, keyed, position in columns
        ],
    )
    assert snapshot.primary_key == key


def test_every_optional_key_is_read() -> None:
    written: dict[str, Any] = {
        "database": "d",
        "schema": "dbo",
        "table": "a.b",
        "comment": "…",
        "columns": [
            {
                "name": "n",
                "type": "nvarchar(50)",
                "computed": "([a]+[b])",
                "persisted": False,
                "default": "(getdate())",
                "collation": "Danish_Norwegian_CI_AS",
                "comment": "…",
                "alias_type": "dbo.PhoneNumber",
                "sparse": True,
                "generated": "row_start",
            }
        ],
        "indexes": [
            {"name": "ix", "columns": ["n"], "unique": True, "include": ["n"], "where": "([n] IS NOT NULL)"}
        ],
        "unique_keys": [{"name": "uq", "columns": ["n"]}],
        "temporal": "system_versioned",
        "row_estimate": 12,
        "cdc": [{"instance": "dbo_T", "columns": ["n"], "net_changes": True}],
    }
    snapshot = TableSnapshot.model_validate(written)
    assert snapshot.model_dump(by_alias=True, exclude_unset=True) == written
    assert snapshot.qualified_name == "dbo.a.b"


PATHS = {
    TableName("dbo", "Actor"): "dbo/Actor.yaml",
    TableName("dbo", "Order Details"): "dbo/Order Details.yaml",
    TableName("dbo", "a/b\\c"): "dbo/a%2Fb%5Cc.yaml",
    TableName("..", ".x"): "%2E./%2Ex.yaml",
}


@pytest.mark.parametrize(("name", "path"), PATHS.items())
def test_snapshot_files_stay_below_their_directory(tmp_path: Path, name: TableName, path: str) -> None:
    file = snapshot_path(tmp_path, "adopus", name)
    assert file == tmp_path / SCHEMAS / path
    file.parent.mkdir(parents=True)
    file.touch()
    assert SnapshotFinder(tmp_path).find("adopus", name) == file


def test_snapshot_files_are_found_ignoring_case_but_the_exact_one_first(tmp_path: Path) -> None:
    for table in ("ACTOR", "ÅS", "Ås"):
        file = snapshot_path(tmp_path, "adopus", TableName("dbo", table))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    finder = SnapshotFinder(tmp_path)
    names = ("Actor", "Ås", "ås", "ÅS", "Actors")
    found = {table: finder.find("adopus", TableName("DBO", table)) for table in names}
    assert {table: file and file.stem for table, file in found.items()} == {
        "Actor": "ACTOR",
        "Ås": "Ås",
        "ås": "ÅS",
        "ÅS": "ÅS",
        "Actors": None,
    }
    assert finder.find("directory", TableName("dbo", "Actor")) is None
