"""The real drivers, over a real socket, against a recording that speaks SQL Server's protocol."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from cdcmig.config.snapshot import TableSnapshot
from cdcmig.errors import SourceError
from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.driver import find_driver, wheel_files, wheel_folder
from cdcmig.source.reflection import reflect
from cdcmig.source.server import read_server

from .fake_driver import PASSWORD, Server
from .recording import RECORDED, Database
from .sqlserver2022 import SqlServer2022, shop
from .tds_server import serving
from .test_inspect import files, run

Address = Callable[..., URL]


def microsoft() -> dict[str, str]:
    return {"driver": str(next(wheel_files(wheel_folder()))), "Encrypt": "no"}


def freetds() -> dict[str, str]:
    found = find_driver(
        ["FreeTDS"] if "FreeTDS" in importlib.import_module("pyodbc").drivers() else [], {}, Path("/")
    )
    return {"driver": found.value}


DRIVERS: dict[str, tuple[str, Callable[[], dict[str, str]]]] = {
    "microsoft": ("pyodbc", microsoft),
    "freetds": ("pyodbc", freetds),
    "pymssql": ("pymssql", dict),
    "mssqlpython": ("mssqlpython", lambda: {"Encrypt": "no"}),
}


@pytest.fixture(params=DRIVERS)
def address(request: pytest.FixtureRequest) -> Address:
    """Makes URLs for one of the drivers; tests are skipped for those that are not installed here."""
    name, query = DRIVERS[request.param]
    try:
        importlib.import_module({"mssqlpython": "mssql_python"}.get(name, name))
        options = query()
    except (ImportError, StopIteration, SourceError) as missing:
        pytest.skip(f"not installed: {missing}")

    def make(port: int, database: str, password: str = PASSWORD) -> URL:
        return URL.create(
            f"mssql+{name}",
            username="sa",
            password=password,
            host="127.0.0.1",
            port=port,
            database=database,
            query=options,
        )

    return make


@contextmanager
def at(server: Server) -> Iterator[int]:
    with serving(server) as tds:
        yield tds.port


def read(url: URL, timeout: int = 10) -> list[TableSnapshot]:
    with source_connection(url, timeout) as connection:
        catalog = read_catalog(connection, read_tables(connection))
    return reflect(catalog, url.database or "")


@pytest.mark.parametrize("name", RECORDED)
def test_every_driver_reads_what_the_replay_reads(
    address: Address, name: str, serve: Callable[..., Server]
) -> None:
    with at(Server(Database.recorded(name))) as port:
        found = read(address(port, name))
    with pytest.MonkeyPatch.context():
        serve(Database.recorded(name))
        from .conftest import fake_url

        assert found == read(fake_url(name))


def test_long_and_foreign_text_arrives_whole(address: Address) -> None:
    sql2022 = SqlServer2022()
    long = "(" + "+".join(f"[Kolonne{number}æøå]" for number in range(2000)) + ")"
    sql2022.table("dbo", "日本語 🐟").column("Død").computed("lang", "int", long).comment("x" * 3700)
    with at(Server(sql2022.database())) as port:
        (snapshot,) = read(address(port, "Db"))
    assert snapshot.table == "日本語 🐟"
    assert snapshot.columns[1].computed == long
    assert snapshot.comment == "x" * 3700


def test_what_the_server_is(address: Address) -> None:
    with at(Server(shop(1).database("Shop"))) as port, source_connection(address(port, "Shop")) as connection:
        facts = read_server(connection)
    assert (facts.version, facts.database, facts.missing_rights) == ("16.0.4135.4", "Shop", ())


def test_wrong_password(address: Address) -> None:
    with at(Server(shop(1).database("Shop"))) as port, pytest.raises(SourceError) as raised:
        read(address(port, "Shop", "feil-passord"))
    assert 'the login of "sa" was refused' in str(raised.value)
    assert "feil-passord" not in str(raised.value)


def test_missing_database(address: Address) -> None:
    with at(Server(shop(1).database("Shop"))) as port, pytest.raises(SourceError) as raised:
        read(address(port, "Butikk"))
    assert 'there is no database "Butikk"' in str(raised.value)


def test_nobody_listens(address: Address) -> None:
    with at(Server()) as port:
        pass
    with pytest.raises(SourceError, match=r"cannot be reached|no answer within 2 s"):
        read(address(port, "Shop"), timeout=2)


def test_a_right_that_is_missing(address: Address) -> None:
    database = shop(1).database("Shop")
    database.refused.add("sys.indexes")
    with at(Server(database)) as port, pytest.raises(SourceError, match='"sa" lacks a right'):
        read(address(port, "Shop"))


def test_a_slow_server(address: Address) -> None:
    server = Server(shop(1).database("Shop"))
    with at(server) as port:
        read(address(port, "Shop"))
        server.delay_at = server.executed + 8
        with pytest.raises(SourceError, match="no answer within 1 s"):
            read(address(port, "Shop"), timeout=1)


@pytest.mark.parametrize("statement", [2, 6, 9])
def test_a_line_that_is_cut(
    address: Address, statement: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .conftest import make_repository

    monkeypatch.chdir(tmp_path)
    root = make_repository(tmp_path, ["dbo.T0"], "Shop")
    server = Server(shop(1).database("Shop"))
    with at(server) as port:
        assert run("inspect", "--url", address(port, "Shop")).exit_code == 0
        before = files(root)
        server.databases["Shop"].change("UPDATE sys.columns SET max_length = 222 WHERE name = 'Navn'")
        server.cut_after = server.executed + statement
        result = run("inspect", "--url", address(port, "Shop"))
    assert result.exit_code == 2
    assert f"127.0.0.1:{port}" in result.output
    assert files(root) == before
