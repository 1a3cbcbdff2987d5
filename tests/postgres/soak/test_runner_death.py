"""A merge runner dies in the midst of a generation: the next one continues it, and does nothing twice."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import URL

from tests.postgres.soak.mergers import Merging, Process, drain
from tests.postgres.soak.world import FINAL, INTO_STAGING, World, events_sql

EVENTS = 15_000  # of each of two partitions
STATE = """
SELECT generation, staged, work_rows, read_rows, batches, started_at, clock_timestamp() AS now
FROM cdc_management.merge_state
"""


def stage(world: World, partition: int) -> None:
    world.execute(f"INSERT INTO {INTO_STAGING} {events_sql(str(partition), '0', str(EVENTS - 1))}")


def half_merged(world: World) -> dict[str, Any]:
    """Wait until a generation is half merged; return how far."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = world.row(STATE)
        if 0 < state["read_rows"] < (state["work_rows"] or 0):
            return state
        time.sleep(0.01)
    raise AssertionError("nobody merges")


@pytest.mark.parametrize("how", ["steps", "procedure"])
def test_the_next_runner_continues(database_url: URL, how: str) -> None:
    world = World(database_url)
    world.create()
    stage(world, 0)
    stage(world, 1)
    runner = Process(database_url, Merging(how, 100))
    half_merged(world)
    runner.kill()
    world.execute(  # the server notices the death of a client only when it has something to tell it
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'CALL %' AND pid <> pg_backend_pid()"
    )
    left = half_merged(world)

    drain(database_url, Merging("procedure", 1000))

    merged = world.row("SELECT * FROM cdc_management.processing_log")
    assert runner.said == []
    assert merged["generation"] == left["generation"] == 1
    assert merged["started_at"] == left["started_at"]
    assert merged["staged"] == 2 * EVENTS
    assert merged["batches"] > left["batches"]
    untouched = f"SELECT count(*) AS rows FROM {FINAL} WHERE \"__sync_timestamp\" < '{left['now']}'"
    assert world.row(untouched)["rows"] == left["read_rows"]
    assert world.compare({0: EVENTS, 1: EVENTS}).lost == 0
