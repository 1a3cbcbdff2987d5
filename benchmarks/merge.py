"""Merging: the procedure that cdcmig emits, against single statements into a plain table, and today's pattern.

Three workloads of 1,000,000 staged events each: new keys in random order, updates of every row, and a mix of
updates, repeated keys and 10% deletes on a table of 5,000,000 rows. The contenders get the same events, each round
in another order, after a round that does not count; ratios are medians of the rounds' own ratios.

floors      one guarded ``MERGE`` and one guarded ``INSERT … ON CONFLICT`` over an UNLOGGED staging table, into a
            plain table with a b-tree on ``__sync_timestamp``
today's     the procedure in use until now, which loses rows; once, for it takes minutes

    python -m benchmarks.merge [--events N] [--rounds N] [--url URL]
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

import cdcmig.operations  # noqa: F401 - registers op.create_staging_table and the others
from benchmarks.measure import seconds
from cdcmig.runtime import embedded, target

SCHEMA = "bench"
PAYLOAD = [f"c{number}" for number in range(1, 13)]
METADATA = [
    "__sync_timestamp",
    "__source",
    "__source_ts_ms",
    "__deleted",
    "__operation",
    "__lsn",
    "__seq_val",
]
AT_LEAST_OF_FLOOR = 0.9
AT_LEAST_OF_TODAY = 10.0


@dataclass(frozen=True)
class Workload:
    """Events over a table that holds rows already.

    Attributes:
        rows: rows in the table before, as a multiple of the events.
        keys: how many keys the events hit, as a multiple of the events.
        first_key: where those keys begin, as a multiple of the events.
        deletes: one event in so many is a delete; 0: none.
    """

    name: str
    rows: float
    keys: float
    first_key: float = 0
    deletes: int = 0


WORKLOADS = (
    Workload("all new keys, random order", rows=0, keys=1),
    Workload("all updates", rows=1, keys=1),
    Workload("mixed, 10% deletes", rows=5, keys=0.3, deletes=10),
)


def main() -> bool:
    """Print the table; return whether every ratio is good enough."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url", help="a database of its own to work in (default: an embedded server)")
    options = parser.parse_args()
    with database(options.url) as engine:
        return run(engine, options.events, options.rounds)


@contextmanager
def database(url: str | None) -> Iterator[sa.Engine]:
    """Yield an engine in autocommit mode, on an embedded server of its own unless there is a URL."""
    if url is not None:
        yield sa.create_engine(url, isolation_level="AUTOCOMMIT")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        embedded_url = embedded.url(root, "bench")
        with target.connect(embedded_url):
            pass
        engine = sa.create_engine(embedded_url, isolation_level="AUTOCOMMIT")
        keep_wal(engine)
        try:
            yield engine
        finally:
            embedded.stop(root)


def keep_wal(engine: sa.Engine) -> None:
    """Let WAL segments be recycled: else whoever follows a contender that wrote little pays for creating them."""
    with engine.connect() as connection:
        for setting in ("min_wal_size = '4GB'", "max_wal_size = '8GB'"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting}")
        connection.exec_driver_sql("SELECT pg_reload_conf()")


def run(engine: sa.Engine, events: int, rounds: int) -> bool:
    """Measure all workloads."""
    good = True
    print(f"\n**Merging {events:,} events** (thousand events/s, medians of {rounds} rounds; today's: one)\n")
    print(
        "| workload | cdcmig | one MERGE | one ON CONFLICT | today's | cdcmig ÷ best floor | cdcmig ÷ today's |"
    )
    print("|---|---|---|---|---|---|---|")
    with engine.connect() as connection:
        for workload in WORKLOADS:
            times = measure(connection, workload, events, rounds)
            best = map(min, times["merge"], times["conflict"])
            of_floor = statistics.median(
                floor / ours for ours, floor in zip(times["cdcmig"], best, strict=True)
            )
            speeds = {name: events / statistics.median(values) / 1000 for name, values in times.items()}
            of_today = speeds["cdcmig"] / speeds["today"]
            good &= of_floor >= AT_LEAST_OF_FLOOR and of_today >= AT_LEAST_OF_TODAY
            print(
                f"| {workload.name} | {speeds['cdcmig']:.0f} | {speeds['merge']:.0f} | {speeds['conflict']:.0f}"
                f" | {speeds['today']:.1f} | {of_floor:.2f} | {of_today:.0f} |",
                flush=True,
            )
    return good


def measure(connection: Connection, workload: Workload, events: int, rounds: int) -> dict[str, list[float]]:
    """Return seconds by contender."""
    once = "today"
    names = [name for name in CONTENDERS if name != once]
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for number in range(rounds + 1):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            taken = time_one(connection, workload, name, events, number)
            if number > 0:
                times[name].append(taken)
    times[once].append(time_one(connection, workload, once, events, rounds))
    return times


def time_one(connection: Connection, workload: Workload, name: str, events: int, number: int) -> float:
    """Return how long a contender takes."""
    prepare(connection, workload, name, events, number)
    return seconds(lambda: CONTENDERS[name](connection))


# What is merged
# ---------------------------------------------------------------------------------------------------------------


def prepare(connection: Connection, workload: Workload, contender: str, events: int, number: int) -> None:
    """Create the table and the staged events of one run; the same ones for every contender."""
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    connection.exec_driver_sql("DROP SCHEMA IF EXISTS cdc_management CASCADE")
    connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
    if contender == "cdcmig":
        create_with_cdcmig(connection)
    else:
        create_plain(connection)
    fill(connection, round(workload.rows * events))
    stage(connection, workload, events, number)
    connection.exec_driver_sql(f'VACUUM ANALYZE {SCHEMA}."T"')
    connection.exec_driver_sql("CHECKPOINT")


def columns() -> list[sa.Column[object]]:
    """Return the 20 columns of the table."""
    kinds = [sa.Integer, sa.Text, sa.Numeric(12, 2), sa.TIMESTAMP]
    return [
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(name, kinds[index % 4]) for index, name in enumerate(PAYLOAD)),
        sa.Column(
            "__sync_timestamp", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.text("now()")
        ),
        sa.Column("__source", sa.Text),
        sa.Column("__source_ts_ms", sa.BigInteger),
        sa.Column("__deleted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("__operation", sa.Text),
        sa.Column("__lsn", sa.Text(collation="C")),
        sa.Column("__seq_val", sa.Text(collation="C")),
    ]


def create_with_cdcmig(connection: Connection) -> None:
    """Create what a changeset with default settings creates."""
    op = Operations(MigrationContext.configure(connection))
    op.create_cdc_management(schema="cdc_management")
    op.create_table(
        "T", *columns(), sa.PrimaryKeyConstraint("id"), schema=SCHEMA, postgresql_with={"fillfactor": 85}
    )
    op.create_index("ix_T_sync", "T", ["__sync_timestamp"], schema=SCHEMA, postgresql_using="brin")
    op.create_staging_table("stg_T", like="T", schema=SCHEMA)
    op.create_merge_procedure(
        "sp_merge_t", table="T", staging="stg_T", key=["id"], columns=PAYLOAD, schema=SCHEMA
    )


def create_plain(connection: Connection) -> None:
    """Create a plain table with its b-tree, and one UNLOGGED staging table."""
    op = Operations(MigrationContext.configure(connection))
    op.create_table("T", *columns(), sa.PrimaryKeyConstraint("id"), schema=SCHEMA)
    op.create_index("ix_T_sync", "T", ["__sync_timestamp"], schema=SCHEMA)
    create_bare(connection, f'{SCHEMA}."stg_T"')


def create_bare(connection: Connection, name: str) -> None:
    """Create an UNLOGGED table for staged rows, and nothing around it."""
    connection.exec_driver_sql(
        f'CREATE UNLOGGED TABLE {name} (LIKE {SCHEMA}."T" INCLUDING DEFAULTS, "__kafka_topic" text,'
        ' "__kafka_partition" integer, "__kafka_offset" bigint, "__kafka_timestamp" timestamptz)'
        " WITH (autovacuum_enabled = false)"
    )


def quoted(names: list[str], prefix: str = "") -> str:
    """Return a list of columns."""
    return ", ".join(f'{prefix}"{name}"' for name in names)


def values(key: str, version: str) -> str:
    """Return the payload and metadata of an event as SQL."""
    kinds = [
        f"{version} % 1000",
        f"'text of ' || {key} || ' in version ' || {version}",
        f"({version} % 100000) / 100.0",
        f"timestamp '2026-01-01' + ({version} % 86400) * interval '1 second'",
    ]
    return ", ".join(kinds[index % 4] for index in range(len(PAYLOAD)))


def fill(connection: Connection, rows: int) -> None:
    """Insert the rows that are there before, in key order."""
    connection.exec_driver_sql(
        f'INSERT INTO {SCHEMA}."T" (id, {quoted(PAYLOAD)}, "__source", "__source_ts_ms", "__deleted", "__operation",'
        f" \"__lsn\", \"__seq_val\") SELECT g, {values('g', '0')}, 'mssql', 0, false, 'r', NULL, NULL"
        f" FROM generate_series(1, {rows}) AS g",
        execution_options={"no_parameters": True},
    )


def stage(connection: Connection, workload: Workload, events: int, number: int) -> None:
    """Insert the events: keys in random order, LSNs ascending; every key once, unless there are fewer keys."""
    keys = max(round(workload.keys * events), 1)
    key = "1 + (hashint8(g + 7) & 2147483647) % " + str(keys) if keys < events else "g"
    order = f"ORDER BY hashint8(g + {number})" if keys >= events else ""
    deletes = f"e.version % {workload.deletes} = 0" if workload.deletes else "false"
    connection.exec_driver_sql(
        f'INSERT INTO {SCHEMA}."stg_T" (id, {quoted(PAYLOAD)}, "__source", "__source_ts_ms", "__deleted",'
        ' "__operation", "__lsn", "__seq_val", "__kafka_topic", "__kafka_partition", "__kafka_offset")'
        f" SELECT e.key, {values('e.key', 'e.version')}, 'mssql', 1767225600000 + e.version, {deletes}, 'u',"
        f" '0x' || lpad(to_hex(e.version), 20, '0'), '0x' || lpad('1', 20, '0'), 'topic', e.key % 8,"
        " row_number() OVER (PARTITION BY e.key % 8 ORDER BY e.version)"
        f" FROM (SELECT row_number() OVER () AS version, key FROM"
        f" (SELECT {key} AS key FROM generate_series(1, {events}) AS g {order}) AS k) AS e ORDER BY e.version",
        execution_options={"no_parameters": True},
    )


# The contenders
# ---------------------------------------------------------------------------------------------------------------


def merge_with_cdcmig(connection: Connection) -> None:
    """Run the procedure, with its defaults."""
    outcome = connection.exec_driver_sql(f"CALL {SCHEMA}.sp_merge_t()").scalar()
    assert outcome == "MERGED", outcome


def transaction(connection: Connection, *statements: str) -> None:
    """Run statements in one transaction of a connection that is in autocommit mode."""
    script = ";\n".join(("BEGIN", *statements, "COMMIT"))
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})


NEWEST = (
    f'SELECT DISTINCT ON (id) * FROM {SCHEMA}."stg_T"'
    ' ORDER BY id, "__lsn" DESC NULLS LAST, "__seq_val" DESC NULLS LAST, "__kafka_offset" DESC'
)
NEWER = (
    "(coalesce(t.\"__lsn\", ''), coalesce(t.\"__seq_val\", ''))"
    " < (coalesce({0}.\"__lsn\", ''), coalesce({0}.\"__seq_val\", ''))"
)
ALL = ["id", *PAYLOAD, *METADATA]


def merge_with_merge(connection: Connection) -> None:
    """Run one guarded MERGE, and empty staging."""
    sets = ", ".join(f'"{name}" = s."{name}"' for name in PAYLOAD + METADATA if name != "__sync_timestamp")
    inserted = ", ".join("now()" if name == "__sync_timestamp" else f's."{name}"' for name in ALL)
    transaction(
        connection,
        f'MERGE INTO {SCHEMA}."T" AS t USING ({NEWEST}) AS s ON t.id = s.id'
        f' WHEN MATCHED AND {NEWER.format("s")} THEN UPDATE SET {sets}, "__sync_timestamp" = now()'
        f" WHEN NOT MATCHED THEN INSERT ({quoted(ALL)}) VALUES ({inserted})",
        f'TRUNCATE {SCHEMA}."stg_T"',
    )


def merge_with_conflict(connection: Connection) -> None:
    """Run one guarded INSERT … ON CONFLICT, and empty staging."""
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in PAYLOAD + METADATA)
    selected = ", ".join("now()" if name == "__sync_timestamp" else f's."{name}"' for name in ALL)
    transaction(
        connection,
        f'INSERT INTO {SCHEMA}."T" AS t ({quoted(ALL)}) SELECT {selected} FROM ({NEWEST}) AS s'
        f" ON CONFLICT (id) DO UPDATE SET {sets} WHERE {NEWER.format('excluded')}",
        f'TRUNCATE {SCHEMA}."stg_T"',
    )


def merge_like_today(connection: Connection) -> None:
    """Run the loop that is in use until now: upsert 10,000 rows, delete any 10,000, truncate at the end.

    Its orchestrator calls one procedure after the other in one transaction.
    """
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in PAYLOAD + METADATA)
    staging = f'{SCHEMA}."stg_T"'
    waiting = connection.exec_driver_sql(f"SELECT count(*) FROM {staging}").scalar_one()
    batch = (
        f'INSERT INTO {SCHEMA}."T" AS t ({quoted(ALL)}) SELECT DISTINCT ON (id) {quoted(ALL)} FROM {staging}'
        f' ORDER BY id, "__source_ts_ms" DESC LIMIT 10000 ON CONFLICT (id) DO UPDATE SET {sets}',
        f"DELETE FROM {staging} WHERE ctid IN (SELECT ctid FROM {staging} LIMIT 10000)",
    )
    transaction(connection, *batch * math.ceil(waiting / 10_000), f"TRUNCATE {staging}")


CONTENDERS: dict[str, Callable[[Connection], None]] = {
    "cdcmig": merge_with_cdcmig,
    "merge": merge_with_merge,
    "conflict": merge_with_conflict,
    "today": merge_like_today,
}


def holds() -> bool:
    """Run with the default sizes; return whether the limits are kept."""
    with database(None) as engine:
        return run(engine, events=1_000_000, rounds=3)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
