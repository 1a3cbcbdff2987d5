"""The dev database: one a run, whoever else uses the server; nothing of it stays, not even of a killed run."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import URL, Connection, create_engine, text

from cdcmig.generation.dev_database import ENVIRONMENT_VARIABLE, dev_database
from cdcmig.runtime import target

NAMES = text("SELECT datname FROM pg_database WHERE datname LIKE 'cdcmig_dev_%' ORDER BY 1")


@pytest.fixture(autouse=True)
def _server(server_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, server_url.render_as_string(hide_password=False))


def names(server_url: URL) -> list[str]:
    with create_engine(server_url).connect() as connection:
        return list(connection.scalars(NAMES))


def name_of(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT current_database()")))


def test_two_runs_with_one_pid_have_a_database_each(server_url: URL, tmp_path: Path) -> None:
    with dev_database(tmp_path) as one, dev_database(tmp_path) as other:
        assert names(server_url) == sorted([name_of(one), name_of(other)])
        assert name_of(one) != name_of(other)
    assert names(server_url) == []


def test_what_a_killed_run_left_behind_goes_with_the_next(server_url: URL, tmp_path: Path) -> None:
    with create_engine(server_url, isolation_level="AUTOCOMMIT").connect() as connection:
        for name in ("cdcmig_dev_0123abcd", "cdcmig_dev_mine"):
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            with dev_database(tmp_path) as dev:
                assert names(server_url) == sorted([name_of(dev), "cdcmig_dev_mine"])
        finally:
            connection.execute(text("DROP DATABASE cdcmig_dev_mine"))


def test_no_run_takes_anothers_new_database_for_one_left_behind(
    server_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = target.create_database
    others: list[Thread] = []

    def other_run() -> None:
        with dev_database(tmp_path):
            pass

    def create_and_linger(url: URL) -> None:
        create(url)
        if not others:
            others.append(Thread(target=other_run))
            others[0].start()
            others[0].join(1)
            assert url.database in names(server_url)

    monkeypatch.setattr(target, "create_database", create_and_linger)
    with dev_database(tmp_path):
        others[0].join()
    assert names(server_url) == []
