"""What is reflected from the recorded databases is what they were created from."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cdcmig.config.snapshot import TableSnapshot
from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.reflection import reflect

from .conftest import Serve, fake_url
from .recording import DATA, Database


def reflected(serve: Serve, name: str) -> dict[str, TableSnapshot]:
    serve(Database.recorded(name))
    with source_connection(fake_url(name)) as connection:
        catalog = read_catalog(connection, read_tables(connection))
    return {snapshot.qualified_name: snapshot for snapshot in reflect(catalog, name)}


def contains(found: Any, expected: Any) -> bool:
    """Whether everything that is expected is there; what was found may say more."""
    if isinstance(expected, dict):
        return all(contains(found.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(contains, found, expected))
    return bool(found == expected)


@pytest.mark.parametrize("name", ["Northwind", "Chinook"])
def test_sample_databases_are_read_as_they_were_defined(serve: Serve, name: str) -> None:
    expected = {path.stem: yaml.safe_load(path.read_text()) for path in (DATA / name / "dbo").glob("*.yaml")}
    snapshots = reflected(serve, name)
    assert sorted(snapshots) == sorted(f"dbo.{table}" for table in expected)
    for table, definition in expected.items():
        found = snapshots[f"dbo.{table}"].model_dump(mode="json", by_alias=True)
        for key in ("foreign_keys", "indexes"):
            definition[key] = sorted(definition.get(key, []), key=lambda part: part["columns"])
            found[key] = sorted(found[key], key=lambda part: part["columns"])
        assert contains(found, definition), table
