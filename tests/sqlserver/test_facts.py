"""Facts of SQL Server 2022 that the recorded databases do not have, read from a catalog that shows them."""

from __future__ import annotations

import pytest

from cdcmig.config.snapshot import SnapshotColumn, SnapshotIndex, TableSnapshot
from cdcmig.errors import SourceError
from cdcmig.mapping.types import TypeMap
from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.matching import qualified_name, unknown_tables
from cdcmig.source.reflection import order_of_magnitude, reflect
from cdcmig.source.snapshots import dump

from .conftest import Serve, fake_url
from .recording import Database
from .sqlserver2022 import SqlServer2022


@pytest.fixture
def sql2022() -> SqlServer2022:
    return SqlServer2022()


def read(serve: Serve, server: SqlServer2022 | Database) -> dict[str, TableSnapshot]:
    database = server if isinstance(server, Database) else server.database()
    serve(database)
    with source_connection(fake_url(database.name)) as connection:
        catalog = read_catalog(connection, read_tables(connection))
    return {snapshot.qualified_name: snapshot for snapshot in reflect(catalog, database.name)}


def column(snapshot: TableSnapshot, name: str) -> SnapshotColumn:
    return next(column for column in snapshot.columns if column.name == name)


@pytest.mark.parametrize(
    ("type_", "facts", "expected"),
    [
        ("nvarchar", {"max_length": 100}, "nvarchar(50)"),
        ("nvarchar", {"max_length": -1}, "nvarchar(max)"),
        ("varchar", {"max_length": -1}, "varchar(max)"),
        ("varchar", {"max_length": 8000}, "varchar(8000)"),
        ("nchar", {"max_length": 20}, "nchar(10)"),
        ("varbinary", {"max_length": 16}, "varbinary(16)"),
        ("decimal", {"precision": 18, "scale": 4}, "decimal(18,4)"),
        ("decimal", {"precision": 38, "scale": 0}, "decimal(38,0)"),
        ("datetime2", {"scale": 7}, "datetime2(7)"),
        ("datetime2", {"scale": 0}, "datetime2(0)"),
        ("time", {"scale": 3}, "time(3)"),
        ("datetimeoffset", {"scale": 7}, "datetimeoffset(7)"),
        ("float", {}, "float"),
        ("real", {}, "real"),
        ("datetime", {}, "datetime"),
        ("money", {}, "money"),
        ("timestamp", {}, "timestamp"),
        ("xml", {}, "xml"),
        ("json", {}, "json"),
        ("sql_variant", {}, "sql_variant"),
        ("hierarchyid", {}, "hierarchyid"),
        ("geography", {}, "geography"),
        ("geometry", {}, "geometry"),
        ("sysname", {}, "nvarchar(128)"),
        ("vector", {"max_length": 8 + 4 * 1536}, "vector(1536)"),
    ],
)
def test_types_are_complete_and_known_to_the_type_map(
    serve: Serve, sql2022: SqlServer2022, type_: str, facts: dict[str, int], expected: str
) -> None:
    sql2022.table("dbo", "T").column("c", type_, **facts)
    found = column(read(serve, sql2022)["dbo.T"], "c")
    assert found.type == expected
    assert TypeMap.from_yaml().resolve(found.type, "dbo.T.c")


def test_alias_types_are_resolved_and_named(serve: Serve, sql2022: SqlServer2022) -> None:
    sql2022.alias("Person", "Phone", "nvarchar", max_length=50)
    sql2022.alias("dbo", "Point3D", "assembly")
    sql2022.table("dbo", "T").column("phone", "Phone").column("point", "Point3D").column("name", "sysname")
    snapshot = read(serve, sql2022)["dbo.T"]
    assert [(c.type, c.alias_type) for c in snapshot.columns] == [
        ("nvarchar(25)", "Person.Phone"),
        ("dbo.Point3D", None),
        ("nvarchar(128)", "sysname"),
    ]
    assert TypeMap.from_yaml().resolve("dbo.Point3D", "dbo.T.point").warning


def test_keys_constraints_and_comments(serve: Serve, sql2022: SqlServer2022) -> None:
    other = sql2022.table("Sales", "Order Details").column("a").column("b").primary_key("b", "a")
    (
        sql2022.table("dbo", "T")
        .column("Id", is_nullable=False, is_identity=True)
        .column("x", default="((0))", is_sparse=True)
        .column("Navn", "nvarchar", max_length=100, collation_name="Latin1_General_100_BIN2")
        .computed("twice", "int", "([x]*(2))", persisted=True)
        .primary_key("Id", name="PK__T__3214EC07A1B2C3D4", system_named=True)
        .unique_key("UQ__T__737584F61A2B3C4D", "Navn", system_named=True)
        .unique_key("UQ_chosen__DEADBEEF", "x", "Id")
        .foreign_key("FK_chosen", other, {"x": "b", "Id": "a"})
        .foreign_key("FK__T__x__1A2B3C4D", other, {"x": "a"}, system_named=True)
        .comment("tabellen")
        .comment("navnet", "Navn")
    )
    snapshot = read(serve, sql2022)["dbo.T"]
    assert snapshot.primary_key == ["Id"]
    assert snapshot.comment == "tabellen"
    assert column(snapshot, "Navn").comment == "navnet"
    assert column(snapshot, "Navn").collation == "Latin1_General_100_BIN2"
    assert column(snapshot, "x").default == "((0))"
    assert column(snapshot, "x").sparse
    assert column(snapshot, "Id").identity
    assert (column(snapshot, "twice").computed, column(snapshot, "twice").persisted) == ("([x]*(2))", True)
    assert [(key.name, key.columns) for key in snapshot.unique_keys] == [
        (None, ["Navn"]),
        ("UQ_chosen__DEADBEEF", ["x", "Id"]),
    ]
    assert [
        (key.name, key.columns, key.references, key.referred_columns) for key in snapshot.foreign_keys
    ] == [
        (None, ["x"], "Sales.Order Details", ["a"]),
        ("FK_chosen", ["x", "Id"], "Sales.Order Details", ["b", "a"]),
    ]
    assert read(serve, sql2022)["Sales.Order Details"].primary_key == ["b", "a"]


def test_indexes(serve: Serve, sql2022: SqlServer2022) -> None:
    (
        sql2022.table("dbo", "T")
        .column("a")
        .column("b", "nvarchar", max_length=20)
        .column("doc", "xml")
        .index("ix_plain", ["b", "a"], descending=["a"], include=["doc"], filter_definition="([a]>(0))")
        .index("ux", ["a"], is_unique=True)
        .index("ix_hash", ["a"], type=7)
        .index("ix_xml", ["doc"], type=3)
        .index("ix_columns", [], include=["a", "b"], type=6)
        .index("_dta_guess", ["a"], is_hypothetical=True)
    )
    indexes = {index.name: index for index in read(serve, sql2022)["dbo.T"].indexes}
    assert indexes == {
        "ix_columns": SnapshotIndex(name="ix_columns", kind="columnstore", columns=["a", "b"]),
        "ix_hash": SnapshotIndex(name="ix_hash", kind="hash", columns=["a"]),
        "ix_plain": SnapshotIndex(
            name="ix_plain", columns=["b", "a"], descending=["a"], include=["doc"], where="([a]>(0))"
        ),
        "ix_xml": SnapshotIndex(name="ix_xml", kind="xml", columns=["doc"]),
        "ux": SnapshotIndex(name="ux", columns=["a"], unique=True),
    }
    assert list(indexes) == sorted(indexes)


def test_a_partition_column_is_no_part_of_the_index(serve: Serve, sql2022: SqlServer2022) -> None:
    table = sql2022.table("dbo", "T").column("a").column("day", "date").index("ix", ["a"])
    place = {"object_id": table.object_id, "index_id": 1, "index_column_id": 2}
    sql2022.add("sys.index_columns", **place, column_id=table.ids["day"], key_ordinal=0)
    (index,) = read(serve, sql2022)["dbo.T"].indexes
    assert (index.columns, index.include) == (["a"], [])


def test_temporal_and_ledger_tables(serve: Serve, sql2022: SqlServer2022) -> None:
    period = {"is_hidden": True, "scale": 7}
    (
        sql2022.table("dbo", "T", temporal_type=2, ledger_type=2)
        .column("Id")
        .column("ValidFrom", "datetime2", generated_always_type=1, **period)
        .column("ValidTo", "datetime2", generated_always_type=2, **period)
        .column("tx", "bigint", generated_always_type=5, is_hidden=True)
        .column("MSSQL_DroppedLedgerColumn_x", is_dropped_ledger_column=True)
    )
    sql2022.table("dbo", "T_History", temporal_type=1, ledger_type=1).column("Id")
    sql2022.table("dbo", "L", ledger_type=3).column("Id")
    sql2022.table("dbo", "MSSQL_DroppedLedgerTable_x", is_dropped_ledger_table=True).column("Id")
    snapshots = read(serve, sql2022)
    assert {name: (s.temporal, s.ledger) for name, s in snapshots.items()} == {
        "dbo.L": (None, "append_only"),
        "dbo.T": ("system_versioned", "updatable"),
        "dbo.T_History": ("history", "history"),
    }
    assert [(c.name, c.generated, c.hidden) for c in snapshots["dbo.T"].columns] == [
        ("Id", None, False),
        ("ValidFrom", "row_start", True),
        ("ValidTo", "row_end", True),
        ("tx", "transaction_id_start", True),
    ]


def test_tables_that_hold_no_data_of_their_own_are_not_proposed(serve: Serve, sql2022: SqlServer2022) -> None:
    for schema, name, facts in (
        ("dbo", "T", {}),
        ("dbo", "T_History", {"temporal_type": 1}),
        ("dbo", "L_History", {"ledger_type": 1}),
        ("cdc", "dbo_T_CT", {}),
        ("dbo", "sysdiagrams", {}),
        ("dbo", "elsewhere", {"is_external": True}),
        ("dbo", "shipped", {"is_ms_shipped": True}),
    ):
        sql2022.table(schema, name, **facts).column("Id")
    serve(sql2022.database())
    with source_connection(fake_url("Db")) as connection:
        names = [qualified_name(row) for row in unknown_tables(None, read_tables(connection))]
    assert names == ["dbo.T"]


def test_capture_instances(serve: Serve, sql2022: SqlServer2022) -> None:
    (
        sql2022.table("dbo", "T", is_tracked_by_cdc=True)
        .column("Id")
        .column("Navn", "nvarchar")
        .captured("dbo_T", "Id", "Navn")
        .captured("dbo_T_v2", "Id")
    )
    sql2022.table("dbo", "Untracked").column("Id")
    snapshots = read(serve, sql2022)
    assert [(c.instance, c.columns, c.net_changes) for c in snapshots["dbo.T"].cdc or ()] == [
        ("dbo_T", ["Id", "Navn"], True),
        ("dbo_T_v2", ["Id"], True),
    ]
    assert snapshots["dbo.Untracked"].cdc is None


def test_a_login_that_may_not_read_capture_instances_still_sees_that_there_are_some(
    serve: Serve, sql2022: SqlServer2022
) -> None:
    sql2022.table("dbo", "T", is_tracked_by_cdc=True).column("Id").captured("dbo_T", "Id")
    database = sql2022.database()
    database.refused.add("cdc.change_tables")
    assert read(serve, database)["dbo.T"].cdc == []


def test_rows_are_counted_once(serve: Serve, sql2022: SqlServer2022) -> None:
    sql2022.table("dbo", "partitioned").column("a").rows(70).rows(7).rows(77, index_id=2)
    sql2022.table("dbo", "memory").column("a").rows(40, index_id=2).rows(40, index_id=3)
    sql2022.table("dbo", "unknown").column("a")
    sql2022.table("dbo", "babelfish").column("a").rows(-1)
    found = {name: snapshot.row_estimate for name, snapshot in read(serve, sql2022).items()}
    assert found == {"dbo.partitioned": 77, "dbo.memory": 40, "dbo.unknown": None, "dbo.babelfish": None}


@pytest.mark.parametrize(
    ("rows", "rounded"), [(0, 0), (1, 1), (9, 9), (14, 10), (15, 20), (99, 100), (1_234_567, 1_000_000)]
)
def test_order_of_magnitude(rows: int, rounded: int) -> None:
    assert order_of_magnitude(rows) == rounded


def test_an_older_server_lacks_columns_of_the_catalog(serve: Serve, sql2022: SqlServer2022) -> None:
    sql2022.table("dbo", "T").column("Id")
    sql2022.without("sys.columns", "is_hidden", "generated_always_type", "is_dropped_ledger_column")
    sql2022.without("sys.tables", "temporal_type", "ledger_type", "is_external", "is_dropped_ledger_table")
    snapshot = read(serve, sql2022)["dbo.T"]
    assert (snapshot.temporal, snapshot.ledger, snapshot.columns[0].generated) == (None, None, None)


def test_tables_without_columns_mean_a_missing_right(serve: Serve, sql2022: SqlServer2022) -> None:
    sql2022.table("dbo", "T")
    with pytest.raises(SourceError, match=r"columns of dbo\.T") as error:
        read(serve, sql2022)
    assert "GRANT VIEW DEFINITION" in (error.value.hint or "")


def test_hidden_expressions_mean_a_missing_right(serve: Serve, sql2022: SqlServer2022) -> None:
    sql2022.table("dbo", "T").computed("c", "int", None)
    with pytest.raises(SourceError, match="computed expressions"):
        read(serve, sql2022)


def test_awkward_names_come_through(serve: Serve, sql2022: SqlServer2022) -> None:
    names = ["[brackets]]", 'quo"te', "Død.punkt", "a:b", "100%", "x" * 128, "'; DROP TABLE t --"]
    for name in names:
        sql2022.table("my.schema", name).column(name).primary_key(name).comment(name)
    snapshots = {snapshot.table: snapshot for snapshot in read(serve, sql2022).values()}
    assert sorted(snapshots) == sorted(names)
    assert all(s.primary_key == [name] and s.comment == name for name, s in snapshots.items())
    assert all(dump(snapshot) for snapshot in snapshots.values())


def test_a_graph_tables_own_columns_have_no_expression_to_see(serve: Serve, sql2022: SqlServer2022) -> None:
    table = (
        sql2022.table("dbo", "Node").computed("$node_id_1F2E", "nvarchar", None).column("Navn", "nvarchar")
    )
    graph_type = sql2022.columns("sys.columns").index("graph_type")
    sql2022.views["sys.columns"][0][graph_type] = 2
    assert table.ids
    assert [c.name for c in read(serve, sql2022)["dbo.Node"].columns] == ["$node_id_1F2E", "Navn"]


def test_kinds_of_indexes_to_come_are_no_b_trees(serve: Serve, sql2022: SqlServer2022) -> None:
    sql2022.table("dbo", "T").column("a").index("ix", ["a"], type=9)
    assert read(serve, sql2022)["dbo.T"].indexes[0].kind == "type 9"
