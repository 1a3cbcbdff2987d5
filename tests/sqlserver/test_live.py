"""What only a real server shows: runs when CDCMIG_TEST_MSSQL_URL is set, in a scratch database that is dropped.

The login needs CREATE DATABASE. The database has a binary collation where the server allows it, so that every
statement also proves its spelling. What the server does not know (ledger tables before 2022, say) is skipped.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import yaml
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from cdcmig.config.snapshot import SnapshotColumn, TableSnapshot
from cdcmig.errors import SourceError
from cdcmig.mapping.types import TypeMap
from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import complete_url
from cdcmig.source.reflection import reflect
from cdcmig.source.server import read_server, user_databases

from .conftest import LIVE
from .recording import DATA

if not LIVE:
    pytest.skip("CDCMIG_TEST_MSSQL_URL is not set", allow_module_level=True)

NAME = f"cdcmig_test_{os.getpid()}"
BABELFISH = "SELECT CAST(SERVERPROPERTY('BabelfishVersion') AS nvarchar(128))"
Execute = Callable[..., None]


def connect(url: URL) -> Connection:
    engine = create_engine(complete_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    return engine.connect()


@pytest.fixture(scope="module")
def database() -> Iterator[URL]:
    """A fresh database."""
    url = make_url(LIVE or "")
    if not url.host:
        pytest.skip("a scratch database needs a URL with a host")
    with connect(url.set(database="master")) as admin:
        try:
            admin.exec_driver_sql(f"CREATE DATABASE [{NAME}] COLLATE Latin1_General_100_BIN2")
        except DBAPIError:
            try:
                admin.exec_driver_sql(f"CREATE DATABASE [{NAME}]")
            except DBAPIError as refused:
                pytest.skip(f"no scratch database: {refused.orig}")
    try:
        yield url.set(database=NAME)
    finally:
        with connect(url.set(database="master")) as admin:
            with suppress(DBAPIError):  # Babelfish has no single-user mode
                admin.exec_driver_sql(f"ALTER DATABASE [{NAME}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
            try:
                admin.exec_driver_sql(f"DROP DATABASE [{NAME}]")
            except DBAPIError as refused:
                warnings.warn(f"{NAME} is left behind: {refused.orig}", stacklevel=1)


@pytest.fixture
def connection(database: URL) -> Iterator[Connection]:
    with connect(database) as opened:
        yield opened


@pytest.fixture
def execute(connection: Connection) -> Execute:
    """Runs DDL; the test is skipped if this server does not know it."""

    def run(*statements: str) -> None:
        for statement in statements:
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as unknown:
                pytest.skip(f"{unknown.orig}: {statement}")

    return run


def on_babelfish(connection: Connection) -> bool:
    return connection.execute(text(BABELFISH)).scalar() is not None


def read(connection: Connection, name: str) -> TableSnapshot:
    rows = [row for row in read_tables(connection) if row.table_name == name]
    (snapshot,) = reflect(read_catalog(connection, rows), NAME)
    return snapshot


def column(snapshot: TableSnapshot, name: str) -> SnapshotColumn:
    return next(column for column in snapshot.columns if column.name == name)


TYPES = [
    *("bigint", "int", "smallint", "tinyint", "bit", "decimal(18,4)", "numeric(38,0)", "money", "smallmoney"),
    *("float", "real", "date", "datetime", "smalldatetime", "datetime2(3)", "datetimeoffset(2)", "time(0)"),
    *(
        "char(10)",
        "varchar(8000)",
        "varchar(max)",
        "nchar(10)",
        "nvarchar(50)",
        "nvarchar(4000)",
        "nvarchar(max)",
    ),
    *("text", "ntext", "image", "binary(16)", "varbinary(50)", "varbinary(max)", "uniqueidentifier", "xml"),
    *("sql_variant", "timestamp"),
]


@pytest.mark.parametrize("type_", [*TYPES, "datetime2(7)", "time(7)", "hierarchyid", "geography", "geometry"])
def test_types_are_read_as_they_were_declared(connection: Connection, execute: Execute, type_: str) -> None:
    name = f"type_{type_}"
    execute(f"CREATE TABLE dbo.[{name}] (id int NOT NULL PRIMARY KEY, c {type_})")
    found = column(read(connection, name), "c").type
    assert found == (type_.replace("(7)", "(6)") if on_babelfish(connection) else type_)
    assert TypeMap.from_yaml().resolve(found, name)


def test_keys_indexes_defaults_and_comments(connection: Connection, execute: Execute) -> None:
    execute(
        "CREATE TYPE dbo.Telefon FROM nvarchar(25) NOT NULL",
        "CREATE TABLE dbo.Ordre (a int NOT NULL, b int NOT NULL, CONSTRAINT PK_Ordre PRIMARY KEY (b, a))",
        'CREATE TABLE dbo.[Linje [1]] på "Ærlig"] (id int IDENTITY(5, 5) NOT NULL PRIMARY KEY, oa int, ob int,'
        " navn nvarchar(50) COLLATE Danish_Norwegian_CS_AS NOT NULL UNIQUE, tlf dbo.Telefon,"
        " antall int NOT NULL DEFAULT 1, pris decimal(10, 2), sum AS (antall * pris) PERSISTED, tekst AS (navn + N'!'),"
        " CONSTRAINT FK_Linje FOREIGN KEY (ob, oa) REFERENCES dbo.Ordre (b, a))",
        'CREATE INDEX ix ON dbo.[Linje [1]] på "Ærlig"] (antall DESC, oa) INCLUDE (pris) WHERE antall > 0',
        "EXEC sys.sp_addextendedproperty N'MS_Description', N'Navnet på linja', N'SCHEMA', N'dbo', N'TABLE',"
        " N'Linje [1] på \"Ærlig\"', N'COLUMN', N'navn'",
    )
    assert read(connection, "Ordre").primary_key == ["b", "a"]
    snapshot = read(connection, 'Linje [1] på "Ærlig"')
    assert column(snapshot, "id").identity
    assert column(snapshot, "navn").comment == "Navnet på linja"
    assert column(snapshot, "navn").collation == "Danish_Norwegian_CS_AS"
    assert (column(snapshot, "tlf").type, column(snapshot, "tlf").alias_type) == (
        "nvarchar(25)",
        "dbo.Telefon",
    )
    assert (column(snapshot, "antall").default or "").strip("()") == "1"
    assert column(snapshot, "sum").computed
    assert column(snapshot, "sum").persisted
    assert column(snapshot, "tekst").computed
    (foreign_key,) = snapshot.foreign_keys
    assert (foreign_key.columns, foreign_key.references) == (["ob", "oa"], "dbo.Ordre")
    assert foreign_key.referred_columns == ["b", "a"]
    (unique_key,) = snapshot.unique_keys
    assert unique_key.columns == ["navn"]
    (index,) = snapshot.indexes
    assert (index.columns, index.descending, index.include) == (["antall", "oa"], ["antall"], ["pris"])
    assert index.where


def test_a_name_that_the_server_made_up_is_left_out(connection: Connection, execute: Execute) -> None:
    execute(
        "CREATE TABLE dbo.Navnløs (id int NOT NULL PRIMARY KEY, a int UNIQUE REFERENCES dbo.Navnløs (id))"
    )
    snapshot = read(connection, "Navnløs")
    for name in (snapshot.unique_keys[0].name, snapshot.foreign_keys[0].name):
        assert name is None or "__" not in name


def test_sparse_columns(connection: Connection, execute: Execute) -> None:
    if on_babelfish(connection):
        pytest.skip("Babelfish ignores SPARSE")
    execute("CREATE TABLE dbo.Glissen (id int NOT NULL PRIMARY KEY, c int SPARSE NULL)")
    assert column(read(connection, "Glissen"), "c").sparse


def test_temporal_tables(connection: Connection, execute: Execute) -> None:
    execute(
        "CREATE TABLE dbo.Temporal (id int NOT NULL PRIMARY KEY,"
        " fra datetime2(7) GENERATED ALWAYS AS ROW START HIDDEN NOT NULL,"
        " til datetime2(7) GENERATED ALWAYS AS ROW END HIDDEN NOT NULL, PERIOD FOR SYSTEM_TIME (fra, til))"
        " WITH (SYSTEM_VERSIONING = ON (HISTORY_TABLE = dbo.TemporalHistory))"
    )
    snapshot = read(connection, "Temporal")
    assert snapshot.temporal == "system_versioned"
    assert [(c.generated, c.hidden) for c in snapshot.columns] == [
        (None, False),
        ("row_start", True),
        ("row_end", True),
    ]
    assert read(connection, "TemporalHistory").temporal == "history"


def test_ledger_tables(connection: Connection, execute: Execute) -> None:
    execute("CREATE TABLE dbo.Hovedbok (id int NOT NULL) WITH (LEDGER = ON (APPEND_ONLY = ON))")
    assert read(connection, "Hovedbok").ledger == "append_only"


def test_change_data_capture(connection: Connection, execute: Execute) -> None:
    execute(
        "CREATE TABLE dbo.Fulgt (id int NOT NULL PRIMARY KEY, a int, b int)",
        "EXEC sys.sp_cdc_enable_db",
        "EXEC sys.sp_cdc_enable_table @source_schema = N'dbo', @source_name = N'Fulgt', @role_name = NULL,"
        " @captured_column_list = N'id, a', @supports_net_changes = 1",
    )
    assert read_server(connection).cdc_enabled
    (capture,) = read(connection, "Fulgt").cdc or ()
    assert (capture.instance, capture.columns, capture.net_changes) == ("dbo_Fulgt", ["id", "a"], True)


def test_rows_are_estimated(connection: Connection, execute: Execute) -> None:
    execute(
        "CREATE TABLE dbo.Rader (id int NOT NULL PRIMARY KEY)", "INSERT INTO dbo.Rader VALUES (1), (2), (3)"
    )
    assert read(connection, "Rader").row_estimate in (3, 0, None)


def test_a_login_without_view_definition_gets_no_half_snapshot(
    connection: Connection, execute: Execute
) -> None:
    execute(
        "CREATE TABLE dbo.Hemmelig (id int NOT NULL PRIMARY KEY, c int NOT NULL DEFAULT 7)",
        "CREATE USER lowly WITHOUT LOGIN",
        "GRANT SELECT ON dbo.Hemmelig TO lowly",
        "EXECUTE AS USER = 'lowly'",
    )
    try:
        assert read_server(connection).missing_rights == ("VIEW DEFINITION",)
        with pytest.raises(SourceError, match=r"dbo\.Hemmelig"):
            read(connection, "Hemmelig")
    finally:
        connection.exec_driver_sql("REVERT")


def test_what_the_server_is(connection: Connection) -> None:
    facts = read_server(connection)
    assert facts.version[0].isdigit()
    assert facts.database == NAME
    assert facts.missing_rights == ()
    assert NAME in user_databases(connection)


def ddl(schema: str, definition: dict[str, Any]) -> str:
    """Return CREATE TABLE for a table of the sample databases."""
    columns = []
    for column in definition["columns"]:
        parts = [f"[{column['name']}]", column["type"]]
        if column.get("identity"):
            parts.append("IDENTITY")
        parts.append("NULL" if column["nullable"] else "NOT NULL")
        if column.get("default"):
            parts.append(f"DEFAULT {column['default']}")
        columns.append(" ".join(parts))
    keyed = sorted((c["key_position"], c["name"]) for c in definition["columns"] if c.get("primary_key"))
    if keyed:
        columns.append(f"PRIMARY KEY ({', '.join(f'[{name}]' for _, name in keyed)})")
    return f"CREATE TABLE [{schema}].[{definition['table']}] ({', '.join(columns)})"


@pytest.mark.parametrize("sample", ["Northwind", "Chinook"])
def test_sample_databases_come_back_as_they_were_created(
    connection: Connection, execute: Execute, sample: str
) -> None:
    definitions = [
        yaml.safe_load(path.read_text()) for path in sorted((DATA / sample / "dbo").glob("*.yaml"))
    ]
    execute(f"CREATE SCHEMA {sample}", *(ddl(sample, definition) for definition in definitions))
    rows = [row for row in read_tables(connection) if row.schema_name == sample]
    found = {snapshot.table: snapshot for snapshot in reflect(read_catalog(connection, rows), NAME)}
    assert sorted(found) == sorted(definition["table"] for definition in definitions)
    for definition in definitions:
        assert [
            (c.name, c.type, c.nullable, c.primary_key, c.key_position, c.identity)
            for c in found[definition["table"]].columns
        ] == [
            (
                column["name"],
                column["type"],
                column["nullable"],
                column.get("primary_key", False),
                column.get("key_position"),
                column.get("identity", False),
            )
            for column in definition["columns"]
        ]
