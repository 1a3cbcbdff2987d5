"""``cdcmig source ping``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Serve, fake_url
from .sqlserver2022 import SqlServer2022, shop
from .test_inspect import run

Repository = Callable[..., Path]


def test_a_url_needs_no_repository(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    serve(shop(2).database("Shop"))
    result = run("source", "ping", "--url", fake_url("Shop"))
    assert result.exit_code == 0, result.output
    assert "pyodbc, ODBC Driver 18 for SQL Server (installed on this machine)" in result.output
    assert "SQL Server 16.0.4135.4, Developer Edition" in result.output
    assert "VIEW DEFINITION" in result.output


def test_what_is_missing_and_the_fix(serve: Serve, repository: Repository) -> None:
    sql2022 = SqlServer2022()
    sql2022.table("dbo", "Tracked", is_tracked_by_cdc=True).column("Id")
    sql2022.table("dbo", "It's [not]").column("Id")
    database = sql2022.database("My]Shop")
    database.set_rights(["CONNECT", "SELECT"])
    serve(database)
    repository(["dbo.Tracked", "dbo.It's [not]", "dbo.Gone"], "My]Shop")
    result = run("source", "ping")
    assert result.exit_code == 1
    assert "USE [My]]Shop]; GRANT VIEW DEFINITION TO [dbo];" in result.output
    assert "@source_schema = N'dbo', @source_name = N'It''s [not]'" in result.output
    assert "CDC      enabled, tracks 1 of 2 tables" in result.output
    assert "1 tables that the config names: dbo.Gone" in result.output


def test_cdc_that_is_not_enabled_is_said_but_no_fault(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Shop", cdc=False))
    repository(["dbo.T0"], "Shop")
    result = run("source", "ping")
    assert result.exit_code == 0
    assert "USE [Shop]; EXEC sys.sp_cdc_enable_db;" in result.output


def test_a_server_that_does_not_know_the_question_about_rights(serve: Serve, repository: Repository) -> None:
    database = shop(1).database("Shop")
    database.refused.add("fn_my_permissions")
    serve(database)
    repository(["dbo.T0"], "Shop")
    assert "rights   VIEW DEFINITION" in run("source", "ping").output
    database.refused.add("HAS_PERMS_BY_NAME")
    assert "rights   unknown" in run("source", "ping").output


def test_a_server_that_refuses_is_told_with_the_others(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Other"))
    repository(["dbo.T0"], "Shop")
    result = run("source", "ping")
    assert result.exit_code == 1
    assert 'cannot be used: sql.example:1433: there is no database "Shop"' in result.output


def test_json(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Shop"))
    repository(["dbo.T0"], "Shop")
    (ping,) = json.loads(run("source", "ping", "--json").output)
    assert ping["usable"] is True
    assert ping["facts"]["rights"] == ["CONNECT", "SELECT", "VIEW DEFINITION"]
