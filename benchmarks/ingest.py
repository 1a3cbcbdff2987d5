"""Ingestion: small INSERTs of many clients into a staging table, against the same into a bare UNLOGGED table.

Eight clients insert 100 rows at a time: each INSERT a transaction of its own, and in transactions that are held open
for 20 ms. Both tables have the same columns; slices alternate, and the ratio is the median of the pairs' own ratios.

    python -m benchmarks.ingest [--seconds N] [--rounds N] [--url URL]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import sqlalchemy as sa
from sqlalchemy import URL
from sqlalchemy.pool import NullPool

from benchmarks.merge import PAYLOAD, SCHEMA, create_bare, create_with_cdcmig, database, quoted, values

CLIENTS = 8
ROWS = 100
AT_LEAST_OF_FLOOR = 0.9
HELD = {"autocommit": 0.0, "held open for 20 ms": 0.02}
STAGING = f'{SCHEMA}."stg_T"'
BARE = f"{SCHEMA}.bare"
COLUMNS = (
    f'id, {quoted(PAYLOAD)}, "__source", "__source_ts_ms", "__deleted", "__operation", "__lsn", "__seq_val",'
    ' "__kafka_topic", "__kafka_partition", "__kafka_offset"'
)


def main() -> bool:
    """Print the table; return whether every ratio is good enough."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a slice")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--url", help="a database of its own to work in (default: an embedded server)")
    options = parser.parse_args()
    return holds(options.seconds, options.rounds, options.url)


def holds(length: float = 3.0, rounds: int = 9, url: str | None = None) -> bool:
    """Measure both kinds of transactions; return whether the limits are kept."""
    print(
        f"\n**Ingestion, {CLIENTS} clients × {ROWS} rows** (thousand rows/s, {rounds} × {length:g} s each)\n"
    )
    print("| transactions | staging table | bare UNLOGGED table | ratio |\n|---|---|---|---|")
    good = True
    with database(url) as engine, clients() as pool:
        create(engine)
        for name, held in HELD.items():
            pairs = measure(engine, pool, held, length, rounds)
            ratio = statistics.median(ours / floor for ours, floor in pairs)
            ours, floor = (statistics.median(speeds) / 1000 for speeds in zip(*pairs, strict=True))
            print(f"| {name} | {ours:.1f} | {floor:.1f} | {ratio:.2f} |", flush=True)
            good &= ratio >= AT_LEAST_OF_FLOOR
    return good


@contextmanager
def clients() -> Iterator[ProcessPoolExecutor]:
    """Yield processes that share nothing with this one."""
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as pool:
        yield pool


def create(engine: sa.Engine) -> None:
    """Create the staging table with all that belongs to it, and the bare one."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        create_with_cdcmig(connection)
        create_bare(connection, BARE)


def measure(
    engine: sa.Engine, pool: ProcessPoolExecutor, held: float, length: float, rounds: int
) -> list[tuple[float, float]]:
    """Return rows per second into staging and into the bare table, in pairs; the first pair does not count."""
    pairs = []
    for number in range(rounds + 1):
        order = [STAGING, BARE] if number % 2 else [BARE, STAGING]
        speeds = {table: one_slice(engine, pool, table, held, length) for table in order}
        pairs.append((speeds[STAGING], speeds[BARE]))
    return pairs[1:]


def one_slice(engine: sa.Engine, pool: ProcessPoolExecutor, table: str, held: float, length: float) -> float:
    """Return rows per second of all clients together, into an empty table."""
    with engine.connect() as connection:
        connection.exec_driver_sql(f"TRUNCATE {table}")
    begin = time.monotonic() + 0.3  # all have connected by then
    tasks = [pool.submit(insert, engine.url, table, held, begin, begin + length) for _ in range(CLIENTS)]
    return sum(task.result() for task in tasks) * ROWS / length


def insert(url: URL, table: str, held: float, begin: float, end: float) -> int:
    """Insert from ``begin`` to ``end`` (``time.monotonic``); return how many transactions were committed."""
    committed = 0
    engine = sa.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection, connection.connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        statement = rows(table, cursor)
        time.sleep(max(0.0, begin - time.monotonic()))
        while time.monotonic() < end:
            if held:
                cursor.execute("BEGIN")
            cursor.execute(statement)
            if held:
                time.sleep(held)
                cursor.execute("COMMIT")
            committed += 1
    return committed


def rows(table: str, cursor: sa.engine.interfaces.DBAPICursor) -> str:
    """Return an INSERT of literal rows, as a sink connector sends it."""
    cursor.execute(
        f"SELECT g, {values('g', 'g')}, 'mssql', 1767225600000 + g, g % 10 = 0, 'u',"
        " '0x' || lpad(to_hex(g), 20, '0'), '0x' || lpad('1', 20, '0'), 'topic', g % 8, g"
        f" FROM generate_series(1, {ROWS}) AS g"
    )
    listed = ", ".join(cursor.mogrify(f"({', '.join(['%s'] * len(row))})", row).decode() for row in cursor)
    return f"INSERT INTO {table} ({COLUMNS}) VALUES {listed}"


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
