"""Record a SQL Server database for the replay: ``python -m tests.sqlserver.record URL [FOLDER]``.

Two files are written, ``<database>.tape.json`` and ``<database>.catalog.json``. The tape holds every statement that
cdcmig and SQLAlchemy's reflection send, with its answer; the catalog holds the raw catalog views. Facts about tables
only: no row of any table of yours is read. Names of tables, columns and constraints are in it, look before you share.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.pool import NullPool

from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import complete_url
from cdcmig.source.server import read_server

from .recording import DATA, encoded

VIEWS = (
    *("schemas", "tables", "columns", "types", "indexes", "index_columns", "key_constraints", "foreign_keys"),
    *("foreign_key_columns", "default_constraints", "computed_columns", "extended_properties", "partitions"),
)
PARTS = ("columns", "pk_constraint", "foreign_keys", "indexes", "table_comment")


class Recorder:
    """Passes everything on to a DBAPI cursor, and keeps what it answered."""

    def __init__(self, cursor: Any, tape: list[dict[str, Any]]) -> None:
        self._cursor = cursor
        self._tape = tape
        self._rows: list[Any] = []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        result = self._cursor.execute(sql, parameters)
        description = self._cursor.description
        self._rows = list(self._cursor.fetchall()) if description else []
        columns = [
            [column[0], getattr(column[1], "__name__", str(column[1]))] for column in description or ()
        ]
        entry = {
            "sql": sql,
            "params": [encoded(value) for value in parameters or ()],
            "columns": columns,
            "rows": [[encoded(value) for value in row] for row in self._rows],
        }
        if entry not in self._tape:
            self._tape.append(entry)
        return result

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


@contextmanager
def recording(url: URL, tape: list[dict[str, Any]]) -> Iterator[Connection]:
    """Yield a connection whose cursors are recorded."""
    engine = create_engine(complete_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    create_cursor = engine.dialect.execution_ctx_cls.create_cursor

    class Context(engine.dialect.execution_ctx_cls):  # type: ignore[name-defined,misc]
        def create_cursor(self) -> Any:
            return Recorder(create_cursor(self), tape)

    engine.dialect.execution_ctx_cls = Context
    with engine.connect() as connection:
        yield connection


def ask(connection: Connection) -> None:
    """Ask everything that cdcmig asks, and everything that SQLAlchemy's reflection asks."""
    read_server(connection)
    rows = read_tables(connection)
    read_catalog(connection, rows)
    inspector = inspect(connection)
    for schema in sorted({row.schema_name for row in rows}):
        for part in PARTS:
            getattr(inspector, f"get_multi_{part}")(schema=schema, kind=ObjectKind.TABLE)


def read_views(connection: Connection) -> dict[str, Any]:
    """Return the catalog views as they are; values of type sql_variant as text."""
    views = {}
    for view in VIEWS:
        try:
            names = connection.execute(text(f"SELECT * FROM sys.{view} WHERE 1 = 0")).keys()
            columns = [
                "CAST(v.value AS nvarchar(4000)) AS value" if n == "value" else f"v.[{n}]" for n in names
            ]
            rows = connection.execute(text(f"SELECT {', '.join(columns)} FROM sys.{view} AS v")).all()
        except DBAPIError as unknown:
            print(f"sys.{view} is left out: {unknown.orig}", file=sys.stderr)
            continue
        views[f"sys.{view}"] = {
            "columns": list(names),
            "rows": [[encoded(value) for value in row] for row in rows],
        }
    return views


def record(url: URL, folder: Path = DATA) -> tuple[Path, Path]:
    """Write both files; return their paths."""
    tape: list[dict[str, Any]] = []
    with recording(url, tape) as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        ask(connection)
        database = url.database or str(connection.scalar(text("SELECT DB_NAME()")))
        driver = connection.dialect.driver
    with create_engine(
        complete_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool
    ).connect() as connection:
        views = read_views(connection)
    head = {"database": database, "sqlalchemy": sqlalchemy.__version__, "driver": driver}
    paths = folder / f"{database}.tape.json", folder / f"{database}.catalog.json"
    for path, content in zip(paths, (head | {"tape": tape}, views), strict=True):
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return paths


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    for written in record(make_url(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else DATA):
        print(f"wrote {written}")
