"""`cdcmig merge`, `gaps` and `offsets` as operators run them: real subprocesses, a real PostgreSQL, staged rows."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection
from sqlalchemy.pool import NullPool

import cdcmig.operations  # noqa: F401 - registers the operations
from cdcmig.runtime import embedded

BIN = Path(sys.executable).parent
TABLES = 1066

CONFIG = {
    "services/shop.yaml": """\
shop:
  source:
    tables:
      dbo.Item: {}
      dbo.Order: {}
  sinks:
    sink_shop.warehouse:
      tables:
        shop.Item: {from: dbo.Item}
        shop.Order: {from: dbo.Order}
""",
    "services/_schemas/shop/dbo/Item.yaml": """\
database: Shop
schema: dbo
service: shop
table: Item
columns:
- {name: Id, type: int, nullable: false, primary_key: true}
- {name: Name, type: nvarchar(50), nullable: false}
""",
    "services/_schemas/shop/dbo/Order.yaml": """\
database: Shop
schema: dbo
service: shop
table: Order
columns:
- {name: Id, type: int, nullable: false, primary_key: true}
- {name: Note, type: nvarchar(50), nullable: true}
""",
    "services/source-groups.yaml": """\
shop:
  pattern: db-per-tenant
  type: mssql
  servers:
    default: {type: mssql, host: sql.example, port: "1433", user: reader, password: "${PASSWORD}"}
  sources:
    Nord:
      schemas: [dbo]
      prod: {server: default, database: ShopNord}
    Sør:
      schemas: [dbo]
      prod: {server: default, database: ShopSor}
""",
    "services/sink-groups.yaml": """\
sink_shop:
  source_group: shop
  pattern: db-shared
  type: postgres
  servers:
    default: {type: postgres, host: pg.example, port: "5432", user: writer, password: "${PASSWORD}"}
  sources:
    warehouse:
      prod: {server: default, database: warehouse}
""",
}


class Shop:
    """The repository, a database, and commands run in the one against the other."""

    def __init__(self, root: Path, url: URL) -> None:
        self.root = root
        self.url = url
        self.engine = sa.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def start(self, *command: str, **variables: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CDC")}
        environment |= {
            "CDCMIG_TARGET_URL": self.url.render_as_string(hide_password=False),
            "PYTHONUNBUFFERED": "1",
        }
        return subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            cwd=self.root,
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, code: int = 0, **variables: str) -> tuple[str, str]:
        """Run a command; return what it prints on both channels."""
        return ended(self.start(*command, **variables), code)

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(statement, values)
            return [tuple(row) for row in found] if found.returns_rows else []

    def stage(self, schema: str, table: str, *rows: tuple[int, str | None], first_offset: int = 0) -> None:
        """Insert rows into staging as the pipeline would, offset by offset."""
        column = "Name" if table == "Item" else "Note"
        for offset, (key, text) in enumerate(rows, first_offset):
            self.sql(
                f'INSERT INTO "{schema}"."stg_{table}" ("Id", "{column}", __lsn, __source_ts_ms, __kafka_topic,'
                " __kafka_partition, __kafka_offset, __kafka_timestamp) VALUES (%s, %s, %s, %s, %s, 0, %s, now())",
                key, text, f"{offset:08}", 1_700_000_000_000 + offset, f"{schema}.{table}".replace("ø", "o"), offset,
            )  # fmt: skip

    def statuses(self) -> dict[str, str]:
        output, _errors = self.run("cdcmig", "merge", "--status", "--json")
        return {f"{row['schema_name']}.{row['table_name']}": row["status"] for row in json.loads(output)}


def ended(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == code, f"exit code {process.returncode}\n{output}\n{errors}"
    assert "Traceback" not in errors
    return output, errors


def eventually(check: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A scratch repository of two tables for two customers."""
    root = tmp_path_factory.mktemp("shop") / "r"
    subprocess.run([str(BIN / "cdcmig"), "init", str(root)], check=True, capture_output=True)
    for path, text in CONFIG.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    written = subprocess.run(
        [str(BIN / "cdcmig"), "revision", "-m", "initial import"],
        cwd=root, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert written.returncode == 0, written.stderr
    yield root
    embedded.stop(root)


@pytest.fixture
def shop(root: Path, database_url: URL) -> Shop:
    shop = Shop(root, database_url)
    shop.run("alembic", "upgrade", "heads")
    return shop


def test_pending_rows_are_merged_once(shop: Shop) -> None:
    shop.stage("nord", "Item", (1, "bolt"), (2, "nut"), (1, "screw"))
    shop.stage("sør", "Order", (7, "urgent"))
    assert shop.statuses() == {
        "nord.Item": "PENDING", "nord.Order": "IDLE", "sør.Item": "IDLE", "sør.Order": "PENDING",
    }  # fmt: skip
    assert "PENDING" in shop.run("cdcmig", "merge", "--dry-run")[0]
    output, _errors = shop.run("cdcmig", "merge")
    assert "2 tables merged, 4 rows (3 inserted, 1 duplicates)" in output
    assert shop.sql('SELECT "Id", "Name" FROM nord."Item" ORDER BY "Id"') == [(1, "screw"), (2, "nut")]
    assert shop.sql('SELECT "Id", "Note" FROM "sør"."Order"') == [(7, "urgent")]
    assert set(shop.statuses().values()) == {"IDLE"}
    assert "0 tables merged in" in shop.run("cdcmig", "merge")[0]


def test_patterns_choose_schemas_and_tables(shop: Shop) -> None:
    for schema in ("nord", "sør"):
        shop.stage(schema, "Item", (1, "bolt"))
        shop.stage(schema, "Order", (1, None))
    shop.run("cdcmig", "merge", "--schema", "n*", "--table", "I?em")
    pending = {name for name, status in shop.statuses().items() if status == "PENDING"}
    assert pending == {"nord.Order", "sør.Item", "sør.Order"}


@pytest.mark.parametrize(
    "command",
    [("merge",), ("merge", "--watch", "1s"), ("merge", "--status"), ("merge", "--purge"), ("gaps",)],
)
def test_pattern_that_fits_nothing_is_an_error(shop: Shop, command: tuple[str, ...]) -> None:
    _output, errors = shop.run("cdcmig", *command, "--schema", "nrd", "--schema", "s*", code=2)
    assert 'no schema "nrd"; did you mean "nord"?' in errors
    _output, errors = shop.run("cdcmig", *command, "--schema", "nord", "--table", "Itm*", code=2)
    assert 'no table "Itm*"; did you mean "Item"?' in errors
    assert "the database has 2: Item, Order" in errors


def test_failing_table_is_told_and_stops_no_other(shop: Shop) -> None:
    shop.stage("nord", "Item", (1, "bolt"))
    shop.stage("sør", "Item", (1, "nut"))
    shop.sql('ALTER TABLE nord."Item" ADD CONSTRAINT no_bolts CHECK ("Name" <> %s)', "bolt")
    shop.stage("nord", "Order", (3, "x"))
    output, errors = shop.run("cdcmig", "merge", code=1)
    assert "failed: nord.Item: new row for relation" in errors
    assert "no_bolts" in errors
    assert "2 tables merged, 2 rows" in output
    assert "1 failed" in output
    assert shop.statuses()["nord.Item"] == "FAILING"
    assert shop.sql("SELECT table_name, sqlstate FROM cdc_management.recent_errors") == [("Item", "23514")]
    assert "no_bolts" in shop.run("cdcmig", "merge", "--status")[0]
    shop.sql('ALTER TABLE nord."Item" DROP CONSTRAINT no_bolts')
    data = json.loads(shop.run("cdcmig", "merge", "--json")[0])
    assert (data["merged"], data["failed"], data["inserted"], data["errors"]) == (1, 0, 1, [])
    assert shop.sql('SELECT "Name" FROM nord."Item"') == [("bolt",)]


def test_watch_merges_until_it_is_told_to_stop(shop: Shop) -> None:
    service = shop.start("cdcmig", "merge", "--watch", "200ms", "--json")
    try:
        for number in range(3):
            shop.stage("nord", "Item", (number, "bolt"), first_offset=number)
            eventually(
                lambda wanted=number + 1: shop.sql('SELECT count(*) FROM nord."Item"') == [(wanted,)],
                "a merge",
            )
    finally:
        service.send_signal(signal.SIGTERM)
    output, errors = ended(service)
    assert errors.rstrip().endswith("stopped")
    assert sum(json.loads(line)["inserted"] for line in output.splitlines()) == 3


def test_stop_waits_for_the_transaction_under_way(shop: Shop) -> None:
    """A step that takes seconds is finished and committed; the next one is not begun."""
    shop.sql(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_catalog.pg_sleep(1.5); RETURN NULL; END $$"
    )
    shop.sql('CREATE TRIGGER slow AFTER INSERT ON nord."Item" EXECUTE FUNCTION public.slow()')
    shop.sql(
        'INSERT INTO nord."stg_Item" ("Id", "Name", __kafka_topic, __kafka_partition, __kafka_offset)'
        " SELECT i, 'bolt', 'nord.Item', 0, i FROM generate_series(1, 1000) AS i"  # several blocks, for batches
    )
    process = shop.start("cdcmig", "merge", "--batch-size", "1")
    eventually(
        lambda: (
            shop.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CALL%%' AND wait_event = 'PgSleep'"
            )
            == [(1,)]
        ),
        "the slow step",
    )
    process.send_signal(signal.SIGINT)
    output, _errors = ended(process)
    assert "1 postponed" in output
    merged = shop.sql('SELECT count(*) FROM nord."Item"')[0][0]
    assert 0 < merged < 1000
    shop.sql('DROP TRIGGER slow ON nord."Item"')
    shop.run("cdcmig", "merge")
    assert shop.sql('SELECT count(*) FROM nord."Item"') == [(1000,)]
    assert shop.sql("SELECT staged, inserted FROM cdc_management.processing_log") == [(1000, 1000)]


def test_watch_outlives_a_server_that_goes_away(shop: Shop) -> None:
    administration = sa.create_engine(
        shop.url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )

    def administer(statement: str) -> None:
        with administration.connect() as connection:
            connection.exec_driver_sql(statement)

    name = shop.url.database
    service = shop.start("cdcmig", "merge", "--watch", "100ms")
    try:
        shop.stage("nord", "Item", (1, "bolt"))
        eventually(lambda: shop.sql('SELECT count(*) FROM nord."Item"') == [(1,)], "the first merge")
        shop.stage("nord", "Item", (2, "nut"), first_offset=1)
        administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        time.sleep(2.5)
        assert service.poll() is None
        administer(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        eventually(lambda: shop.sql('SELECT count(*) FROM nord."Item"') == [(2,)], "a merge after that")
    finally:
        service.send_signal(signal.SIGTERM)
    _output, errors = ended(service)
    assert re.search(r"(lost|cannot connect).*next try in", errors, re.DOTALL)
    assert errors.rstrip().endswith("stopped")


def test_without_watch_a_lost_server_is_an_error(shop: Shop) -> None:
    _output, errors = shop.run(
        "cdcmig", "merge", code=2, CDCMIG_TARGET_URL="postgresql://me:s3cr3t@127.0.0.1:1/warehouse"
    )
    assert "cannot connect to postgresql://me:***@127.0.0.1:1/warehouse" in errors
    assert "s3cr3t" not in errors


def test_database_without_infrastructure_says_what_to_do(root: Path, database_url: URL) -> None:
    shop = Shop(root, database_url)
    for command in (["merge"], ["merge", "--status"], ["merge", "--purge"], ["gaps"], ["offsets"]):
        assert "alembic upgrade heads" in shop.run("cdcmig", *command, code=2)[1]


def test_two_runners_side_by_side_merge_everything_once(shop: Shop) -> None:
    for schema in ("nord", "sør"):
        for table in ("Item", "Order"):
            shop.stage(schema, table, *((number, "x") for number in range(50)))
    runners = [shop.start("cdcmig", "merge", "--jobs", "2", "--json", "--batch-size", "10") for _ in range(2)]
    told = [json.loads(ended(runner)[0]) for runner in runners]
    assert sum(run["merged"] for run in told) + sum(run["postponed"] for run in told) >= 4
    shop.run("cdcmig", "merge")
    assert shop.sql(
        "SELECT count(*), sum(inserted), sum(staged)::int FROM cdc_management.processing_log"
    ) == [(4, 200, 200)]


def test_purge_deletes_old_tombstones(shop: Shop) -> None:
    shop.stage("nord", "Item", (1, "bolt"), (2, "nut"))
    shop.run("cdcmig", "merge")
    shop.sql('UPDATE nord."Item" SET __deleted = true')
    shop.sql('UPDATE nord."Item" SET __sync_timestamp = now() - interval \'9 days\' WHERE "Id" = 1')
    planned = json.loads(shop.run("cdcmig", "merge", "--purge", "--dry-run", "--json")[0])
    assert sum(row["tombstones"] for row in planned) == 1
    assert "8 days" in shop.run("cdcmig", "merge", "--purge", "--dry-run")[0]
    output, _errors = shop.run("cdcmig", "merge", "--purge")
    assert "1 tombstone of 4 tables purged" in output
    assert shop.sql('SELECT "Id" FROM nord."Item"') == [(2,)]


def plan(shop: Shop, *options: str) -> list[tuple[str, str, int]]:
    """Return what a purge would delete, by table."""
    output, _errors = shop.run("cdcmig", "merge", "--purge", "--dry-run", "--json", *options)
    return [(row["schema_name"], row["table_name"], row["tombstones"]) for row in json.loads(output)]


def test_purge_is_planned_for_names_with_percent_signs(root: Path, database_url: URL) -> None:
    shop = Shop(root, database_url)
    with sa.create_engine(database_url, poolclass=NullPool).begin() as connection:
        build_many(connection, ["50%", "%s", "%(a)s"], schema="100%s")
        insert = 'INSERT INTO "100%s"."%s" VALUES (1, now() - interval \'9 days\', NULL, NULL, true)'
        connection.exec_driver_sql(insert, execution_options={"no_parameters": True})
    assert plan(shop) == [("100%s", "%(a)s", 0), ("100%s", "%s", 1), ("100%s", "50%", 0)]
    assert "1 tombstone of 3 tables purged" in shop.run("cdcmig", "merge", "--purge")[0]
    assert plan(shop, "--table", "%s") == [("100%s", "%s", 0)]


def test_purge_is_planned_without_a_lock_on_the_tables_behind(shop: Shop) -> None:
    """The plan waits for the last table, and whoever migrates the others does not wait for the plan."""
    with shop.engine.connect().execution_options(isolation_level="READ COMMITTED") as migration:
        migration.exec_driver_sql('LOCK TABLE "sør"."Order"')
        planning = shop.start("cdcmig", "merge", "--purge", "--dry-run", "--json")
        eventually(
            lambda: shop.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(1,)],
            "the plan at the last",
        )
        held = shop.sql(
            "SELECT relation::regclass::text FROM pg_locks WHERE locktype = 'relation' AND granted"
            " AND pid = (SELECT pid FROM pg_locks WHERE NOT granted) AND relation >= 16384"
        )
        migration.rollback()
    assert held == []
    assert len(json.loads(ended(planning)[0])) == 4


def test_purge_of_a_table_whose_merge_procedure_was_dropped(shop: Shop) -> None:
    [(procedure,)] = shop.sql(
        "SELECT procedure_name FROM cdc_management.merge_state WHERE (schema_name, table_name) = (%s, %s)",
        "nord",
        "Item",
    )
    shop.sql(f'DROP PROCEDURE nord."{procedure}"')
    errors = shop.run("cdcmig", "merge", "--purge", "--dry-run", code=2)[1]
    assert "the merge procedure, which holds the retention, does not exist: nord.Item\n" in errors
    assert "cdcmig check --target" in errors
    assert plan(shop, "--schema", "sør") == [("sør", "Item", 0), ("sør", "Order", 0)]


def test_gaps_tell_and_fail(shop: Shop) -> None:
    shop.stage("nord", "Item", (1, "bolt"), (2, "nut"))
    shop.run("cdcmig", "merge")
    assert "no gaps in 1 partition of tables" in shop.run("cdcmig", "gaps")[1]
    shop.stage("nord", "Item", (3, "screw"), first_offset=10)
    shop.run("cdcmig", "merge")
    output, errors = shop.run("cdcmig", "gaps", code=1)
    assert re.search(r"nord +Item +nord.Item +0 +10 .* 8 +2–9 +between generations", output)
    assert "1 gap, 8 offsets missing, in nord" in errors
    shop.run("cdcmig", "gaps", "--schema", "sør")
    found = json.loads(shop.run("cdcmig", "gaps", "--only-gaps", "--json", code=1)[0])
    assert [(row["schema_name"], row["missing"]) for row in found] == [("nord", 8)]
    shop.stage("nord", "Item", *((number, "late") for number in range(8)), first_offset=2)
    shop.run("cdcmig", "merge")
    shop.run("cdcmig", "gaps")


def test_offsets_in_the_format_of_rpk(shop: Shop) -> None:
    shop.stage("sør", "Order", (1, None), first_offset=41)
    shop.stage("nord", "Item", (1, "bolt"), first_offset=6)
    shop.run("cdcmig", "merge")
    output, errors = shop.run("cdcmig", "offsets")
    assert output == "nord.Item 0 7\nsor.Order 0 42\n"
    assert "--brokers" in errors
    assert shop.run("cdcmig", "offsets", "--topic", "sor.*")[0] == "sor.Order 0 42\n"
    assert "sor.Order" not in shop.run("cdcmig", "offsets", "--except-topic", "sor.*")[0]
    errors = shop.run("cdcmig", "offsets", "--after-crash", "--topic", "sor.Ordr", code=2)[1]
    assert 'a topic "sor.Ordr"; did you mean "sor.Order"?' in errors
    output, errors = shop.run("cdcmig", "offsets", "--after-crash")
    assert (output, errors) == ("", "nothing is to be consumed again\n")


def test_offsets_after_a_crash_until_they_were_seen_again(shop: Shop) -> None:
    shop.stage("nord", "Item", (1, "bolt"))
    shop.run("cdcmig", "merge")
    shop.stage("nord", "Item", (2, "nut"), first_offset=1)
    # What crash recovery does: UNLOGGED tables are empty.
    shop.sql('TRUNCATE cdc_management.crash_witness, nord."stg_Item_0", nord."stg_Item_1"')
    assert shop.run("cdcmig", "offsets", "--after-crash")[0] == "nord.Item 0 1\n"
    assert "offsets --after-crash" in shop.run("cdcmig", "merge")[1]
    assert "offsets --after-crash" not in shop.run("cdcmig", "merge")[1]
    assert shop.run("cdcmig", "offsets", "--after-crash")[0] == "nord.Item 0 1\n"
    shop.stage("nord", "Item", (2, "nut"), first_offset=1)
    shop.run("cdcmig", "merge")
    assert shop.run("cdcmig", "offsets", "--after-crash")[0] == ""
    assert shop.sql('SELECT "Name" FROM nord."Item" ORDER BY "Id"') == [("bolt",), ("nut",)]


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    """librdkafka's mock cluster in this process, with topic nord.Item of 4 partitions, 10 messages in the first."""
    kafka = pytest.importorskip("confluent_kafka", reason="needs the extra cdcmig[kafka]")
    producer = kafka.Producer({"test.mock.num.brokers": 1})
    broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
    for _ in range(10):
        producer.produce("nord.Item", b"x", partition=0)
    assert producer.flush(10) == 0
    yield f"{broker.host}:{broker.port}"
    del producer  # the cluster lives as long as it does


def test_offsets_are_applied_after_a_dry_run(shop: Shop, brokers: str) -> None:
    shop.stage("nord", "Item", (1, "bolt"), first_offset=6)
    shop.run("cdcmig", "merge")
    command = ("cdcmig", "offsets", "--brokers", brokers, "--group", "pipeline")
    output, errors = shop.run(*command, "--apply", "--dry-run")
    assert re.search(r"nord.Item +0 +7\n", output)
    assert "4 partitions; dry run: nothing was changed" in errors
    assert "nord.Item 3: from the beginning" in errors
    assert json.loads(shop.run(*command, "--json")[0])[0]["committed"] is None
    assert "set for group pipeline" in shop.run(*command, "--apply")[1]
    found = json.loads(shop.run(*command, "--json")[0])
    assert [(row["partition"], row["offset"]) for row in found[:2]] == [(0, 7), (1, 0)]
    assert found[0]["committed"] == 7


def test_offsets_that_the_brokers_cannot_fulfil(shop: Shop, brokers: str) -> None:
    shop.stage("nord", "Item", (1, "bolt"), first_offset=90)
    shop.stage("sør", "Item", (1, "bolt"))
    shop.run("cdcmig", "merge")
    errors = shop.run("cdcmig", "offsets", "--brokers", brokers, "--group", "g", "--apply", code=2)[1]
    assert 'topic "nord.Item", partition 0 ends at 10, before 91' in errors
    assert 'no topic "sor.Item"' in errors


def test_applying_without_the_extra(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "confluent_kafka").mkdir()
    (tmp_path / "confluent_kafka/__init__.py").write_text("raise ImportError('not installed')")
    errors = shop.run("cdcmig", "offsets", "--brokers", "b:9092", code=2, PYTHONPATH=str(tmp_path))[1]
    assert "pip install 'cdcmig[kafka]'" in errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("merge", "--watch", "5 fortnights"), "is no duration"),
        (("merge", "--watch", "0s"), "is no duration"),
        (("merge", "--status", "--watch", "5s"), "--watch excludes"),
        (("offsets", "--apply"), "--brokers and --group"),
        (("offsets", "--dry-run"), "--apply"),
        (("offsets", "--group", "g"), "--brokers"),
    ],
)
def test_wrong_usage(root: Path, database_url: URL, arguments: tuple[str, ...], message: str) -> None:
    assert message in Shop(root, database_url).run("cdcmig", *arguments, code=2)[1]


def test_schedule_of_the_config_becomes_a_changeset(root: Path, database_url: URL, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "r", ignore=shutil.ignore_patterns(".cdcmig", "__pycache__"))
    shop = Shop(tmp_path / "r", database_url)
    branch = shop.root / "alembic/versions/sink_shop.warehouse/cdc_management"
    try:
        for number, schedule in enumerate(("30 seconds", "*/5 * * * *", None, "30 seconds"), 2):
            settings = (
                f"sinks: {{sink_shop.warehouse: {{schedule: '{schedule}'}}}}\n" if schedule else "sinks: {}\n"
            )
            (shop.root / "cdcmig.yaml").write_text(settings)
            shop.run("cdcmig", "revision", "-m", "x")
            assert "nothing changed" in shop.run("cdcmig", "revision", "-m", "x")[0]
            assert len(list(branch.glob("*.py"))) == number
    finally:
        embedded.stop(shop.root)
    texts = [
        path.read_text() for path in sorted((shop.root / "alembic/changesets/cdc_management").glob("*.py"))
    ]
    assert [re.findall(r"op\.(\w+)\('([^']+)'", text) for text in texts[1:]] == [
        [("schedule_merges", "30 seconds"), ("unschedule_merges", "30 seconds")],
        [("schedule_merges", "*/5 * * * *"), ("schedule_merges", "30 seconds")],
        [("unschedule_merges", "*/5 * * * *"), ("schedule_merges", "*/5 * * * *")],
        [("schedule_merges", "30 seconds"), ("unschedule_merges", "30 seconds")],
    ]
    # This server has no pg_cron, and that must stop nobody.
    shop.run("alembic", "upgrade", "heads")
    shop.run("alembic", "downgrade", "-2", "-x", "schema=cdc_management")
    assert (
        "cron.schedule" in shop.run("alembic", "upgrade", "head", "-x", "schema=cdc_management", "--sql")[0]
    )


@pytest.fixture
def login(database_url: URL, server_url: URL) -> Iterator[str]:
    """A login role that is dropped after the test."""
    name = 'odd "user" %s'
    quoted = '"' + name.replace('"', '""') + '"'
    server = sa.create_engine(server_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    options = {"no_parameters": True}
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {quoted} LOGIN", execution_options=options)
        yield name
        connection.exec_driver_sql(f"DROP ROLE {quoted}", execution_options=options)


def test_login_role_may_stage_and_merge(root: Path, database_url: URL, login: str) -> None:
    shop = Shop(root, database_url)
    shop.run("alembic", "upgrade", "heads", CDC_DB_USER=login)
    as_login = Shop(root, database_url.set(username=login))
    as_login.stage("nord", "Item", (1, "bolt"))
    as_login.run("cdcmig", "merge")
    assert shop.sql('SELECT "Name" FROM nord."Item"') == [("bolt",)]
    for refused in ('DELETE FROM nord."stg_Item"', "DELETE FROM cdc_management.watermarks"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            as_login.sql(refused)


def test_login_role_in_a_script(root: Path, database_url: URL, login: str) -> None:
    shop = Shop(root, database_url)
    script, _log = shop.run("alembic", "upgrade", "head", "-x", "schema=nord", "--sql", CDC_DB_USER=login)
    assert 'GRANT "cdc_merge" TO "odd ""user"" %s"' in script
    assert "GRANT" not in re.sub(
        r"(?s)GRANT [^;]* ON .*?;",
        "",
        shop.run("alembic", "upgrade", "head", "-x", "schema=nord", "--sql")[0],
    )


def test_login_role_that_does_not_exist(root: Path, database_url: URL) -> None:
    _output, errors = Shop(root, database_url).run(
        "alembic", "upgrade", "heads", code=2, CDC_DB_USER="nobody"
    )
    assert 'there is no role "nobody", which CDC_DB_USER names' in errors


def test_user_without_rights_is_told_which_role_is_missing(shop: Shop, login: str) -> None:
    errors = Shop(shop.root, shop.url.set(username=login)).run("cdcmig", "merge", code=2)[1]
    assert "permission denied" in errors
    assert "merge role" in errors


def test_1066_tables_pending_at_once(
    root: Path, database_url: URL, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(root, database_url)
    begun = time.monotonic()
    with sa.create_engine(database_url, poolclass=NullPool).connect() as connection:
        build_many(connection, [f"T{number}" for number in range(TABLES)])
        connection.commit()
    built = time.monotonic()
    assert set(shop.statuses().values()) == {"PENDING"}
    asked = time.monotonic()
    data = json.loads(shop.run("cdcmig", "merge", "--jobs", "2", "--json")[0])
    with capsys.disabled():
        print(
            f"\n{TABLES} tables pending at once: built in {built - begun:.1f} s, status in {asked - built:.1f} s,"
            f" merged in {data['seconds']:.1f} s"
        )
    assert (data["merged"], data["failed"], data["postponed"], data["staged"]) == (TABLES, 0, 0, TABLES)
    assert set(shop.statuses().values()) == {"IDLE"}


def build_many(connection: Connection, tables: Sequence[str], schema: str = "many") -> None:
    """Create tables in one schema, each with a purge and one staged row."""
    op = Operations(MigrationContext.configure(connection))

    def execute(sql: str) -> None:
        connection.exec_driver_sql(sql, execution_options={"no_parameters": True})

    execute(f'CREATE SCHEMA "{schema}"; CREATE SCHEMA cdc_management')
    op.create_cdc_management(schema="cdc_management")
    for number, table in enumerate(tables):
        execute(
            f'CREATE TABLE "{schema}"."{table}" (id integer PRIMARY KEY,'
            " __sync_timestamp timestamptz NOT NULL DEFAULT now(),"
            " __source text, __source_ts_ms bigint, __deleted boolean NOT NULL DEFAULT false, __operation text,"
            ' __lsn text COLLATE "C", __seq_val text COLLATE "C")'
        )
        op.create_staging_table(f"stg_{table}", like=table, schema=schema)
        op.create_merge_procedure(
            f"sp_merge_{table}", table=table, staging=f"stg_{table}", key=["id"], columns=[],
            purge=f"sp_purge_{table}", schema=schema,
        )  # fmt: skip
        execute(
            f'INSERT INTO "{schema}"."stg_{table}" (id, __lsn, __kafka_topic, __kafka_partition, __kafka_offset)'
            f" VALUES (1, '1', '{schema}.{table}', 0, 0)"
        )
        if number % 100 == 99:  # a transaction holds a lock for each object that it creates
            connection.commit()
