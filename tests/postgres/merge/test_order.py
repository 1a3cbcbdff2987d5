"""Which event of a key is the newest: within a generation, and against what was merged before."""

from __future__ import annotations

import itertools

import pytest

from cdcmig.config.settings import MetadataColumnOverride, Settings
from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Counts, Event, Table

OFF = MetadataColumnOverride(enabled=False)


def one_by_one(table: Table, *events: Event) -> list[Counts]:
    """Merge each event in a generation of its own."""
    return [table.merge(event) for event in events]


def test_the_highest_lsn_wins_then_the_sequence_then_the_offset(create: Create) -> None:
    """Whatever the order of arrival is, and whether events share a generation."""
    positions = [
        None,
        9,
        10,
        (10, 2),
        11,
    ]  # 9 and 10: as text without leading zeros they would be the other way
    for number, order in enumerate(itertools.permutations(range(len(positions)))):
        if number % 12:  # a tenth of the 120 orders is enough
            continue
        table = create(f"T{number}")
        events = [table.event(offset, 1, f"v{n}", at=positions[n]) for offset, n in enumerate(order)]
        table.merge(*events[:2])
        table.merge(*events[2:])
        assert table.rows() == {1: ("v4", False)}


def test_rows_of_a_snapshot_are_lower_than_any_event(create: Create) -> None:
    table = create()
    counts = one_by_one(
        table,
        table.event(0, 1, "event", at=5),
        table.event(1, 1, "snapshot", at=None),
        table.event(2, 2, "snapshot", at=None),
        table.event(3, 2, "event", at=1),
    )
    assert counts == [(1, 1, 0, 0, 0, 0), (1, 0, 0, 1, 0, 0), (1, 1, 0, 0, 0, 0), (1, 0, 1, 0, 0, 0)]
    assert table.rows() == {1: ("event", False), 2: ("event", False)}


@pytest.mark.parametrize("at", [None, 7, (7, 3)], ids=["snapshot", "event", "sequence"])
def test_of_equal_positions_the_newer_offset_wins(create: Create, at: int | tuple[int, int] | None) -> None:
    table = create()
    first = table.merge(
        table.event(0, 1, "a", at=at), table.event(2, 1, "c", at=at), table.event(1, 1, "b", at=at)
    )
    assert first == Counts(staged=3, inserted=1, updated=0, stale=0, duplicates=2, deleted=0)
    assert table.rows() == {1: ("c", False)}
    again = table.merge(table.event(1, 1, "b", at=at))
    assert again == Counts(staged=1, inserted=0, updated=0, stale=1, duplicates=0, deleted=0)
    assert table.watermarks() == {0: 2}  # what comes again does not turn it back
    newer = table.merge(table.event(3, 1, "d", at=at))
    assert newer == Counts(staged=1, inserted=0, updated=1, stale=0, duplicates=0, deleted=0)
    assert table.rows() == {1: ("d", False)}
    assert table.watermarks() == {0: 3}


def test_offsets_of_another_partition_decide_nothing(create: Create) -> None:
    """The watermark that an offset is compared with is that of its own partition."""
    table = create()
    table.merge(table.event(1000, 1, "of 0", at=1, partition=0))
    table.merge(table.event(5, 2, "a", at=1, partition=1))
    assert table.merge(table.event(6, 2, "b", at=1, partition=1)).updated == 1
    assert table.rows() == {1: ("of 0", False), 2: ("b", False)}
    assert table.watermarks() == {0: 1000, 1: 6}


def test_a_key_that_changes_is_a_deletion_and_an_insert_of_one_transaction(create: Create) -> None:
    """Same LSN, another sequence; here the keys of two rows are swapped."""
    table = create()
    table.merge(table.event(0, 1, "one", at=1), table.event(1, 2, "two", at=1))
    swap = [
        table.event(2, 1, "one", at=(2, 1), deleted=True),
        table.event(3, 2, "one", at=(2, 4)),
        table.event(4, 2, "two", at=(2, 3), deleted=True),
        table.event(5, 1, "two", at=(2, 2)),
        table.event(6, 3, "three", at=(2, 5), deleted=True),
        table.event(7, 4, "three", at=(2, 6)),
    ]
    counts = table.merge(*swap)
    assert counts == Counts(staged=6, inserted=2, updated=2, stale=0, duplicates=2, deleted=3)
    assert table.rows() == {1: ("two", False), 2: ("one", False), 3: ("three", True), 4: ("three", False)}


def test_the_two_halves_of_a_changed_key_may_come_in_two_generations(create: Create) -> None:
    table = create()
    table.merge(table.event(0, 1, "old", at=1))
    table.merge(table.event(2, 1, "new", at=(2, 2)))
    table.merge(table.event(1, 1, "old", at=(2, 1), deleted=True))
    assert table.rows() == {1: ("new", False)}


def test_an_older_event_does_not_bring_a_deleted_row_back(create: Create) -> None:
    table = create()
    table.merge(table.event(0, 1, "a", at=1), table.event(1, 1, None, at=3, deleted=True))
    assert table.rows() == {1: (None, True)}
    late = table.merge(table.event(2, 1, "late", at=2), table.event(3, 1, "snapshot", at=None))
    assert late == Counts(staged=2, inserted=0, updated=0, stale=1, duplicates=1, deleted=0)
    assert table.rows() == {1: (None, True)}
    assert table.merge(table.event(4, 1, "born again", at=4)).updated == 1
    assert table.rows() == {1: ("born again", False)}


def test_a_generation_of_only_duplicates(create: Create) -> None:
    table = create()
    event = table.event(0, 1, "a", at=1)
    assert table.merge(*[event] * 50) == Counts(50, 1, 0, 0, 49, 0)
    assert table.rows() == {1: ("a", False)}


def test_a_generation_of_only_stale_rows(create: Create) -> None:
    """All of a merged range is delivered once more: it changes nothing, not even the time of the last change."""
    table = create()
    events = [table.event(n, n % 10, f"v{n}", at=n, deleted=n % 4 == 0) for n in range(40)]
    table.merge(*events)
    before, synced = table.rows(), table.scalar(f'SELECT max("__sync_timestamp") FROM {table.schema}."T"')
    assert table.merge(*events) == Counts(40, 0, 0, 10, 30, 10)
    assert table.rows() == before
    assert table.scalar(f'SELECT max("__sync_timestamp") FROM {table.schema}."T"') == synced
    assert table.watermarks() == {0: 39}


def test_binary_lsns_are_compared_bytewise(create: Create) -> None:
    settings = Settings(
        metadata_columns={
            "__lsn": MetadataColumnOverride(type="bytea"),
            "__seq_val": MetadataColumnOverride(type="bytea"),
        }
    )
    table = create(settings=settings)
    for offset, (note, number) in enumerate([("high", 0xF0), ("low", 0x0F), ("middle", 0x7F)]):
        event = table.event(offset, 1, note)
        table.merge({**event, "__lsn": bytes([0] * 9 + [number]), "__seq_val": bytes(10)})
    assert table.rows() == {1: ("high", False)}


@pytest.mark.parametrize(
    ("missing", "survivor"),
    [
        (["__seq_val"], "same LSN, newer offset"),
        (["__lsn", "__seq_val"], "same LSN, newer offset"),
        (["__lsn", "__seq_val", "__source_ts_ms"], "older, newest offset"),
    ],
)
def test_without_some_of_the_columns_the_next_best_order_holds(
    create: Create, missing: list[str], survivor: str
) -> None:
    table = create(settings=Settings(metadata_columns=dict.fromkeys(missing, OFF)))
    events = [
        table.event(0, 1, "first", at=(8, 9)),
        table.event(1, 1, "same LSN, newer offset", at=(8, 1)),
        table.event(2, 1, "older, newest offset", at=(4, 5)),
    ]
    one_by_one(table, *events)
    assert table.rows() == {1: (survivor, False)}
    assert table.merge(*events).stale == 1
    assert table.rows() == {1: (survivor, False)}
