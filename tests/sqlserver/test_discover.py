"""``cdcmig inspect --discover``: what the config does not name, as YAML to paste."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdcmig.config.project import load_project
from cdcmig.source.customers import common_prefix, customer_name

from .conftest import Serve, fake_url
from .recording import RECORDED, Database
from .sqlserver2022 import SqlServer2022, shop
from .test_inspect import run

Repository = Callable[..., Path]


def merged(into: Any, more: Any) -> Any:
    """Paste a mapping into another."""
    if not isinstance(into, Mapping) or not isinstance(more, Mapping):
        return more
    return dict(into) | {key: merged(into.get(key, {}), value) for key, value in more.items()}


def paste(root: Path, output: str) -> None:
    """Do what the comments say."""
    for document in output.split("---\n"):
        file = root / document.splitlines()[0].rsplit("merge into ", 1)[1]
        old = yaml.safe_load(file.read_text()) if file.exists() else {}
        file.parent.mkdir(exist_ok=True)
        file.write_text(yaml.safe_dump(merged(old, yaml.safe_load(document)), allow_unicode=True))


def test_tables_that_the_config_does_not_name(serve: Serve, repository: Repository) -> None:
    sql2022 = shop(3)
    sql2022.table("Sales", "T1").column("Id")
    serve(sql2022.database("Shop"))
    root = repository(["dbo.T0"], "Shop")
    result = run("inspect", "--discover")
    assert result.exit_code == 0
    paste(root, result.output)
    assert set(load_project(root).services["shop"].source.tables) == {
        "dbo.T0",
        "dbo.T1",
        "dbo.T2",
        "Sales.T1",
    }
    assert "config names everything" in run("inspect", "--discover").output


def test_databases_of_customers_that_the_config_does_not_name(serve: Serve, repository: Repository) -> None:
    other = SqlServer2022()
    other.table("dbo", "Something").column("Id")
    serve(
        *(shop(2).database(name) for name in ("Shop", "ShopAvansas", "ShopFretex", "ShopNy")),
        other.database("ReportServer"),
    )
    root = repository(["dbo.T0", "dbo.T1"], "Shop", tenants=["ShopAvansas", "ShopFretex"])
    result = run("inspect", "--discover")
    assert yaml.safe_load(result.output) == {
        "shop": {"sources": {"Ny": {"schemas": ["dbo"], "prod": {"server": "default", "database": "ShopNy"}}}}
    }
    paste(root, result.output)
    assert set(load_project(root).source_groups["shop"].sources) == {"ShopAvansas", "ShopFretex", "Ny"}


@pytest.mark.parametrize("name", RECORDED)
def test_a_database_becomes_a_service_by_pasting(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    serve(Database.recorded(name))
    (tmp_path / "services").mkdir()
    (tmp_path / "alembic.ini").touch()
    result = run("inspect", "--url", fake_url(name), "--service", "new", "--discover")
    assert result.exit_code == 0, result.output
    paste(tmp_path, result.output)
    inspected = run("inspect", "--url", fake_url(name))
    assert inspected.exit_code == 0, inspected.output
    project = load_project(tmp_path)
    assert len(project.snapshots) == len(project.services["new"].source.tables) > 10


def test_json(serve: Serve, repository: Repository) -> None:
    serve(shop(2).database("Shop"))
    repository(["dbo.T0"], "Shop")
    (service,) = json.loads(run("inspect", "--discover", "--json").output)
    (finding,) = service["findings"]
    assert (finding["file"], list(finding["content"]["shop"]["source"]["tables"])) == (
        "services/shop.yaml",
        ["dbo.T1"],
    )


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        (["AdOpusAvansas", "AdOpusFretex"], "AdOpus"),
        (["A"], ""),
        ([], ""),
        (["ab", "abc"], "ab"),
        (["x", "y"], ""),
    ],
)
def test_common_prefix(names: list[str], prefix: str) -> None:
    assert common_prefix(names) == prefix


def test_a_customers_name_is_never_empty() -> None:
    assert customer_name("AdOpus", "AdOpus") == "AdOpus"
    assert customer_name("Other", "AdOpus") == "Other"
