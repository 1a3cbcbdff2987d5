"""Recorded answers of a SQL Server, and an evaluator that answers plain selects over its catalog views.

A recording is two files: ``<database>.tape.json`` holds statements with their answers, ``<database>.catalog.json``
the rows of the catalog views. A statement that is on the tape gets the recorded answer. Any other is run by SQLite
over the recorded views: cdcmig's own statements are plain selects, which mean the same to both.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent / "data"
RECORDED = ("AdOpusTest", "Chinook", "Northwind")

Catalog = Mapping[str, Mapping[str, Sequence[Any]]]
"""View name to ``{"columns": [...], "rows": [[...], ...]}``."""


DERIVED = """
CREATE TABLE IF NOT EXISTS sys.objects AS SELECT name, object_id, schema_id, 'U' AS type FROM sys.tables;
CREATE TABLE IF NOT EXISTS sys.identity_columns AS
SELECT object_id, column_id, name, is_identity, 1 AS seed_value, 1 AS increment_value
FROM sys.columns WHERE is_identity = 1;
CREATE TABLE IF NOT EXISTS INFORMATION_SCHEMA.SCHEMATA AS SELECT name AS SCHEMA_NAME FROM sys.schemas;
CREATE TABLE IF NOT EXISTS INFORMATION_SCHEMA.TABLES AS
SELECT s.name AS TABLE_SCHEMA, t.name AS TABLE_NAME, 'BASE TABLE' AS TABLE_TYPE
FROM sys.tables AS t JOIN sys.schemas AS s ON s.schema_id = t.schema_id;
CREATE TABLE IF NOT EXISTS INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS
SELECT s.name AS constraint_schema, i.name AS constraint_name, s.name AS table_schema, t.name AS table_name,
       c.name AS column_name, ic.key_ordinal AS ordinal_position
FROM sys.indexes AS i
JOIN sys.tables AS t ON t.object_id = i.object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = i.object_id AND c.column_id = ic.column_id
WHERE i.is_primary_key = 1 OR i.is_unique_constraint = 1
UNION ALL
SELECT s.name, fk.name, s.name, t.name, c.name, fkc.constraint_column_id
FROM sys.foreign_keys AS fk
JOIN sys.tables AS t ON t.object_id = fk.parent_object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
JOIN sys.foreign_key_columns AS fkc ON fkc.constraint_object_id = fk.object_id
JOIN sys.columns AS c ON c.object_id = fk.parent_object_id AND c.column_id = fkc.parent_column_id;
CREATE TABLE IF NOT EXISTS INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS AS
SELECT s.name AS constraint_schema, fk.name AS constraint_name, rs.name AS unique_constraint_schema,
       i.name AS unique_constraint_name, 'SIMPLE' AS match_option, 'NO ACTION' AS update_rule,
       'NO ACTION' AS delete_rule
FROM sys.foreign_keys AS fk
JOIN sys.tables AS t ON t.object_id = fk.parent_object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
JOIN sys.tables AS rt ON rt.object_id = fk.referenced_object_id
JOIN sys.schemas AS rs ON rs.schema_id = rt.schema_id
JOIN sys.indexes AS i ON i.object_id = fk.referenced_object_id AND i.is_primary_key = 1;
"""
"""Views that can be computed from the recorded ones; SQLAlchemy's reflection asks for them."""


class Answer(NamedTuple):
    """Result of a statement; no columns where it returns no rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class ServerError(Exception):
    """An error as SQL Server numbers it."""

    def __init__(self, number: int, message: str, state: str = "42000") -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.state = state


def encoded(value: Any) -> Any:
    """Write a value as JSON holds it."""
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return value


def decoded(value: Any) -> Any:
    """Read a value of :func:`encoded`."""
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        readers = {"$decimal": Decimal, "$time": datetime.fromisoformat, "$bytes": base64.b64decode}
        return readers[kind](text)
    return value


def normalised(sql: str) -> str:
    return " ".join(sql.split())


class Database:
    """One database that answers statements as the recorded server did."""

    def __init__(self, name: str, catalog: Catalog, tape: Sequence[Mapping[str, Any]] = ()) -> None:
        self.name = name
        self.collation = "SQL_Latin1_General_CP1_CI_AS"
        self.cdc_enabled = "cdc.change_tables" in catalog
        self.rights = ["CONNECT", "SELECT", "VIEW DEFINITION"]
        self.refused: set[str] = set()
        """Views that the login may not read."""
        self.statements: list[str] = []
        self._lock = threading.Lock()
        self._tape = {
            (normalised(entry["sql"]), json.dumps(entry["params"])): Answer(
                [column[0] for column in entry["columns"] or ()],
                [[decoded(value) for value in row] for row in entry["rows"] or ()],
            )
            for entry in tape
        }
        self._sqlite = _loaded(catalog)
        for function, arguments, value in (
            ("SERVERPROPERTY", 1, self._server_property),
            ("DB_NAME", 0, lambda: name),
            ("USER_NAME", 0, lambda: "dbo"),
            ("SUSER_SNAME", 0, lambda: "sa"),
            ("HAS_DBACCESS", 1, lambda _name: 1),
            ("HAS_PERMS_BY_NAME", 3, lambda _name, _class, right: int(right in self.rights)),
            ("SCHEMA_NAME", 0, lambda: "dbo"),
        ):
            self._sqlite.create_function(function, arguments, value)

    @classmethod
    def recorded(cls, name: str, folder: Path = DATA) -> Database:
        tape = json.loads((folder / f"{name}.tape.json").read_text(encoding="utf-8"))
        catalog = json.loads((folder / f"{name}.catalog.json").read_text(encoding="utf-8"))
        return cls(name, catalog, tape["tape"])

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Answer:
        """Answer a statement.

        Raises:
            ServerError: as SQL Server would refuse it.
        """
        self.statements.append(normalised(sql))
        found = self._tape.get((normalised(sql), json.dumps([encoded(p) for p in parameters])))
        if found is not None:
            return found
        for view in self.refused:
            if view in sql:
                raise ServerError(229, f"The SELECT permission was denied on the object '{view}'")
        if (builtin := _builtin(sql)) is not None:
            return builtin
        with self._lock:
            try:
                cursor = self._sqlite.execute(_as_sqlite(sql), tuple(parameters))
                rows = cursor.fetchall()
            except sqlite3.OperationalError as error:
                raise _as_server_error(error) from error
        return Answer([column[0] for column in cursor.description or ()], rows)

    def set_databases(self, names: Sequence[str]) -> None:
        """Fill ``sys.databases``."""
        self._sqlite.execute("DELETE FROM sys.databases")
        rows = [
            (n, i, 0, self.cdc_enabled if n == self.name else 0, self.collation)
            for i, n in enumerate(names, 5)
        ]
        self._sqlite.executemany("INSERT INTO sys.databases VALUES (?, ?, ?, ?, ?)", rows)

    def set_rights(self, rights: Sequence[str]) -> None:
        self.rights = list(rights)
        self._sqlite.execute("DELETE FROM sys.my_permissions")
        self._sqlite.executemany("INSERT INTO sys.my_permissions VALUES (?)", [(right,) for right in rights])

    def change(self, sql: str, *parameters: Any) -> None:
        """Change a catalog view, as DDL on the server would."""
        self._sqlite.execute(sql, parameters)

    def _server_property(self, name: str) -> str | None:
        return {"ProductVersion": "16.0.4135.4", "Edition": "Developer Edition (64-bit)"}.get(name)


def _loaded(catalog: Catalog) -> sqlite3.Connection:
    """Return SQLite with the views as tables of attached databases, so that ``sys.columns`` is a name to it."""
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    for schema in ("sys", "cdc", "INFORMATION_SCHEMA"):
        connection.execute(f"ATTACH ':memory:' AS {schema}")
    for view, content in catalog.items():
        columns = ", ".join(f"[{column}]" for column in content["columns"])
        connection.execute(f"CREATE TABLE {view} ({columns})")
        marks = ", ".join("?" for _ in content["columns"])
        rows = [[_plain(decoded(value)) for value in row] for row in content["rows"]]
        connection.executemany(f"INSERT INTO {view} VALUES ({marks})", rows)
    if "sys.tables" in catalog:
        connection.executescript(DERIVED)
    connection.execute(
        "CREATE TABLE sys.databases (name, database_id, state, is_cdc_enabled, collation_name)"
    )
    connection.execute("CREATE TABLE sys.my_permissions (permission_name)")
    connection.execute("INSERT INTO sys.my_permissions VALUES ('CONNECT'), ('SELECT'), ('VIEW DEFINITION')")
    return connection


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (Decimal, datetime)) else value


def _as_sqlite(sql: str) -> str:
    """Rewrite the few things of T-SQL that SQLite does not know."""
    sql = re.sub(r"fn_my_permissions\(NULL, 'DATABASE'\)", "sys.my_permissions", sql)
    sql = re.sub(r"(?i)nvarchar\(max\)", "text", sql)
    sql = re.sub(r"\bN'", "'", sql)
    return sql.replace(" WITH (READPAST)", "")


def _builtin(sql: str) -> Answer | None:
    """Answer what dialects and drivers ask when they connect."""
    text = normalised(sql).lower()
    if text == "select @@version":
        return Answer(["version"], [["Microsoft SQL Server 2022 (RTM-CU15) - 16.0.4135.4 (X64)"]])
    if "fn_listextendedproperty" in text:
        return Answer(["one"], [[1]])
    if text.startswith("select schema_name()"):
        return Answer(["name"], [["dbo"]])
    if text.startswith(("set ", "if @@trancount", "use ", "rollback", "commit", "begin tran")):
        return Answer([], [])
    return None


def _as_server_error(error: sqlite3.OperationalError) -> ServerError:
    message = str(error)
    if missing := re.search(r"no such table: (\S+)", message):
        return ServerError(208, f"Invalid object name '{missing[1]}'.", "42S02")
    if missing := re.search(r"no such column: (\S+)", message):
        return ServerError(207, f"Invalid column name '{missing[1]}'.", "42S22")
    return ServerError(102, f"Incorrect syntax: {message}")
