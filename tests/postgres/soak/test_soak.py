"""Eight writers, two mergers: nothing is lost, nothing is stale, and INSERTs do not wait for merges."""

from __future__ import annotations

import pytest
from sqlalchemy import URL

from tests.postgres.soak import scenarios
from tests.postgres.soak.mergers import SWAP_WAIT_MS, Merging
from tests.postgres.soak.scenarios import Outcome
from tests.postgres.soak.world import World

STALL = 1.5 * SWAP_WAIT_MS


def assert_nothing_lost(outcome: Outcome) -> None:
    assert outcome.errors == ()
    assert outcome.verdict.faults() == {}
    assert outcome.verdict.errors == []
    assert outcome.verdict.logged == outcome.sent  # every committed row was counted, once
    assert outcome.deadlocks == 0


def assert_ingestion_did_not_wait(outcome: Outcome) -> None:
    """What a merge does to an INSERT is to make it wait for a lock, and PostgreSQL says how long that was.

    On a busy machine that wait too is longer than it need be: whoever holds the lock has to get a processor and
    the disk for its commit. How much that can be is what the longest INSERT took while nothing was merged.
    """
    stalls = outcome.stalls
    assert stalls.lock < STALL + stalls.quiet, stalls


def test_nothing_is_lost_and_nobody_waits(database_url: URL) -> None:
    world = World(database_url)
    world.create()
    outcome = scenarios.soak(world, 20, [Merging("pending"), Merging("procedure")])
    assert_nothing_lost(outcome)
    assert_ingestion_did_not_wait(outcome)
    assert outcome.merges >= 5
    assert outcome.verdict.events > 20_000  # otherwise the machine was too slow to tell anything


@pytest.mark.parametrize("others", [("steps", 100_000), ("pending", 500)], ids=["mixed sizes", "small"])
def test_large_slots_go_through_the_work_copy(database_url: URL, others: tuple[str, int]) -> None:
    world = World(database_url)
    world.create()
    outcome = scenarios.soak(world, 5, [Merging("procedure", 500), Merging(*others)])
    assert_nothing_lost(outcome)
    assert_ingestion_did_not_wait(outcome)
    assert outcome.verdict.most_batches > 2


def test_the_procedure_in_use_today_loses_rows(database_url: URL) -> None:
    world = World(database_url)
    world.create_like_today()
    outcome = scenarios.soak(world, 6, [Merging("today")])
    assert outcome.errors == ()
    assert outcome.verdict.missing > 0
    assert outcome.verdict.stale > 0
