"""The runner against a real server: locks that are not free, time that runs out, sessions that break, rights."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine

import cdcmig.operations  # noqa: F401 - registers the operations
from cdcmig.errors import TargetError, UnreachableError
from cdcmig.merging import offsets, runner, views
from cdcmig.merging.run import Run, Runner, summary
from cdcmig.merging.steps import Merge
from cdcmig.merging.tasks import Filter

NAMES = ("A", "b %s", 'c"d')


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Three empty tables with odd names; every statement commits."""
    with engine.connect() as connection:
        op = Operations(MigrationContext.configure(connection))
        connection.exec_driver_sql("CREATE SCHEMA cdc_management; CREATE SCHEMA tenant")
        op.create_cdc_management(schema="cdc_management")
        for name in NAMES:
            op.create_table(
                name,
                sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
                sa.Column("note", sa.Text),
                sa.Column(
                    "__sync_timestamp",
                    sa.TIMESTAMP(timezone=True),
                    nullable=False,
                    server_default=sa.func.now(),
                ),
                sa.Column("__source", sa.Text),
                sa.Column("__source_ts_ms", sa.BigInteger),
                sa.Column("__deleted", sa.Boolean, nullable=False, server_default=sa.false()),
                sa.Column("__operation", sa.Text),
                sa.Column("__lsn", sa.Text(collation="C")),
                sa.Column("__seq_val", sa.Text(collation="C")),
                schema="tenant",
            )
            op.create_staging_table(f"stg_{name}", like=name, schema="tenant")
            op.create_merge_procedure(
                f"sp_merge_{name}", table=name, staging=f"stg_{name}", key=["id"], columns=["note"],
                purge=f"sp_purge_{name}", schema="tenant",
            )  # fmt: skip
        connection.commit()
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        yield connection


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stage(connection: Connection, name: str, count: int, *, first: int = 0, topic: str | None = None) -> None:
    connection.exec_driver_sql(
        f"INSERT INTO tenant.{quoted('stg_' + name)} (id, note, __kafka_topic, __kafka_partition, __kafka_offset)"
        f" SELECT i, 'x', '{topic or 'topic ' + name[0]}', 0, i"
        f" FROM generate_series({first}, {first + count - 1}) AS i",
        execution_options={"no_parameters": True},
    )


def test_rows_are_counted_over_tables_and_workers(connection: Connection, database_url: URL) -> None:
    for name in NAMES:
        stage(connection, name, 10)
    run = Runner(database_url, jobs=3).once()
    assert (run.count("MERGED"), run.rows.staged, run.rows.inserted) == (3, 30, 30)
    assert summary(run)["merged"] == 3
    assert run.seconds > 0


def test_table_whose_lock_is_held_is_postponed_and_merged_later(
    connection: Connection, engine: Engine, database_url: URL
) -> None:
    stage(connection, "A", 1)
    stage(connection, "b %s", 1)
    merging = Runner(database_url, Merge(swap_wait=0.02))
    with engine.connect() as other:
        other.exec_driver_sql('LOCK TABLE tenant."A" IN SHARE MODE')
        run = merging.once()
        assert {result.task.table: result.outcome for result in run.results} == {
            "A": "POSTPONED",
            "b %s": "MERGED",
        }
    assert merging.once().count("MERGED") == 1
    assert not run.failed


def test_lock_that_comes_free_in_time_is_waited_for(
    connection: Connection, engine: Engine, database_url: URL
) -> None:
    stage(connection, "A", 1)
    with engine.connect() as other:
        other.exec_driver_sql('LOCK TABLE tenant."A" IN SHARE MODE')
        free = threading.Timer(0.5, other.rollback)
        free.start()
        run = Runner(database_url, Merge(swap_wait=0.3)).once()
        free.join()
    assert run.count("MERGED") == 1


def test_no_step_begins_after_max_time(connection: Connection, database_url: URL) -> None:
    for name in NAMES:
        stage(connection, name, 1)
    run = Runner(database_url, max_time=0.0).once()
    assert run.count("POSTPONED") == 3
    assert run.rows.staged == 0


def test_a_worker_changes_its_session_now_and_then(
    connection: Connection, database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_TABLES_A_SESSION", 1)
    for name in NAMES:
        stage(connection, name, 1)
    assert Runner(database_url).once().count("MERGED") == 3


def test_lost_session_is_no_failure_of_the_table(connection: Connection, database_url: URL) -> None:
    connection.exec_driver_sql(
        "CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid());"
        " PERFORM pg_catalog.pg_sleep(1);"
        " RETURN NULL; END $$"
    )
    connection.exec_driver_sql('CREATE TRIGGER die AFTER INSERT ON tenant."A" EXECUTE FUNCTION public.die()')
    stage(connection, "A", 1)
    with pytest.raises(UnreachableError, match="the connection was lost"):
        Runner(database_url).once()
    assert connection.exec_driver_sql("SELECT sum(failures) FROM cdc_management.merge_state").scalar() == 0
    connection.exec_driver_sql('DROP TRIGGER die ON tenant."A"')
    assert Runner(database_url).once().count("MERGED") == 1


def test_failure_is_written_with_all_its_parts(connection: Connection, database_url: URL) -> None:
    connection.exec_driver_sql(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no way' USING ERRCODE = 'ZZ001', DETAIL = 'why', HINT = 'how'; END $$"
    )
    connection.exec_driver_sql(
        'CREATE TRIGGER refuse BEFORE INSERT ON tenant."A" EXECUTE FUNCTION public.refuse()'
    )
    stage(connection, "A", 1)
    run = Runner(database_url).once()
    assert [(failed.task.table, failed.error) for failed in run.failed] == [("A", "no way")]
    logged = connection.exec_driver_sql(
        "SELECT sqlstate, message, detail, hint, context LIKE '%%refuse()%%' FROM cdc_management.error_log"
    ).one()
    assert tuple(logged) == ("ZZ001", "no way", "why", "how", True)


def test_watch_leaves_a_failing_table_alone_for_a_while(connection: Connection, database_url: URL) -> None:
    connection.exec_driver_sql('ALTER TABLE tenant."A" ADD CONSTRAINT never CHECK (id < 0)')
    stage(connection, "A", 1)
    watching = Runner(database_url)
    told: list[Run] = []
    thread = threading.Thread(target=watching.watch, args=(0.1, told.append, lambda *_: None))
    thread.start()
    time.sleep(2.5)
    watching.stop.set()
    thread.join(10)
    assert len(told) > 10
    # Due at once, then 0.2, 0.4, 0.8 and 1.6 s after the failure before.
    assert 2 <= sum(len(run.failed) for run in told) <= 5


def test_purge_goes_on_batch_by_batch_and_clears_the_logs(connection: Connection, database_url: URL) -> None:
    for name in NAMES:
        stage(connection, name, 25)
    Runner(database_url).once()
    for name in NAMES:
        connection.exec_driver_sql(
            f"UPDATE tenant.{quoted(name)} SET __deleted = true, __sync_timestamp = now() - interval '1 year'",
            execution_options={"no_parameters": True},
        )
    connection.exec_driver_sql(
        "UPDATE cdc_management.processing_log SET finished_at = now() - interval '1 year'"
    )
    only_a = Runner(database_url, wanted=Filter(tables=("A",))).purge(batch_size=10)
    assert (only_a.purged, only_a.count("PURGED")) == (25, 1)
    assert connection.exec_driver_sql("SELECT count(*) FROM cdc_management.processing_log").scalar() == 3
    assert Runner(database_url, jobs=2).purge(batch_size=10).purged == 50
    assert connection.exec_driver_sql("SELECT count(*) FROM cdc_management.processing_log").scalar() == 0


def test_purge_that_fails_is_told_and_logged(connection: Connection, database_url: URL) -> None:
    connection.exec_driver_sql('DROP PROCEDURE tenant."sp_purge_A"')
    run = Runner(database_url).purge()
    assert [failed.task.table for failed in run.failed] == ["A"]
    assert run.count("PURGED") == 2
    assert connection.exec_driver_sql("SELECT table_name FROM cdc_management.error_log").scalar() == "A"


def test_gaps_of_tables_that_share_a_partition(connection: Connection, database_url: URL) -> None:
    """What one table has seen is not missing in the other; what none has seen is."""
    stage(connection, "A", 5, first=0, topic="shared")
    stage(connection, "b %s", 5, first=5, topic="shared")
    Runner(database_url).once()
    stage(connection, "A", 5, first=10, topic="shared")
    Runner(database_url).once()
    assert not [row for row in views.partitions(connection, Filter()) if row["kind"]]
    stage(connection, "b %s", 1, first=20, topic="shared")
    Runner(database_url).once()
    found = [row for row in views.partitions(connection, Filter()) if row["kind"]]
    assert [(row["table_name"], row["first_offset"], row["last_missing"]) for row in found] == [
        ("b %s", 15, 19)
    ]


def test_progress_after_a_crash(connection: Connection, database_url: URL) -> None:
    stage(connection, "A", 5, topic="a")
    stage(connection, "b %s", 3, topic="b")
    Runner(database_url).once()
    assert offsets.read(connection, after_crash=True).needs == ()
    connection.exec_driver_sql("TRUNCATE cdc_management.crash_witness")
    run = Runner(database_url).once()
    assert run.crash_seen
    found = offsets.seeks(offsets.read(connection, after_crash=True))
    assert offsets.seek_file(found) == "a 0 5\nb 0 3\n"
    stage(connection, "A", 1, first=5, topic="a")
    assert not Runner(database_url).once().crash_seen
    assert offsets.seek_file(offsets.seeks(offsets.read(connection, after_crash=True))) == "b 0 3\n"


def test_merge_role_suffices(connection: Connection, database_url: URL) -> None:
    """Grants of the infrastructure and of one table; nothing else is needed to merge, to purge and to look."""
    op = Operations(MigrationContext.configure(connection))
    op.grant_cdc_access(
        "A", staging="stg_A", procedure="sp_merge_A", purge="sp_purge_A", pipeline="cdc_pipeline", merge="cdc_merge",
        reader="cdc_reader", schema="tenant",
    )  # fmt: skip
    connection.exec_driver_sql("CREATE ROLE runner_of_this_test LOGIN IN ROLE cdc_merge")
    connection.exec_driver_sql("CREATE ROLE looker_of_this_test LOGIN IN ROLE cdc_reader")
    try:
        stage(connection, "A", 3)
        only = Filter(tables=("A",))
        url = database_url.set(username="runner_of_this_test")
        assert Runner(url, wanted=only).once().rows.inserted == 3
        assert Runner(url, wanted=only).purge().count("PURGED") == 1
        Runner(url, wanted=Filter()).purge()
        with pytest.raises(TargetError, match="permission denied"):
            Runner(database_url.set(username="looker_of_this_test")).once()
    finally:
        connection.exec_driver_sql("DROP ROLE runner_of_this_test")
        connection.exec_driver_sql("DROP ROLE looker_of_this_test")


def test_an_overload_of_a_procedure_is_never_called(connection: Connection, database_url: URL) -> None:
    """Somebody with CREATE on one schema must not act with the rights of whoever runs the merges."""
    connection.exec_driver_sql(
        """
        CREATE TABLE tenant.calls (what text);
        CREATE PROCEDURE tenant."sp_merge_A"(
            batch_size integer DEFAULT 1, swap_wait text DEFAULT '', work_mem text DEFAULT '',
            one_step boolean DEFAULT false, INOUT outcome text DEFAULT NULL
        ) LANGUAGE sql AS $$ INSERT INTO tenant.calls VALUES ('merge') RETURNING 'EMPTY' $$;
        CREATE PROCEDURE tenant."sp_purge_A"(
            batch_size integer, one_step boolean, INOUT purged bigint DEFAULT 0
        ) LANGUAGE sql AS $$ INSERT INTO tenant.calls VALUES ('purge') RETURNING 0::bigint $$;
        """
    )
    stage(connection, "A", 3)
    run = Runner(database_url).once()
    assert (run.failed, run.rows.inserted) == ([], 3)
    assert Runner(database_url).purge().failed == []
    assert connection.exec_driver_sql("SELECT count(*) FROM tenant.calls").scalar_one() == 0


def test_a_table_without_a_retention_fails_alone(connection: Connection, database_url: URL) -> None:
    connection.exec_driver_sql('DROP PROCEDURE tenant."sp_merge_A"')
    run = Runner(database_url).purge()
    [failed] = run.failed
    assert failed.task.table == "A"
    assert failed.error == 'tenant.A: no merge procedure names the purge procedure "sp_purge_A"'
    assert run.count("PURGED") == 2
