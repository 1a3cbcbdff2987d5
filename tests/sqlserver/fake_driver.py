"""A DBAPI module in memory, in the place of pyodbc or pymssql, whose server is a recording.

SQLAlchemy's own mssql dialect runs above it, unchanged: it compiles, binds and reads results as always.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from .recording import Answer, Database, ServerError

PASSWORD = "Hemmelig-17!"


class Error(Exception): ...


class DatabaseError(Error): ...


class InterfaceError(Error): ...


class OperationalError(DatabaseError): ...


class ProgrammingError(DatabaseError): ...


class Server:
    """A server with databases; faults can be set for a test."""

    def __init__(self, *databases: Database) -> None:
        self.databases = {database.name: database for database in databases}
        self.connections: list[tuple[str, Mapping[str, Any]]] = []
        self.open = 0
        self.most_open = 0
        self.cut_after: int | None = None
        """The connection breaks at this statement, counted from 0 over all connections."""
        self.delay = 0.0
        self.delay_at: int | None = None
        """This statement takes 3 seconds."""
        self.executed = 0
        self._lock = threading.Lock()
        for database in databases:
            database.set_databases(list(self.databases))

    def login(self, name: str, user: str, password: str) -> Database:
        if password != PASSWORD:
            raise ServerError(18456, f"Login failed for user '{user}'.", "28000")
        if name == "master" and name not in self.databases:
            return next(iter(self.databases.values()))
        if name not in self.databases:
            raise ServerError(
                4060, f'Cannot open database "{name}" requested by the login. The login failed.', "42000"
            )
        with self._lock:
            self.open += 1
            self.most_open = max(self.open, self.most_open)
        return self.databases[name]

    def logout(self) -> None:
        with self._lock:
            self.open -= 1

    def execute(self, database: Database, sql: str, parameters: Sequence[Any]) -> Answer:
        with self._lock:
            number = self.executed
            self.executed += 1
        if self.delay:
            time.sleep(self.delay)
        if number == self.delay_at:
            time.sleep(3)
        if self.cut_after is not None and number >= self.cut_after:
            raise ConnectionResetError
        return database.execute(sql, parameters)

    def statements(self) -> list[str]:
        return [statement for database in self.databases.values() for statement in database.statements]


class Cursor:
    """What SQLAlchemy needs of a cursor."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        try:
            answer = self.connection.server.execute(self.connection.database, sql, tuple(parameters or ()))
        except ServerError as error:
            raise self.connection.module.as_error(error) from error
        except ConnectionResetError:
            raise self.connection.module.broken() from None
        self.description = [(name, None, None, None, None, None, True) for name in answer.columns] or None
        self._rows = [tuple(row) for row in answer.rows]
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def setinputsizes(self, *_sizes: Any) -> None: ...

    def nextset(self) -> None: ...

    def close(self) -> None: ...


class Connection:
    """What SQLAlchemy needs of a connection; ``timeout`` is pyodbc's for statements."""

    timeout = 0

    def __init__(self, module: Any, server: Server, database: Database) -> None:
        self.module = module
        self.server = server
        self.database = database
        self.autocommit: Any = True

    def cursor(self) -> Cursor:
        return Cursor(self)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None:
        self.server.logout()

    def getinfo(self, _what: int) -> str:
        if self.server.cut_after is not None:
            raise self.module.broken()
        return "16.00.4135"

    def add_output_converter(self, *_args: Any) -> None: ...


def _module(name: str, paramstyle: str, connect: Callable[..., Any], **others: Any) -> ModuleType:
    module: Any = ModuleType(name)
    module.apilevel, module.threadsafety, module.paramstyle = "2.0", 1, paramstyle
    for error in (Error, DatabaseError, InterfaceError, OperationalError, ProgrammingError):
        setattr(module, error.__name__, error)
    module.Cursor, module.Binary, module.connect = Cursor, bytes, connect
    for key, value in others.items():
        setattr(module, key, value)
    return module


def fake_pyodbc(server: Server, drivers: Sequence[str] = ("ODBC Driver 18 for SQL Server",)) -> ModuleType:
    """pyodbc, as its Microsoft driver words errors."""

    def connect(text: str, **arguments: Any) -> Connection:
        parts = dict(part.split("=", 1) for part in re.split(r";(?=\w+=)", text))
        server.connections.append((text, arguments))
        try:
            database = server.login(parts.get("Database", ""), parts.get("UID", ""), parts.get("PWD", ""))
        except ServerError as error:
            raise as_error(error) from error
        return Connection(module, server, database)

    def as_error(error: ServerError) -> Error:
        kind = InterfaceError if error.state == "28000" else ProgrammingError
        text = f"[{error.state}] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]{error.message}"
        return kind(error.state, f"{text} ({error.number}) (SQLExecDirectW)")

    def broken() -> Error:
        text = (
            "[Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: Error code 0x68 (104) (SQLExecDirectW)"
        )
        return OperationalError("08S01", f"[08S01] {text}")

    constants = dict.fromkeys(("NUMBER", "STRING", "DATETIME", "BINARY", "ROWID"), str)
    constants |= {"SQL_VARCHAR": 12, "SQL_WVARCHAR": -9, "SQL_DECIMAL": 3, "SQL_DBMS_VER": 18}
    module = _module(
        "pyodbc",
        "qmark",
        connect,
        version="5.5.0",
        drivers=lambda: list(drivers),
        dataSources=dict,
        as_error=as_error,
        broken=broken,
        **constants,
    )
    return module


def fake_pymssql(server: Server) -> ModuleType:
    """pymssql, as DB-Library words errors: bytes behind a number."""

    class PymssqlConnection(Connection):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.autocommit = lambda _on: None

    def connect(**arguments: Any) -> Connection:
        server.connections.append(("", arguments))
        known = {"host", "user", "password", "database", "timeout", "login_timeout", "encryption", "charset"}
        if unknown := arguments.keys() - known:
            raise TypeError(f"connect() got an unexpected keyword argument {min(unknown)!r}")
        try:
            database = server.login(arguments["database"], arguments["user"], arguments["password"])
        except ServerError as error:
            raise as_error(error) from error
        return PymssqlConnection(module, server, database)

    def as_error(error: ServerError) -> Error:
        text = f"{error.message}DB-Lib error message 20018, severity 16:\nGeneral SQL Server error\n"
        kind = OperationalError if error.number in (18456, 4060) else ProgrammingError
        return kind((error.number, text.encode()))

    def broken() -> Error:
        return OperationalError(
            (20017, b"DB-Lib error message 20017, severity 9:\nUnexpected EOF from the server\n")
        )

    module = _module("pymssql", "pyformat", connect, __version__="2.4.6", as_error=as_error, broken=broken)
    return module
