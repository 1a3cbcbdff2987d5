"""Wrong passwords, missing databases, cut lines, slow servers: clear errors, and old snapshots untouched."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from cdcmig.errors import SourceError
from cdcmig.source.connection import complete_url, mask, source_connection

from .conftest import Serve, fake_url, make_repository
from .fake_driver import PASSWORD, Server, fake_pymssql, fake_pyodbc
from .sqlserver2022 import shop
from .test_inspect import files, run

Repository = Callable[..., Path]
Fake = Callable[[Server], object]


@pytest.fixture(params=["pyodbc", "pymssql"])
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Server]:
    """Both drivers, in front of a server with one database."""
    server = Server(shop(3).database("Shop"))
    fake = {"pyodbc": fake_pyodbc, "pymssql": fake_pymssql}[request.param]
    monkeypatch.setitem(sys.modules, request.param, fake(server))
    return request.param, server


def url(driver: str, **changes: str) -> URL:
    return fake_url("Shop").set(drivername=f"mssql+{driver}", **changes)


def test_wrong_password(driver: tuple[str, Server], repository: Repository) -> None:
    repository(["dbo.T0"], "Shop")
    result = run("inspect", "--url", url(driver[0], password="feil-passord"))
    assert result.exit_code == 2
    assert 'sql.example:1433: the login of "sa" was refused' in result.output
    assert "feil-passord" not in result.output


def test_missing_database(driver: tuple[str, Server], repository: Repository) -> None:
    repository(["dbo.T0"], "Shop")
    result = run("inspect", "--url", url(driver[0], database="Butikk"))
    assert result.exit_code == 2
    assert 'there is no database "Butikk" that "sa" may open' in result.output


@pytest.mark.parametrize("statement", range(14))
def test_a_line_that_is_cut_leaves_the_old_snapshot(
    driver: tuple[str, Server], repository: Repository, statement: int
) -> None:
    name, server = driver
    root = repository(["dbo.T0", "dbo.T1"], "Shop")
    assert run("inspect", "--url", url(name)).exit_code == 0
    before = files(root)
    server.databases["Shop"].change("UPDATE sys.columns SET max_length = 222 WHERE name = 'Navn'")
    server.cut_after = server.executed + statement
    result = run("inspect", "--url", url(name))
    assert result.exit_code == 2
    assert "sql.example:1433" in result.output
    assert files(root) == before


def test_one_service_that_cannot_be_read_keeps_all_files_as_they_were(
    serve: Serve, repository: Repository, tmp_path: Path
) -> None:
    serve(shop(1).database("Shop"))
    root = repository(["dbo.T0"], "Shop")
    groups = (root / "source-groups.yaml").read_text()
    make_repository(tmp_path, ["dbo.T0"], "Gone", service="other")
    (root / "source-groups.yaml").write_text(groups + (root / "source-groups.yaml").read_text())
    result = run("inspect")
    assert result.exit_code == 2
    assert '"Gone"' in result.output
    assert files(root) == {}


def test_a_right_that_is_missing(driver: tuple[str, Server], repository: Repository) -> None:
    name, server = driver
    repository(["dbo.T0"], "Shop")
    server.databases["Shop"].refused.add("sys.indexes")
    result = run("inspect", "--url", url(name))
    assert result.exit_code == 2
    assert '"sa" lacks a right' in result.output
    assert "cdcmig source ping" in result.output


def test_the_timeout_reaches_the_driver(driver: tuple[str, Server], repository: Repository) -> None:
    name, server = driver
    repository(["dbo.T0"], "Shop")
    assert run("inspect", "--url", url(name), "--timeout", "7").exit_code == 0
    _, arguments = server.connections[0]
    assert arguments["timeout"] == 7
    assert arguments.get("login_timeout", 7) == 7


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (("HYT00", "[HYT00] [Microsoft]Query timeout expired (0) (SQLExecDirectW)"), "no answer within 30 s"),
        (("08001", "[08001] [Microsoft]TCP Provider: Error code 0x2AF9 (11001)"), "cannot be reached"),
        (
            (
                "08001",
                "[08001] [Microsoft]SSL Provider: [error:0A000086:SSL routines::certificate verify failed]",
            ),
            "TrustServerCertificate=yes",
        ),
        (("01000", "[01000] [unixODBC]Can't open lib '/x.so' : file not found (0)"), "cannot be loaded"),
        (
            ("08001", "Driver Error: Connection operation failed; DDBC Error: Failed to load the driver."),
            "a library that it needs is missing",
        ),
    ],
)
def test_errors_of_the_driver_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, error: tuple[str, str], says: str
) -> None:
    module = fake_pyodbc(Server())

    def connect(*_args: object, **_kwargs: object) -> None:
        raise module.OperationalError(*error)

    module.connect = connect  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyodbc", module)
    with pytest.raises(SourceError) as raised, source_connection(fake_url("Shop")):
        pass
    assert says in str(raised.value)


def test_no_error_repeats_a_password() -> None:
    query = {"odbc_connect": "Driver=x;UID=sa;PWD={a;b};", "Password": "qry"}
    where = URL.create("mssql+pyodbc", password="p@ss word", query=query)
    text = "p@ss word p%40ss%20word p%40ss+word {a;b} qry"
    assert mask(text, where) == "*** *** *** *** ***"


def test_a_password_of_one_letter_does_not_blot_out_words() -> None:
    where = URL.create("mssql+pyodbc", password="p")
    assert mask("Login timeout expired; PWD=p;", where) == "Login timeout expired; PWD=***;"


def test_what_is_no_url_is_not_repeated(repository: Repository) -> None:
    repository(["dbo.T0"], "Shop")
    result = run("inspect", "--url", "mssql/pyodbc:sa:hemmelig")
    assert result.exit_code == 2
    assert "hemmelig" not in result.output


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            "mssql+pyodbc://h/d?driver=D&Encrypt=yes&TrustServerCertificate=yes&Authentication=ActiveDirectoryMsi",
            {
                "driver": "D",
                "Encrypt": "yes",
                "TrustServerCertificate": "yes",
                "authentication": "ActiveDirectoryMsi",
            },
        ),
        ("mssql+pyodbc://h/d?driver=FreeTDS&Encrypt=yes", {"driver": "FreeTDS", "Encryption": "require"}),
        ("mssql+pyodbc://h/d?driver=FreeTDS&encrypt=no", {"driver": "FreeTDS", "Encryption": "request"}),
        ("mssql+pymssql://h/d?Encrypt=yes&TrustServerCertificate=yes", {"encryption": "require"}),
        ("mssql+pymssql://h/d", {}),
        ("mssql+pyodbc:///?odbc_connect=Driver%3DX", {"odbc_connect": "Driver=X"}),
    ],
)
def test_options_of_the_url_pass_through(given: str, expected: dict[str, str]) -> None:
    assert dict(complete_url(make_url(given)).query) == expected


def test_entra_id_without_a_user_is_not_mixed_with_windows_authentication(serve: Serve) -> None:
    server = serve(shop(1).database("Shop"))
    where = make_url("mssql+pyodbc://sql.example/Shop?Authentication=ActiveDirectoryMsi&Driver=mine")
    with pytest.raises(SourceError), source_connection(where):
        pass
    ((text, _),) = server.connections
    assert text == "DRIVER={mine};Server=sql.example;Database=Shop;Authentication=ActiveDirectoryMsi"


def test_a_url_without_a_database_means_master(serve: Serve) -> None:
    serve()
    assert complete_url(make_url("mssql+pyodbc://sa:x@h")).database == "master"


def test_another_database_system_is_refused() -> None:
    with pytest.raises(SourceError, match="is not SQL Server"):
        complete_url(make_url("postgresql://h/d"))


def test_the_password_is_not_even_in_the_traceback(serve: Serve) -> None:
    serve()
    with pytest.raises(SourceError) as raised, source_connection(fake_url("Shop", password="feil")):
        pass
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


assert PASSWORD
