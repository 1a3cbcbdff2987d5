"""``cdcmig inspect`` against ``MetaData.reflect()`` of the same tables on the same server in one run.

Without a URL the server is a catalog in memory behind a DBAPI module in memory, with 1, 50 and 500 tables, and once
more with a line that takes a while for every round trip. With a URL it is that database.

    python -m benchmarks.inspect [URL]
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence

from sqlalchemy import URL, MetaData, create_engine, event, make_url
from sqlalchemy.exc import SAWarning
from sqlalchemy.pool import NullPool

from benchmarks.measure import paired
from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import complete_url, source_connection
from cdcmig.source.reflection import reflect

Row = tuple[str, int, int, float, float, float]


def ours(url: URL) -> int:
    """Reflect everything as cdcmig does; return the number of tables."""
    with source_connection(url) as connection:
        return len(reflect(read_catalog(connection, read_tables(connection)), url.database or ""))


def theirs(url: URL, schemas: Sequence[str], listener: Callable[..., None] | None = None) -> None:
    """Reflect the same tables into one MetaData, schema by schema."""
    engine = create_engine(
        complete_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool, supports_comments=True
    )
    metadata = MetaData()
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        if listener:
            event.listen(connection, "before_cursor_execute", listener)
        for schema in schemas:
            metadata.reflect(connection, schema=schema)
    engine.dispose()


class Counter:
    """Counts statements; those of SQLAlchemy's dialect to connect, the same for both, are not among them."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, *_arguments: object) -> None:
        """Count one."""
        self.statements += 1


def our_statements(url: URL) -> int:
    """Return how many statements cdcmig sends."""
    counter = Counter()
    with source_connection(url) as connection:
        event.listen(connection, "before_cursor_execute", counter.__call__)
        reflect(read_catalog(connection, read_tables(connection)), "")
    return counter.statements


def their_statements(url: URL, schemas: Sequence[str]) -> int:
    """Return how many statements reflect() sends."""
    counter = Counter()
    theirs(url, schemas, counter.__call__)
    return counter.statements


def measured(name: str, url: URL, rounds: int) -> Row:
    """Measure one database."""
    with source_connection(url) as connection:
        schemas = sorted({row.schema_name for row in read_tables(connection)})
    time = paired(lambda: ours(url), lambda: theirs(url, schemas), rounds)
    return name, our_statements(url), their_statements(url, schemas), time.ours, time.floor, time.ratio


def in_memory(rounds: int) -> list[Row]:
    """Measure catalogs in memory."""
    from tests.sqlserver.conftest import fake_url
    from tests.sqlserver.fake_driver import Server, fake_pyodbc
    from tests.sqlserver.sqlserver2022 import shop

    rows = []
    for tables, delay in ((1, 0.0), (50, 0.0), (500, 0.0), (50, 0.02)):
        server = Server(shop(tables).database("Shop"))
        server.delay = delay
        sys.modules["pyodbc"] = fake_pyodbc(server)
        line = f", {delay * 1000:.0f} ms a round trip" if delay else ""
        rows.append(measured(f"{tables} tables{line}", fake_url("Shop"), rounds))
    return rows


def show(rows: Sequence[Row], print_: Callable[[str], None] = print) -> None:
    """Print the table."""
    print_(
        "| database | statements | of reflect() | seconds | of reflect() | ratio |\n|---|---|---|---|---|---|"
    )
    for name, ours_, theirs_, seconds_, floor, ratio in rows:
        print_(f"| {name} | {ours_} | {theirs_} | {seconds_:.3f} | {floor:.3f} | {ratio:.2f} |")


def main(arguments: Sequence[str], rounds: int = 5) -> None:
    """Measure, and print a table for the README."""
    if arguments:
        url = make_url(arguments[0])
        show([measured(url.database or url.host or "", url, rounds)])
    else:
        show(in_memory(rounds))


def holds() -> bool:
    """Run without a server; there is no limit to keep, the table tells."""
    main([])
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
