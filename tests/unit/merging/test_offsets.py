"""From where to resume: the lowest offset wins, nothing that may have been lost is left out, rpk reads the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcmig.errors import BrokerError
from cdcmig.merging.offsets import Limits, Need, Partition, Progress, Seek, seek_file, seeks, within

P0, P1 = Partition("orders", 0), Partition("orders", 1)


def progress(*needs: Need, merged: tuple[tuple[str, Partition], ...] = ()) -> Progress:
    return Progress(needs, frozenset({(need.table, need.partition) for need in needs} | set(merged)))


def test_lowest_need_of_all_tables_wins() -> None:
    known = progress(Need("nord.Order", P0, 90), Need("sør.Order", P0, 40), Need("nord.Item", P0, 70))
    assert seeks(known) == [Seek(P0, 40)]


def test_partition_of_which_a_table_has_merged_nothing_starts_at_its_beginning() -> None:
    known = progress(Need("nord.Order", P0, 90), Need("sør.Order", P0, 40), Need("nord.Order", P1, 70))
    assert seeks(known) == [Seek(P0, 40), Seek(P1, 0, ("sør.Order",))]


def test_partition_that_only_the_brokers_know_starts_at_its_beginning() -> None:
    known = progress(Need("nord.Order", P0, 90))
    existing = [P0, P1, Partition("somebody else's", 0)]
    assert seeks(known, existing) == [Seek(P0, 90), Seek(P1, 0, ("nord.Order",))]


def test_after_a_crash_partitions_that_were_seen_again_are_left_out() -> None:
    known = progress(Need("nord.Order", P0, 90), merged=(("nord.Order", P1),))
    assert seeks(known, [P0, P1]) == [Seek(P0, 90)]


def test_nothing_needed() -> None:
    assert seeks(progress(merged=(("nord.Order", P0),)), [P0, P1]) == []


@pytest.mark.parametrize(
    "partition", [Partition("with blank", 0), Partition("", 0), Partition("a\nb", 0), Partition("t", -1)]
)
def test_impossible_partition_is_refused(partition: Partition) -> None:
    with pytest.raises(BrokerError, match=r"nord\.Order was fed from"):
        seeks(progress(Need("nord.Order", partition, 1)))


def test_brokers_bound_what_can_be_resumed() -> None:
    limits = {P0: Limits(50, 100), P1: Limits(10, 10)}
    wanted = [Seek(P0, 40), Seek(P1, 0, ("nord.Order",))]
    assert within(wanted, limits) == [Seek(P0, 50, deleted=10), Seek(P1, 10, ("nord.Order",))]
    assert within([Seek(P0, 100)], limits) == [Seek(P0, 100)]


@pytest.mark.parametrize(
    ("seek", "message"),
    [
        (Seek(Partition("order", 0), 1), 'no topic "order"; did you mean "orders"'),
        (Seek(Partition("orders", 7), 1), 'topic "orders" has no partition 7'),
        (Seek(P0, 101), 'topic "orders", partition 0 ends at 100, before 101'),
    ],
)
def test_what_the_brokers_cannot_fulfil_is_refused(seek: Seek, message: str) -> None:
    with pytest.raises(BrokerError, match=message):
        within([seek], {P0: Limits(0, 100)})


topics = st.from_regex(r"[a-zA-Z0-9._-]{1,20}", fullmatch=True)
partitions = st.builds(Partition, topics, st.integers(0, 3))
needs = st.lists(
    st.builds(Need, st.sampled_from(["a.T", "b.T", "c.T"]), partitions, st.integers(0, 2**63 - 1)),
    unique_by=lambda need: (need.table, need.partition),
)


@given(needs)
def test_no_table_misses_what_it_needs(given_needs: list[Need]) -> None:
    found = {seek.partition: seek.offset for seek in seeks(progress(*given_needs))}
    assert all(found[need.partition] <= need.offset for need in given_needs)
    for topic in {need.partition.topic for need in given_needs}:
        tables = {need.table for need in given_needs if need.partition.topic == topic}
        for partition in (each for each in found if each.topic == topic):
            there = {need.table for need in given_needs if need.partition == partition}
            assert there == tables or found[partition] == 0


@given(needs)
def test_file_is_what_rpk_splits(given_needs: list[Need]) -> None:
    """As rpk's parseSeekFile does: empty lines skipped, else exactly three fields between single blanks."""
    found = seeks(progress(*given_needs))
    lines = [line.split(" ") for line in seek_file(found).split("\n") if line]
    assert [(topic, int(number), int(offset)) for topic, number, offset in lines] == [
        (*seek.partition, seek.offset) for seek in found
    ]
