"""The recorder: what it writes replays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.reflection import reflect

from .conftest import Serve, fake_url
from .record import record
from .recording import Database

Repository = Callable[..., Path]


def test_a_recording_of_a_recording_gives_the_same_snapshots(serve: Serve, tmp_path: Path) -> None:
    def read() -> list[object]:
        with source_connection(fake_url("Chinook")) as connection:
            return list(reflect(read_catalog(connection, read_tables(connection)), "Chinook"))

    serve(Database.recorded("Chinook"))
    tape, catalog = record(fake_url("Chinook"), tmp_path)
    first = read()
    content = json.loads(tape.read_text())
    assert content["database"] == "Chinook"
    assert json.loads(catalog.read_text())["sys.tables"]["rows"]

    from_tape = Database("Chinook", {}, content["tape"])
    serve(from_tape)
    assert read() == first
