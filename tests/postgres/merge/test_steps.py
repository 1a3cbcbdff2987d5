"""One generation, step by step: what each transaction leaves behind, and what stops it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Counts, Event, Table

WIDE = "x" * 1500  # five rows a block, so that a few dozen keys are several batches


def events(table: Table, keys: int = 40) -> list[Event]:
    """Return three versions of each key, the last one of every fourth key a deletion."""

    def event(version: int, key: int) -> Event:
        gone = version == 2 and key % 4 == 0
        return table.event(version * keys + key, key, f"{version} {WIDE}", at=(version, key), deleted=gone)

    return [event(version, key) for version in range(3) for key in range(keys)]


def expected(keys: int = 40) -> dict[int, tuple[str, bool]]:
    return {key: (f"2 {WIDE}", key % 4 == 0) for key in range(keys)}


def test_an_empty_staging_is_nothing_to_log(create: Create) -> None:
    table = create()
    assert table.steps() == ["EMPTY"]
    assert table.step(one_step=False) == "EMPTY"
    assert (table.log(), table.watermarks(), generation(table)) == ([], {}, 0)
    table.merge(table.event(0, 1, "a", at=1))
    assert table.steps() == ["EMPTY"]
    assert (len(table.log()), table.watermarks(), generation(table)) == (1, {0: 0}, 1)


def generation(table: Table) -> int:
    return int(
        table.scalar(
            f"SELECT generation FROM cdc_management.merge_state WHERE schema_name = '{table.schema}'"
        )
    )


def test_a_small_slot_is_one_statement(create: Create) -> None:
    table = create()
    table.stage(*events(table))
    assert table.steps(batch_size=80) == ["SWITCHED", "MERGED"]  # up to half as many again as the batch
    assert table.rows() == expected()


@pytest.mark.parametrize("batch_size", [1, 7, 20, 79])
def test_a_large_slot_goes_through_the_work_copy_to_the_same_result(create: Create, batch_size: int) -> None:
    table = create()
    table.stage(*events(table))
    outcomes = table.steps(batch_size)
    applied = outcomes.count("APPLIED")
    assert outcomes == ["SWITCHED", "SORTED", *["APPLIED"] * applied, "MERGED"]
    assert (applied > 0) == (batch_size < 40)
    assert table.rows() == expected()
    assert table.log() == [Counts(staged=120, inserted=40, updated=0, stale=0, duplicates=80, deleted=10)]
    assert table.watermarks() == {0: 119}
    assert table.waiting() == 0


def test_the_batch_size_may_change_between_two_steps(create: Create) -> None:
    table = create()
    table.stage(*events(table))
    assert [table.step(size) for size in (1_000_000, 3, 3)] == ["SWITCHED", "SORTED", "APPLIED"]
    assert 0 < len(table.rows()) < 40
    assert table.steps(1_000_000) == ["MERGED"]
    assert table.rows() == expected()
    assert table.log() == [Counts(120, 40, 0, 0, 80, 10)]


def test_what_arrives_during_a_merge_is_the_next_generation(create: Create) -> None:
    table = create()
    table.stage(*events(table))
    assert table.step(10) == "SWITCHED"
    table.stage(table.event(120, 0, "newer", at=9))
    assert table.step(10) == "SORTED"
    table.stage(table.event(121, 41, "new", at=9))
    assert table.steps(10)[-1] == "MERGED"
    assert table.rows() == expected()
    assert table.waiting() == 2
    assert table.steps(10) == ["SWITCHED", "MERGED"]
    assert table.rows() == {**expected(), 0: ("newer", False), 41: ("new", False)}
    assert table.log() == [Counts(120, 40, 0, 0, 80, 10), Counts(2, 1, 1, 0, 0, 0)]
    assert table.watermarks() == {0: 121}


@pytest.mark.parametrize("batch_size", [1_000_000, 5], ids=["one statement", "batches"])
def test_every_row_is_accounted_for(create: Create, batch_size: int) -> None:
    """New keys, newer and older versions of keys that are there, and repetitions of all three in one generation."""
    table = create()
    table.merge(*(table.event(n, n, "before", at=100) for n in range(20)))
    new = [table.event(20 + n, 20 + n, WIDE, at=100 + n) for n in range(7)]
    newer = [table.event(27 + n, n, WIDE, at=101) for n in range(11)]
    older = [table.event(38 + n, 11 + n, WIDE, at=99, deleted=True) for n in range(9)]
    counts = table.merge(*new, *newer, *older, *new[:3], *newer[:2], *older[:4], batch_size=batch_size)
    assert counts == Counts(staged=36, inserted=7, updated=11, stale=9, duplicates=9, deleted=13)
    assert {key for key, (note, _) in table.rows().items() if note == "before"} == set(range(11, 20))


def test_a_row_that_is_smuggled_into_the_frozen_slot_is_found(create: Create) -> None:
    """Of two rows too many, none is counted as merged, and none is thrown away."""
    table = create()
    table.stage(*events(table))
    assert [table.step(20) for _ in range(2)] == ["SWITCHED", "SORTED"]
    table.scalar(
        f'INSERT INTO {table.schema}."stg_T_0" SELECT * FROM {table.schema}."stg_T_0" ORDER BY "__kafka_offset" LIMIT 2'
    )
    with pytest.raises(DBAPIError) as raised:
        table.steps(1_000_000)
    assert raised.value.orig.pgcode == "CDC01"  # type: ignore[union-attr]
    assert "holds 122 rows, but 120 were merged" in str(raised.value)
    assert (table.rows(), table.log(), table.watermarks()) == ({}, [], {})  # the whole transaction was undone
    assert run_pending(table) == (0, 1)
    assert run_pending(table) == (1, 0)
    assert table.rows() == expected()
    assert table.log() == [Counts(staged=122, inserted=40, updated=0, stale=0, duplicates=82, deleted=10)]


@pytest.mark.parametrize(
    "wrong", ["work_rows = work_rows + 1", "read_rows = read_rows + 1", "staged = staged - 1"]
)
def test_a_manipulated_count_rolls_back_and_the_generation_starts_over(create: Create, wrong: str) -> None:
    table = create()
    table.stage(*events(table))
    assert [table.step(20) for _ in range(2)] == ["SWITCHED", "SORTED"]
    table.scalar(f"UPDATE cdc_management.merge_state SET {wrong} WHERE schema_name = '{table.schema}'")
    assert run_pending(table, batch_size=1_000_000) == (0, 1)
    assert (table.rows(), table.log(), table.watermarks()) == ({}, [], {})
    failure = f"SELECT sqlstate FROM cdc_management.error_log WHERE schema_name = '{table.schema}'"
    assert table.scalar(failure) == "CDC01"
    assert run_pending(table, batch_size=20) == (1, 0)
    assert table.rows() == expected()
    assert table.log() == [Counts(120, 40, 0, 0, 80, 10)]
    assert table.watermarks() == {0: 119}


def run_pending(table: Table, batch_size: int = 1_000_000) -> tuple[int, int]:
    """Return how many tables were merged, and how many failed."""
    row = table.connection.exec_driver_sql(
        f"CALL cdc_management.run_pending_merges(p_schema => '{table.schema}', batch_size => {batch_size})"
    ).one()
    return row.merged, row.failed


def test_rows_that_a_trigger_leaves_out_are_missed(create: Create) -> None:
    """However small the slot is: what was not written was not merged."""
    table = create()
    table.scalar(
        f"CREATE FUNCTION {table.schema}.leave_out() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN CASE WHEN NEW.id = 7 THEN NULL ELSE NEW END; END $$"
    )
    table.scalar(
        f'CREATE TRIGGER t BEFORE INSERT ON {table.schema}."T" FOR EACH ROW'
        f" EXECUTE FUNCTION {table.schema}.leave_out()"
    )
    table.stage(*events(table))
    with pytest.raises(DBAPIError, match="39 of 40 keys"):
        table.steps()
    assert (table.rows(), table.log(), table.watermarks()) == ({}, [], {})


@pytest.mark.parametrize("suffix", ["_0", "_w"])
def test_whoever_reads_staging_is_waited_for_a_moment_only(
    create: Create, shared_url: URL, suffix: str
) -> None:
    """A dump, for instance, reads until it has read everything."""
    table = create()
    table.stage(*events(table))
    assert table.step(20) == "SWITCHED"
    with sa.create_engine(shared_url, poolclass=NullPool).connect() as reader:
        reader.exec_driver_sql(f'SELECT FROM {table.schema}."stg_T{suffix}" LIMIT 1')
        outcomes = table.steps(20)
    assert outcomes[-1] == "WAITING"
    assert table.steps(20)[-1] == "MERGED"
    assert table.rows() == expected()
    assert table.log() == [Counts(120, 40, 0, 0, 80, 10)]


def test_staging_that_was_created_anew_begins_at_its_own_slot(create: Create) -> None:
    table = create()
    table.merge(*events(table))  # new rows go to slot 1 now
    op: Any = Operations(MigrationContext.configure(table.connection))
    op.drop_staging_table("stg_T", like="T", schema=table.schema)
    op.create_staging_table("stg_T", like="T", schema=table.schema)
    table.stage(table.event(120, 0, "newer", at=9))
    assert table.step() == "SWITCHED"
    table.stage(table.event(121, 1, "newer", at=9))
    assert table.steps() == ["MERGED"]
    assert (table.rows()[0], table.waiting()) == (("newer", False), 1)


def test_two_tables_in_one_transaction_do_not_share_their_plans(create: Create, shared_url: URL) -> None:
    """The first one is empty and read as a whole; the other one is larger than its slot."""
    small, large = create("Small"), create("Large")
    large.merge(*events(large))
    for table in (small, large):
        table.stage(table.event(120, 0, "newer", at=9))
        assert table.step() == "SWITCHED"
    with sa.create_engine(shared_url, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql(f"CALL {small.schema}.sp_merge_small(one_step => true)")
        connection.exec_driver_sql(f"CALL {small.schema}.sp_merge_large(one_step => true)")
        settings = [
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("enable_nestloop", "enable_mergejoin")
        ]
    assert settings == ["on", "off"]


def test_a_work_copy_that_is_rewritten_in_between_is_made_anew(create: Create) -> None:
    """A change of type rewrites it, here to fewer blocks: block numbers mean nothing then."""
    table = create()
    table.stage(*events(table))
    assert [table.step(10) for _ in range(3)] == ["SWITCHED", "SORTED", "APPLIED"]
    table.scalar(f'ALTER TABLE {table.schema}."stg_T" ALTER COLUMN note TYPE text USING left(note, 2)')
    outcomes = table.steps(10)
    assert (outcomes[0], outcomes[-1]) == ("SORTED", "MERGED")
    assert table.rows() == {key: ("2 ", key % 4 == 0) for key in range(40)}
    (line,) = table.log()
    assert (line.staged, line.inserted + line.updated, line.duplicates) == (120, 40, 80)
