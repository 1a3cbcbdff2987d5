"""The server and the runners are killed with SIGKILL again and again: nothing is lost that can be sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.postgres.soak import scenarios, writers
from tests.postgres.soak.mergers import Merging
from tests.postgres.soak.server import Server, running
from tests.postgres.soak.world import World

RUNNERS = [Merging("pending"), Merging("steps", 400)]
LOST_GENERATION = "CDC02"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that nobody minds to see killed."""
    with running(tmp_path_factory.mktemp("crash") / "pgdata") as server:
        yield server


@pytest.fixture
def world(server: Server, request: pytest.FixtureRequest) -> World:
    """A database of the test's own on that server."""
    World(server.url).execute(f'CREATE DATABASE "{request.node.name}"')
    return World(server.url.set(database=request.node.name))


def test_consumers_that_seek_to_the_watermark_lose_nothing(world: World, server: Server) -> None:
    world.create()
    outcome = scenarios.crashes(world, server, 4, RUNNERS)
    assert outcome.errors == ()
    assert outcome.verdict.faults() == {}
    assert set(outcome.verdict.errors) <= {LOST_GENERATION}
    assert outcome.deadlocks == 0
    assert outcome.reconnects >= 8  # everybody was thrown out, at least once


def test_without_the_seek_rows_are_lost(world: World, server: Server) -> None:
    world.create()
    outcome = scenarios.crashes(world, server, 2, RUNNERS, resume=writers.from_own_position)
    assert outcome.verdict.missing > 0
    assert outcome.verdict.lost > 100
    assert outcome.verdict.replays > 0
    assert outcome.verdict.gaps >= outcome.verdict.replays  # the views tell of it


def test_logged_staging_needs_no_seek(world: World, server: Server) -> None:
    world = replace(world, logged=True)
    world.create()
    outcome = scenarios.crashes(world, server, 2, RUNNERS, resume=writers.from_own_position)
    assert outcome.errors == ()
    assert outcome.verdict.faults() == {}
    assert outcome.verdict.errors == []
