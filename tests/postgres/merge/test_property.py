"""Any events, in any generations and batches, with any ranges delivered again: the newest of each key remains."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Counts, Event, Table

PARTITIONS = 2
KEYS = range(10)  # key % PARTITIONS is its partition
WIDE = "x" * 1500  # five rows a block: ten keys are two batches or more

_tables = itertools.count()


class Sent(NamedTuple):
    """One event of a partition's log; its offset is its index there."""

    key: int
    at: tuple[int, int] | None
    deleted: bool


@dataclass(frozen=True)
class Generation:
    """What is staged before one merge: ranges of partitions' logs, delivered for the first time or again."""

    batch_size: int
    ranges: Sequence[tuple[int, int, int]]  # partition, first offset, end


@dataclass(frozen=True)
class Story:
    """The logs of all partitions, and how they reach the table."""

    logs: Sequence[Sequence[Sent]]
    generations: Sequence[Generation]


positions = st.none() | st.tuples(st.integers(0, 20), st.integers(1, 2))


@st.composite
def logs(draw: st.DrawFn) -> list[list[Sent]]:
    """Positions in no order at all: far worse than a connector that repeats itself."""
    return [
        [
            Sent(
                draw(st.sampled_from(KEYS[partition::PARTITIONS])), at, at is not None and draw(st.booleans())
            )
            for at in draw(st.lists(positions, max_size=25))
        ]
        for partition in range(PARTITIONS)
    ]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Every partition is delivered from its beginning to its end; an old range may come again beside each new one."""
    made = draw(logs())
    count = draw(st.integers(1, 5))
    generations: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
    for partition, log in enumerate(made):
        cuts = sorted(draw(st.integers(0, len(log))) for _ in range(count - 1))
        for ranges, (first, end) in zip(generations, itertools.pairwise([0, *cuts, len(log)]), strict=True):
            ranges.append((partition, first, end))
            if first and draw(st.booleans()):
                again = draw(st.integers(0, first - 1))
                ranges.append((partition, again, draw(st.integers(again + 1, first))))
    sizes = st.sampled_from([1, 2, 3, 5, 8, 1000])
    return Story(made, [Generation(draw(sizes), draw(st.permutations(ranges))) for ranges in generations])


def newest(sent: Sequence[tuple[int, Sent]]) -> dict[int, tuple[int, Sent]]:
    """The oracle: the highest (LSN, sequence, offset) of each key, as numbers; snapshots are below all LSNs."""
    found: dict[int, tuple[int, Sent]] = {}
    for offset, event in sent:
        best = found.get(event.key)
        if best is None or (event.at or (-1, -1), offset) >= (best[1].at or (-1, -1), best[0]):
            found[event.key] = (offset, event)
    return found


def counted(merged: Sequence[tuple[int, Sent]], staged: Sequence[tuple[int, Sent]]) -> Counts:
    """The oracle of one generation's line in the log."""
    before, now, after = newest(merged), newest(staged), newest([*merged, *staged])
    new = now.keys() - before.keys()
    changed = [key for key in now.keys() & before.keys() if after[key] != before[key]]
    deleted = sum(event.deleted for _offset, event in staged)
    stale = len(now) - len(new) - len(changed)
    return Counts(len(staged), len(new), len(changed), stale, len(staged) - len(now), deleted)


def row(table: Table, offset: int, event: Sent) -> Event:
    note = f"{event.key} {offset} {WIDE}"
    return table.event(
        offset, event.key, note, at=event.at, deleted=event.deleted, partition=event.key % PARTITIONS
    )


@settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(story=stories())
def test_the_newest_of_each_key_remains(create: Create, story: Story) -> None:
    table = create(f"T{next(_tables)}")
    merged: list[tuple[int, Sent]] = []
    for generation in story.generations:
        staged = [
            (offset, story.logs[partition][offset])
            for partition, first, end in generation.ranges
            for offset in range(first, end)
        ]
        if not staged:
            continue
        table.stage(*(row(table, offset, event) for offset, event in staged))
        outcomes = table.steps(generation.batch_size)
        assert outcomes[-1] == "MERGED"
        assert ("SORTED" in outcomes) == (len(staged) > 1.5 * generation.batch_size)
        assert table.log()[-1] == counted(merged, staged)
        merged += staged
        assert table.rows() == {
            key: (f"{key} {offset} {WIDE}", event.deleted) for key, (offset, event) in newest(merged).items()
        }
        reached = {partition: max(offsets) for partition, offsets in _offsets(merged).items()}
        assert table.watermarks() == reached
    assert table.waiting() == 0
    assert table.steps() == ["EMPTY"]


def _offsets(sent: Sequence[tuple[int, Sent]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for offset, event in sent:
        found.setdefault(event.key % PARTITIONS, []).append(offset)
    return found
