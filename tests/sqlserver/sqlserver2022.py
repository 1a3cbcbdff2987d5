"""Catalogs written down as SQL Server 2022 would show them, for what the recorded databases do not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from .recording import Database

COLUMNS = {
    "sys.schemas": ["schema_id", "name"],
    "sys.tables": [
        *("object_id", "schema_id", "name", "is_ms_shipped", "is_tracked_by_cdc", "temporal_type"),
        *("ledger_type", "is_external", "is_dropped_ledger_table"),
    ],
    "sys.columns": [
        *(
            "object_id",
            "column_id",
            "name",
            "system_type_id",
            "user_type_id",
            "max_length",
            "precision",
            "scale",
        ),
        *("collation_name", "is_nullable", "is_identity", "is_computed", "is_sparse", "is_hidden"),
        *("generated_always_type", "is_dropped_ledger_column", "default_object_id", "graph_type"),
    ],
    "sys.types": [
        *("name", "system_type_id", "user_type_id", "schema_id", "is_user_defined", "is_assembly_type"),
    ],
    "sys.default_constraints": ["object_id", "parent_object_id", "parent_column_id", "name", "definition"],
    "sys.computed_columns": ["object_id", "column_id", "definition", "is_persisted"],
    "sys.indexes": [
        *("object_id", "index_id", "name", "type", "is_unique", "is_primary_key", "is_unique_constraint"),
        *("filter_definition", "is_hypothetical"),
    ],
    "sys.index_columns": [
        *("object_id", "index_id", "index_column_id", "column_id", "key_ordinal"),
        *("is_descending_key", "is_included_column"),
    ],
    "sys.key_constraints": ["parent_object_id", "unique_index_id", "name", "type", "is_system_named"],
    "sys.foreign_keys": ["object_id", "parent_object_id", "referenced_object_id", "name", "is_system_named"],
    "sys.foreign_key_columns": [
        *("constraint_object_id", "constraint_column_id", "parent_object_id", "parent_column_id"),
        *("referenced_object_id", "referenced_column_id"),
    ],
    "sys.extended_properties": ["class", "major_id", "minor_id", "name", "value"],
    "sys.partitions": ["object_id", "index_id", "rows"],
    "cdc.change_tables": ["object_id", "source_object_id", "capture_instance", "supports_net_changes"],
    "cdc.captured_columns": ["object_id", "column_name", "column_ordinal"],
}

TYPES = {
    "int": (56, 56, 4, 10, 0),
    "bigint": (127, 127, 8, 19, 0),
    "bit": (104, 104, 1, 1, 0),
    "nvarchar": (231, 231, 8000, 0, 0),
    "varchar": (167, 167, 8000, 0, 0),
    "nchar": (239, 239, 8000, 0, 0),
    "varbinary": (165, 165, 8000, 0, 0),
    "decimal": (106, 106, 17, 38, 38),
    "float": (62, 62, 8, 53, 0),
    "real": (59, 59, 4, 24, 0),
    "money": (60, 60, 8, 19, 4),
    "date": (40, 40, 3, 10, 0),
    "time": (41, 41, 5, 16, 7),
    "datetime": (61, 61, 8, 23, 3),
    "datetime2": (42, 42, 8, 27, 7),
    "datetimeoffset": (43, 43, 10, 34, 7),
    "timestamp": (189, 189, 8, 0, 0),
    "uniqueidentifier": (36, 36, 16, 0, 0),
    "xml": (241, 241, -1, 0, 0),
    "json": (244, 244, -1, 0, 0),
    "sql_variant": (98, 98, 8016, 0, 0),
    "hierarchyid": (240, 128, 892, 0, 0),
    "geometry": (240, 129, -1, 0, 0),
    "geography": (240, 130, -1, 0, 0),
    "sysname": (231, 256, 256, 0, 0),
    "vector": (255, 255, 8000, 0, 0),
}
"""Name: system_type_id, user_type_id, max_length, precision, scale."""

COLLATED = {"nvarchar", "varchar", "nchar", "sysname"}


@dataclass
class Table:
    """Builds one table; every method returns the table."""

    server: SqlServer2022
    object_id: int
    ids: dict[str, int] = field(default_factory=dict)
    index_ids: Any = field(default_factory=lambda: count(1))

    def column(self, name: str, type_: str = "int", *, default: str | None = None, **facts: Any) -> Table:
        self.ids[name] = column_id = len(self.ids) + 1
        system, user, length, precision, scale = self.server.types[type_]
        row = {"max_length": length, "precision": precision, "scale": scale, "is_nullable": True} | {
            "collation_name": "Danish_Norwegian_CI_AS" if type_ in COLLATED else None
        }
        identity = {"name": name, "column_id": column_id, "system_type_id": system, "user_type_id": user}
        constraint = self.server.new_id() if default else 0
        identity["default_object_id"] = constraint
        self.server.add("sys.columns", object_id=self.object_id, **row | identity | facts)
        if default:
            place = {
                "object_id": constraint,
                "parent_object_id": self.object_id,
                "parent_column_id": column_id,
            }
            self.server.add("sys.default_constraints", **place, definition=default)
        return self

    def computed(self, name: str, type_: str, definition: str | None, *, persisted: bool = False) -> Table:
        self.column(name, type_, is_computed=True)
        place = {"object_id": self.object_id, "column_id": self.ids[name]}
        self.server.add("sys.computed_columns", **place, definition=definition, is_persisted=persisted)
        return self

    def index(
        self,
        name: str,
        columns: Sequence[str],
        *,
        include: Sequence[str] = (),
        descending: Sequence[str] = (),
        system_named: bool | None = None,
        **facts: Any,
    ) -> Table:
        index_id = next(self.index_ids)
        place = {"object_id": self.object_id, "index_id": index_id}
        self.server.add("sys.indexes", **{"name": name, "type": 2} | place | facts)
        for ordinal, column in enumerate([*columns, *include], start=1):
            self.server.add(
                "sys.index_columns",
                **place,
                index_column_id=ordinal,
                column_id=self.ids[column],
                key_ordinal=ordinal if ordinal <= len(columns) else 0,
                is_included_column=ordinal > len(columns),
                is_descending_key=column in descending,
            )
        if system_named is not None:
            kind = "PK" if facts.get("is_primary_key") else "UQ"
            place = {
                "parent_object_id": self.object_id,
                "unique_index_id": index_id,
                "name": name,
                "type": kind,
            }
            self.server.add("sys.key_constraints", **place, is_system_named=system_named)
        return self

    def primary_key(self, *columns: str, name: str = "PK_x", system_named: bool = False) -> Table:
        facts = {"type": 1, "is_unique": True, "is_primary_key": True}
        return self.index(name, columns, system_named=system_named, **facts)

    def unique_key(self, name: str, *columns: str, system_named: bool = False) -> Table:
        facts = {"is_unique": True, "is_unique_constraint": True}
        return self.index(name, columns, system_named=system_named, **facts)

    def foreign_key(
        self, name: str, other: Table, pairs: dict[str, str], *, system_named: bool = False
    ) -> Table:
        key = self.server.new_id()
        ends = {"parent_object_id": self.object_id, "referenced_object_id": other.object_id}
        self.server.add("sys.foreign_keys", **ends, object_id=key, name=name, is_system_named=system_named)
        for ordinal, (column, referred) in enumerate(pairs.items(), start=1):
            self.server.add(
                "sys.foreign_key_columns",
                **ends,
                constraint_object_id=key,
                constraint_column_id=ordinal,
                parent_column_id=self.ids[column],
                referenced_column_id=other.ids[referred],
            )
        return self

    def comment(self, text: str, column: str | None = None) -> Table:
        place = {"class": 1, "major_id": self.object_id, "minor_id": self.ids[column] if column else 0}
        self.server.add("sys.extended_properties", **place, name="MS_Description", value=text)
        return self

    def rows(self, number: int, index_id: int = 1) -> Table:
        self.server.add("sys.partitions", object_id=self.object_id, index_id=index_id, rows=number)
        return self

    def captured(self, instance: str, *columns: str) -> Table:
        change_table = self.server.new_id()
        place = {"object_id": change_table, "source_object_id": self.object_id}
        self.server.add("cdc.change_tables", **place, capture_instance=instance, supports_net_changes=True)
        for ordinal, column in enumerate(columns, start=1):
            self.server.add(
                "cdc.captured_columns", object_id=change_table, column_name=column, column_ordinal=ordinal
            )
        return self


class SqlServer2022:
    """Builds the catalog of a database."""

    def __init__(self) -> None:
        self.views: dict[str, list[list[Any]]] = {view: [] for view in COLUMNS}
        self.types = dict(TYPES)
        self._ids = count(1000)
        self._schemas: dict[str, int] = {}
        for schema in ("dbo", "sys"):
            self._schema(schema)
        for name, (system, user, *_) in TYPES.items():
            self._type(name, system, user, "sys", is_assembly_type=system == 240)

    def new_id(self) -> int:
        return next(self._ids)

    def add(self, view: str, **values: Any) -> None:
        assert values.keys() <= set(COLUMNS[view]), values.keys() - set(COLUMNS[view])
        flags = {column: 0 for column in COLUMNS[view] if column.startswith("is_")}
        row = dict.fromkeys(COLUMNS[view]) | flags | values
        self.views[view].append([row[column] for column in COLUMNS[view]])

    def table(self, schema: str, name: str, **facts: Any) -> Table:
        object_id = self.new_id()
        kinds = {"temporal_type": 0, "ledger_type": 0}
        place = {"object_id": object_id, "schema_id": self._schema(schema), "name": name}
        self.add("sys.tables", **kinds | place | facts)
        return Table(self, object_id)

    def alias(self, schema: str, name: str, base: str, **facts: Any) -> None:
        """CREATE TYPE … FROM base, or an assembly's type for the base ``assembly``."""
        user = self.new_id()
        system, _, length, precision, scale = (240, 0, -1, 0, 0) if base == "assembly" else TYPES[base]
        given = {"max_length": length, "precision": precision, "scale": scale} | facts
        self.types[name] = (system, user, given["max_length"], given["precision"], given["scale"])
        self._type(name, system, user, schema, is_user_defined=True, is_assembly_type=base == "assembly")

    def without(self, view: str, *columns: str) -> None:
        """Take columns away from a view that older servers do not have."""
        for column in columns:
            index = self.columns(view).index(column)
            self._columns[view].pop(index)
            for row in self.views[view]:
                row.pop(index)

    def columns(self, view: str) -> list[str]:
        if not hasattr(self, "_columns"):
            self._columns = {name: list(columns) for name, columns in COLUMNS.items()}
        return self._columns[view]

    def database(self, name: str = "Db", *, cdc: bool = True) -> Database:
        views = {view: rows for view, rows in self.views.items() if cdc or not view.startswith("cdc.")}
        return Database(
            name, {view: {"columns": self.columns(view), "rows": rows} for view, rows in views.items()}
        )

    def _schema(self, name: str) -> int:
        if name not in self._schemas:
            self._schemas[name] = self.new_id()
            self.add("sys.schemas", schema_id=self._schemas[name], name=name)
        return self._schemas[name]

    def _type(self, name: str, system: int, user: int, schema: str, **facts: Any) -> None:
        place = {"system_type_id": system, "user_type_id": user, "schema_id": self._schema(schema)}
        self.add("sys.types", name=name, **place, **facts)


def shop(tables: int = 3, *, lacking: Sequence[str] = ()) -> SqlServer2022:
    """Return a database of ``tables`` tables T0, T1, …, each referring to the one before."""
    server = SqlServer2022()
    before: Table | None = None
    for number in range(tables):
        table = server.table("dbo", f"T{number}").column("Id", is_nullable=False, is_identity=True)
        for column in ("Navn", "Kode", "Before"):
            if column not in lacking:
                table.column(column, "int" if column == "Before" else "nvarchar", max_length=100)
        table.primary_key("Id", name=f"PK_T{number}").rows(1234)
        if before and "Before" in table.ids:
            table.foreign_key(f"FK_T{number}", before, {"Before": "Id"})
        before = table
    return server


def features() -> SqlServer2022:
    """Return a database with a column of every type, several schemas, names that need quoting, CDC."""
    server = SqlServer2022()
    server.alias("Person", "Phone", "nvarchar", max_length=50)
    server.alias("dbo", "Point", "assembly")
    document = server.table("Production", "Document", temporal_type=2, is_tracked_by_cdc=True)
    document.column("Node", "hierarchyid", is_nullable=False).primary_key("Node", name="PK_Document")
    for name in TYPES:
        length = {"nvarchar": 100, "vector": 8 + 4 * 3}.get(name, TYPES[name][2])
        document.column(f"c_{name}", name, max_length=length)
    document.column("phone", "Phone").column("point", "Point").column("d", default="((0))", is_nullable=False)
    document.computed("twice", "int", "([d]*(2))").captured("Production_Document", "Node", "d")
    line = (
        server.table("Sales", 'Order "Line]s')
        .column("Død", is_nullable=False)
        .column("select", is_nullable=False)
    )
    line.primary_key("select", "Død", name="PK_Line").comment("it's 100%")
    server.table("Person", "Document").column("Id", is_nullable=False).primary_key("Id", name="PK_Other")
    server.table("dbo", "Document_History", temporal_type=1).column("Id")
    return server
