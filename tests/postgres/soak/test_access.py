"""The same soak with each party as a login that is a member of its own group role, and of nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
import pytest
from sqlalchemy import URL

from tests.postgres.soak import scenarios
from tests.postgres.soak.mergers import Merging
from tests.postgres.soak.world import (
    FINAL,
    INTO_STAGING,
    PROCEDURE,
    SCHEMA,
    STAGING,
    Roles,
    World,
    connect,
    events_sql,
)

ROLES = Roles(*(f"soak_{os.getpid()}_{name}" for name in ("pipeline", "merge", "reader")))
PASSWORD = "soak"
VIEWS = (
    "merge_status", "recent_errors", "processing_gaps", "replication_lag", "processing_statistics",
    "customer_sync_health", "customer_gap_alerts", "replay_needed", "watermarks", "processing_log",
)  # fmt: skip


@dataclass(frozen=True)
class Parties:
    """The world, and what each party logs in with."""

    world: World
    writer: URL
    merger: URL
    reader: URL


@pytest.fixture
def parties(database_url: URL) -> Iterator[Parties]:
    world = World(database_url, roles=ROLES)
    world.create()
    logins = {f"{group}_login": group for group in (ROLES.pipeline, ROLES.merge, ROLES.reader)}
    for login, group in logins.items():
        world.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}' IN ROLE {group}")
    urls = [database_url.set(username=login, password=PASSWORD) for login in logins]
    yield Parties(world, *urls)
    for role in (*logins, *logins.values()):
        world.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def run(url: URL, sql: str) -> list[tuple[object, ...]]:
    connection = connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def assert_refused(url: URL, *statements: str) -> None:
    for sql in statements:
        try:
            run(url, sql)
        except psycopg2.errors.InsufficientPrivilege:
            continue
        pytest.fail(f"{url.username} was allowed to: {sql}")


def test_a_soak_with_no_more_rights_than_needed(parties: Parties) -> None:
    outcome = scenarios.soak(
        parties.world, 6, [Merging("pending"), Merging("steps", 500)],
        writer_url=parties.writer, merger_url=parties.merger, observe=False,
    )  # fmt: skip
    assert outcome.errors == ()
    assert outcome.verdict.faults() == {}
    assert outcome.verdict.errors == []
    assert outcome.verdict.logged == outcome.sent
    assert outcome.merges > 0


def test_the_pipeline_may_only_insert_into_staging(parties: Parties) -> None:
    run(parties.writer, f"INSERT INTO {INTO_STAGING} {events_sql('0', '0', '9')}")
    assert_refused(
        parties.writer,
        f"SELECT FROM {FINAL}",
        f"INSERT INTO {FINAL} (id) VALUES (1)",
        f"SELECT FROM {STAGING}",
        f"DELETE FROM {STAGING}",
        f"TRUNCATE {STAGING}",
        f"CALL {PROCEDURE}()",
        "CALL cdc_management.run_pending_merges()",
        "SELECT cdc_management.switch_slot('soak', 'Ledger', '1 second')",
        "UPDATE cdc_management.watermarks SET last_offset = 0",
        f"CREATE TABLE {SCHEMA}.mine ()",
    )


def test_the_merge_role_may_only_merge(parties: Parties) -> None:
    assert_refused(
        parties.merger,
        f"INSERT INTO {INTO_STAGING} {events_sql('0', '0', '9')}",
        f'ALTER TABLE {STAGING} ALTER COLUMN "__slot" SET DEFAULT 1',
        f"DROP TABLE {STAGING}",
        f"DELETE FROM {FINAL}",
        f"TRUNCATE {FINAL}",
        "DELETE FROM cdc_management.watermarks",
        "DELETE FROM cdc_management.merge_state",
        # What the scheduler calls and empties, with rights of its own:
        "UPDATE cdc_management.merge_state SET procedure_name = 'mine'",
        "UPDATE cdc_management.merge_state SET purge_procedure = 'mine', schema_name = 'pg_temp'",
        "UPDATE cdc_management.merge_state SET staging_name = 'mine'",
        f"CREATE TABLE {SCHEMA}.mine ()",
    )


def test_readers_see_everything_and_change_nothing(parties: Parties) -> None:
    run(parties.writer, f"INSERT INTO {INTO_STAGING} {events_sql('0', '0', '9')}")
    run(parties.merger, "CALL cdc_management.run_pending_merges()")
    run(parties.writer, f"INSERT INTO {INTO_STAGING} {events_sql('0', '10', '19')}")
    for view in VIEWS:
        run(parties.reader, f"SELECT * FROM cdc_management.{view}")
    assert run(parties.reader, f"SELECT count(*) FROM {FINAL}") == [(10,)]
    assert run(parties.reader, "SELECT status, rows_waiting FROM cdc_management.merge_status") == [
        ("PENDING", 10)
    ]
    assert_refused(
        parties.reader,
        f"INSERT INTO {INTO_STAGING} {events_sql('0', '0', '9')}",
        f"UPDATE {FINAL} SET version = 0",
        f"CALL {PROCEDURE}()",
        "CALL cdc_management.run_pending_merges()",
        "SELECT cdc_management.acknowledge_replay()",
    )
