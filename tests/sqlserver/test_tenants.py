"""``cdcmig inspect --all-tenants``: every customer's database against the reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Serve
from .sqlserver2022 import SqlServer2022, shop
from .test_inspect import files, run

Repository = Callable[..., Path]
TABLES = ["dbo.T0", "dbo.T1"]


def test_all_are_alike(serve: Serve, repository: Repository) -> None:
    names = ["ShopA", "ShopB", "ShopC"]
    serve(*(shop(2).database(name) for name in ("Shop", *names)))
    repository(TABLES, "Shop", tenants=names)
    result = run("inspect", "--all-tenants")
    assert result.exit_code == 0, result.output
    assert "3 databases against Shop" in result.output
    assert "all are alike" in result.output


def test_who_lacks_which_column(serve: Serve, repository: Repository) -> None:
    wider = shop(2).database("ShopC")
    wider.change("UPDATE sys.columns SET max_length = 200 WHERE name = 'Navn'")
    serve(
        shop(2).database("Shop"),
        shop(2, lacking=["Kode"]).database("ShopA"),
        shop(1, lacking=["Kode"]).database("ShopB"),
        wider,
    )
    root = repository(TABLES, "Shop", tenants=["ShopA", "ShopB", "ShopC"])
    result = run("inspect", "--all-tenants")
    assert result.exit_code == 1
    assert "- column Kode nvarchar(50) NULL: 2 of 3: ShopA (prod), ShopB (prod)" in result.output
    assert "- the table: 1 of 3: ShopB (prod)" in result.output
    assert "~ column Navn: type nvarchar(50) → nvarchar(100): 1 of 3: ShopC (prod)" in result.output
    assert files(root) == {}

    (comparison,) = json.loads(run("inspect", "--all-tenants", "--json").output)
    by_tenant = {tenant["tenant"]: tenant["differences"] for tenant in comparison["tenants"]}
    assert {"table": "dbo.T1", "difference": "- the table"} in by_tenant["ShopB"]


def test_a_customer_whose_tables_are_not_captured(serve: Serve, repository: Repository) -> None:
    def database(tracked: bool, name: str):
        sql2022 = SqlServer2022()
        sql2022.table("dbo", "T0", is_tracked_by_cdc=tracked).column("Id")
        return sql2022.database(name)

    serve(database(True, "Shop"), database(False, "ShopA"))
    repository(["dbo.T0"], "Shop", tenants=["ShopA"])
    assert "- change data capture: 1 of 1: ShopA (prod)" in run("inspect", "--all-tenants").output


def test_one_that_cannot_be_read_does_not_hide_the_others(serve: Serve, repository: Repository) -> None:
    serve(shop(2).database("Shop"), shop(2, lacking=["Kode"]).database("ShopA"))
    repository(TABLES, "Shop", tenants=["ShopA", "Missing"])
    result = run("inspect", "--all-tenants")
    assert result.exit_code == 2
    assert "ShopA (prod)" in result.output
    assert (
        'Missing (prod): could not be read: sql.example:1433: there is no database "Missing"' in result.output
    )


@pytest.mark.parametrize("jobs", [1, 3])
def test_no_more_connections_than_jobs(serve: Serve, repository: Repository, jobs: int) -> None:
    names = [f"Shop{number}" for number in range(12)]
    server = serve(*(shop(1).database(name) for name in ("Shop", *names)))
    server.delay = 0.001
    repository(["dbo.T0"], "Shop", tenants=names)
    assert run("inspect", "--all-tenants", "--jobs", str(jobs)).exit_code == 0
    assert server.most_open == jobs


def test_the_reference_is_not_compared_with_itself(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Shop"), shop(1).database("ShopA"))
    repository(["dbo.T0"], "Shop", tenants=["Shop", "ShopA"])
    assert "1 database against Shop" in run("inspect", "--all-tenants").output
