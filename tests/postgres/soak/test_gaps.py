"""What the views say of lost and repeated offsets: every loss, and no alarm where there was none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import URL

from tests.postgres.soak.world import INTO_STAGING, PROCEDURE, STAGING, World, connect, events_sql


@dataclass(frozen=True)
class Table:
    """Partition 0 of the table, and what the views say of it."""

    world: World

    def stage(self, *ranges: tuple[int, int]) -> None:
        for first, last in ranges:
            self.world.execute(f"INSERT INTO {INTO_STAGING} {events_sql('0', str(first), str(last))}")

    def merge(self, *ranges: tuple[int, int]) -> None:
        self.stage(*ranges)
        self.world.execute(f"CALL {PROCEDURE}()")

    def crash(self) -> None:
        """Do what crash recovery does: empty every UNLOGGED table."""
        self.world.execute(f"TRUNCATE {STAGING}; TRUNCATE cdc_management.crash_witness")

    def gaps(self) -> list[tuple[int, int]]:
        return self._rows("SELECT first_offset, last_offset FROM cdc_management.processing_gaps ORDER BY 1")

    def replay_from(self) -> list[int]:
        return [row[0] for row in self._rows("SELECT resume_offset FROM cdc_management.replay_needed")]

    def _rows(self, sql: str) -> list[tuple[int, ...]]:
        connection = connect(self.world.url)
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        connection.close()
        return rows


@pytest.fixture
def table(database_url: URL) -> Table:
    world = World(database_url)
    world.create()
    return Table(world)


@pytest.mark.parametrize(
    "generations",
    [
        [[(0, 99)], [(100, 199)]],
        [[(0, 99)], [(50, 199)]],
        [[(0, 99), (0, 99)], [(100, 199), (150, 299)]],
        [[(0, 999)], [(50, 80), (1000, 1099)]],
        [[(0, 999)], [(1000, 1020), (100, 300)], [(301, 1100)]],
        [[(100, 199), (0, 99)]],
    ],
    ids=["in turn", "overlap", "twice", "old range beside new rows", "consumer sent back", "out of order"],
)
def test_repetition_is_no_gap(table: Table, generations: list[list[tuple[int, int]]]) -> None:
    for ranges in generations:
        table.merge(*ranges)
    assert table.gaps() == []


@pytest.mark.parametrize(
    ("generations", "gaps"),
    [
        ([[(0, 99)], [(200, 299)]], [(100, 199)]),
        ([[(0, 99), (200, 299)]], [(100, 199)]),
        ([[(0, 99)], [(50, 80), (200, 299)]], [(100, 199)]),
        ([[(0, 99), (0, 99), (200, 299)]], [(100, 199)]),  # as many rows as a gapless range
        ([[(0, 99), (0, 99), (0, 99), (200, 299)]], [(100, 199)]),  # more
        ([[(0, 9), (20, 29)], [(40, 49)]], [(10, 19), (30, 39)]),
        ([[(0, 9), (20, 29)], [(40, 49)], [(5, 35)]], [(36, 39)]),
    ],
)
def test_every_gap_is_told_exactly(
    table: Table, generations: list[list[tuple[int, int]]], gaps: list[tuple[int, int]]
) -> None:
    for ranges in generations:
        table.merge(*ranges)
    assert table.gaps() == gaps


def test_with_too_many_gaps_in_a_generation_their_number_is_told(table: Table) -> None:
    table.merge(*((number * 10, number * 10 + 8) for number in range(200)))
    found = table.world.row(
        "SELECT kind, first_offset, last_offset, missing FROM cdc_management.processing_gaps"
    )
    assert found == {"kind": "WITHIN A GENERATION", "first_offset": 0, "last_offset": 1998, "missing": 199}
    table.merge((0, 1998))
    assert table.gaps() == []


def crashed(table: Table) -> None:
    """0–99 are merged, 100–499 are lost."""
    table.merge((0, 99))
    table.stage((100, 499))
    table.crash()
    assert table.replay_from() == [100]


def test_a_replay_is_needed_until_it_happened(table: Table) -> None:
    crashed(table)
    table.merge((100, 200))
    assert table.replay_from() == []
    assert table.gaps() == []


def test_it_is_needed_where_the_consumer_went_on_as_if_nothing_had_happened(table: Table) -> None:
    crashed(table)
    table.merge((500, 599))
    assert table.replay_from() == [100]
    table.merge((100, 300), (600, 650))
    assert table.replay_from() == [301]
    table.merge((301, 700))
    assert table.replay_from() == []
    assert table.gaps() == []


def test_an_old_range_that_comes_again_is_no_replay(table: Table) -> None:
    crashed(table)
    table.merge((50, 80), (500, 599))
    assert table.replay_from() == [100]
    table.merge((80, 120))
    assert table.replay_from() == [121]
    assert table.gaps() == [(121, 499)]


def test_several_crashes(table: Table) -> None:
    crashed(table)
    table.stage((100, 399))
    table.crash()
    assert table.replay_from() == [100]
    table.merge((100, 199))
    assert table.replay_from() == []
    table.stage((200, 399))
    table.crash()
    assert table.replay_from() == [200]
    table.merge((400, 499))
    assert table.replay_from() == [200]
    table.merge((200, 399))
    assert table.replay_from() == []
