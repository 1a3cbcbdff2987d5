"""Fixtures: a recorded server behind a fake driver, or the live one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import yaml
from sqlalchemy import URL, make_url

from cdcmig.source.catalog import read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.matching import qualified_name, unknown_tables

from .fake_driver import PASSWORD, Server, fake_pyodbc
from .recording import RECORDED, Database
from .sqlserver2022 import features, shop

LIVE = os.environ.get("CDCMIG_TEST_MSSQL_URL")

Serve = Callable[..., Server]
"""Puts databases behind the fake pyodbc, and returns the server."""


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    def serve_databases(*databases: Database) -> Server:
        server = Server(*databases)
        monkeypatch.setitem(sys.modules, "pyodbc", fake_pyodbc(server))
        return server

    monkeypatch.delenv("CDCMIG_ODBC_DRIVER", raising=False)
    return serve_databases


def fake_url(database: str, password: str = PASSWORD) -> URL:
    return URL.create(
        "mssql+pyodbc", username="sa", password=password, host="sql.example", port=1433, database=database
    )


MADE_UP = {"shop": shop, "features": features}


@pytest.fixture(params=[*RECORDED, *MADE_UP, *(["live"] if LIVE else [])])
def source_url(request: pytest.FixtureRequest, serve: Serve) -> URL:
    """Every recorded database, those that are made up, and the live one."""
    name = request.param
    if name == "live":
        return make_url(LIVE or "")
    serve(MADE_UP[name]().database(name) if name in MADE_UP else Database.recorded(name))
    return fake_url(name)


def all_tables(url: URL) -> list[str]:
    """Names of the tables that a service could have."""
    with source_connection(url) as connection:
        return [qualified_name(row) for row in unknown_tables(None, read_tables(connection))]


def make_repository(
    root: Path, tables: Iterable[str], database: str, *, service: str = "shop", tenants: Iterable[str] = ()
) -> Path:
    """Write the config of a service; its server is ``sql.example``."""
    place = {"server": "default"}
    sources = {name: {"schemas": ["dbo"], "prod": place | {"database": name}} for name in tenants}
    server = {"host": "sql.example", "port": "1433", "user": "sa", "password": "${SQL_PASSWORD}"}
    files = {
        f"services/{service}.yaml": {
            service: {"source": {"validation_database": database, "tables": {name: {} for name in tables}}}
        },
        "source-groups.yaml": {
            service: {
                "pattern": "db-per-tenant",
                "type": "mssql",
                "servers": {"default": {"type": "mssql", **server}},
                "sources": sources or {"Only": {"schemas": ["dbo"], "test": place | {"database": database}}},
            }
        },
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    (root / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")
    return root


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a repository in a fresh folder, with the password in the environment."""
    monkeypatch.setenv("SQL_PASSWORD", PASSWORD)
    monkeypatch.chdir(tmp_path)
    return lambda *args, **kwargs: make_repository(tmp_path, *args, **kwargs)
