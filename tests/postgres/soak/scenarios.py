"""Whole runs: a soak, and the same while the server and the runners are killed. Tests and benchmark share them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL

from tests.postgres.soak import writers
from tests.postgres.soak.events import PARTITIONS
from tests.postgres.soak.mergers import Merger, Merging, Process, drain
from tests.postgres.soak.server import Server
from tests.postgres.soak.world import Verdict, World, connect
from tests.postgres.soak.writers import Insert, Resume, Writer

_QUIET = 1.0  # seconds without merges, to learn what INSERTs take on this machine anyway
_MERGING = 4.0


@dataclass(frozen=True)
class Stalls:
    """How long INSERTs took, in milliseconds.

    Attributes:
        quiet: the longest one while nothing was merged: what the machine itself does to an INSERT.
        merging: the longest one while something was.
        lock: the longest wait for a lock on a relation while something was merged, as PostgreSQL itself reports
            it to the waiting session (``log_lock_waits``): what the merge does to an INSERT.
    """

    quiet: float
    merging: float
    lock: float


@dataclass(frozen=True)
class Outcome:
    """What a run found.

    Attributes:
        sent: rows in committed transactions of writers, those delivered again among them.
        kills: of the server and of runners.
    """

    verdict: Verdict
    stalls: Stalls
    sent: int
    deadlocks: int = 0
    merges: int = 0
    reconnects: int = 0
    server_kills: int = 0
    runner_kills: int = 0
    errors: tuple[str, ...] = ()


def soak(
    world: World,
    seconds: float,
    merging: Sequence[Merging],
    *,
    writer_url: URL | None = None,
    merger_url: URL | None = None,
    observe: bool = True,
) -> Outcome:
    """Write with all partitions and merge with all mergers, with pauses in merging; then merge the rest and compare."""
    crew = [Writer(writer_url or world.url, partition, observe=observe) for partition in PARTITIONS]
    mergers = [Merger(merger_url or world.url, how) for how in merging]
    quiet: list[tuple[float, float]] = []
    for thread in (*crew, *mergers):
        thread.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with _all_idle(mergers):
            begun = time.monotonic()
            time.sleep(_QUIET)
            quiet.append((begun, time.monotonic()))
        time.sleep(min(_MERGING, max(0.0, end - time.monotonic())))
    _stop(crew)
    _stop(mergers)
    drain(merger_url or world.url, merging[0])
    sent = {writer.partition: writer.position for writer in crew}
    today = merging[0].how == "today"
    return Outcome(
        world.compare(sent) if today else world.compare_all(sent),
        _stalls([insert for writer in crew for insert in writer.inserts], quiet),
        sum(writer.committed for writer in crew),
        world.deadlocks(),
        sum(merger.outcomes.get("MERGED", 0) for merger in mergers),
        errors=tuple(error for thread in (*crew, *mergers) for error in thread.errors),
    )


def crashes(
    world: World,
    server: Server,
    kills: int,
    merging: Sequence[Merging],
    *,
    resume: Resume = writers.from_watermark,
    every: float = 2.5,
    seed: int = 1,
) -> Outcome:
    """The same while the server is killed about every so many seconds, and one of the runners in between."""
    crew = [Writer(world.url, partition, resume=resume) for partition in PARTITIONS]
    runners = [Process(world.url, how) for how in merging]
    try:
        for writer in crew:
            writer.start()
        _kill(world, server, runners, kills, every, random.Random(seed))
        time.sleep(
            1.0
        )  # for everybody to be back, so that no consumer learns of the last crash after its end
        _stop(crew)
    finally:
        for runner in runners:
            runner.kill()
        for writer in crew:
            writer.abandon()
    drain(world.url, Merging())
    return Outcome(
        world.compare_all({writer.partition: writer.position for writer in crew}),
        _stalls([insert for writer in crew for insert in writer.inserts], []),
        sum(writer.committed for writer in crew),
        world.deadlocks(),
        reconnects=sum(writer.reconnects for writer in crew),
        server_kills=kills,
        runner_kills=sum(runner.kills for runner in runners) - len(runners),
        errors=(*(e for writer in crew for e in writer.errors), *(e for r in runners for e in r.said)),
    )


def _kill(
    world: World, server: Server, runners: Sequence[Process], kills: int, every: float, chance: random.Random
) -> None:
    for _ in range(kills):
        pause = every * (0.5 + chance.random())
        time.sleep(pause / 2)
        chance.choice(runners).restart()
        time.sleep(pause / 2)
        backend = _merging_backend(world) if chance.random() < 0.3 else None
        if backend is None:
            server.crash()
        else:
            server.crash_backend(backend)


@contextmanager
def _all_idle(mergers: Sequence[Merger]) -> Iterator[None]:
    """Hold every merger's gate: no merge is under way, and none begins."""
    with ExitStack() as gates:
        for merger in mergers:
            gates.enter_context(merger.gate)
        yield


def _stop(threads: Sequence[Any]) -> None:
    for thread in threads:
        thread.halt.set()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), f"{thread.name} does not stop"
        assert thread.finished, f"{thread.name} died: {thread.errors}"


def _stalls(inserts: Sequence[Insert], quiet: Sequence[tuple[float, float]]) -> Stalls:
    """Sort the INSERTs by whether they lie within a pause in merging; one that began in a merge belongs to it."""
    calm = [
        i for i in inserts if any(begun <= i.begun and i.begun + i.ms / 1000 <= end for begun, end in quiet)
    ]
    others = set(inserts) - set(calm)
    return Stalls(
        max((i.ms for i in calm), default=0.0),
        max((i.ms for i in others), default=0.0),
        max((i.lock_ms for i in others), default=0.0),
    )


def _merging_backend(world: World) -> int | None:
    """Return the process id of a backend that is merging right now."""
    connection = connect(world.url)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CALL %'"
            " AND datname = current_database() LIMIT 1"
        )
        found = cursor.fetchone()
    connection.close()
    return found[0] if found else None
