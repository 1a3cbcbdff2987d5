"""SQLAlchemy reflects the same databases by statements of its own: where both look, both see the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import URL, Inspector, inspect
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import reflection
from sqlalchemy.exc import SAWarning

from cdcmig.config.snapshot import TableSnapshot
from cdcmig.config.table_names import join_table_name
from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.reflection import reflect

Key = tuple[str, str]


@pytest.fixture
def both(source_url: URL) -> tuple[dict[Key, TableSnapshot], Callable[[str], dict[Key, Any]]]:
    """Return our snapshots by schema and table, and a function that asks SQLAlchemy's get_multi_*."""
    with source_connection(source_url) as connection:
        catalog = read_catalog(connection, read_tables(connection))
        ours = {(s.schema_, s.table): s for s in reflect(catalog, source_url.database or "")}
        inspector: Inspector = inspect(connection)
        theirs: dict[str, dict[Key, Any]] = {}
        for part in ("columns", "pk_constraint", "foreign_keys", "indexes", "table_comment"):
            theirs[part] = {}
            for schema in sorted({schema for schema, _ in ours}):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SAWarning)  # types that SQLAlchemy does not know
                    found = getattr(inspector, f"get_multi_{part}")(
                        schema=schema, kind=reflection.ObjectKind.TABLE
                    )
                theirs[part] |= {(schema, table): value for (_, table), value in found.items()}
    return ours, lambda part: {key: value for key, value in theirs[part].items() if key in ours}


def test_columns(both: Any) -> None:
    ours, theirs = both
    for key, columns in theirs("columns").items():
        found = {column.name: column for column in ours[key].columns}
        for column in columns:
            if column["name"].startswith("MSSQL_DroppedLedgerColumn"):
                continue
            mine = found[column["name"]]
            assert mine.nullable == column["nullable"], (key, mine)
            assert mine.default == column["default"], (key, mine)
            assert mine.comment == column["comment"], (key, mine)
            assert mine.identity == ("identity" in column), (key, mine)
            assert mine.computed == column.get("computed", {}).get("sqltext"), (key, mine)


def test_types_say_at_least_what_sqlalchemy_says(both: Any) -> None:
    ours, theirs = both
    dialect = mssql.dialect()
    for key, columns in theirs("columns").items():
        found = {column.name: column for column in ours[key].columns}
        for column in columns:
            type_ = column["type"]
            if type(type_).__name__ == "NullType" or not hasattr(type_, "length") or type_.length is None:
                continue
            compiled = type_.compile(dialect).split(" COLLATE")[0].lower()
            assert found[column["name"]].type == compiled, key


def test_primary_keys(both: Any) -> None:
    ours, theirs = both
    found = theirs("pk_constraint")
    assert {key: snapshot.primary_key for key, snapshot in ours.items()} == {
        key: value["constrained_columns"] for key, value in found.items()
    }


def test_foreign_keys(both: Any) -> None:
    ours, theirs = both
    for key, foreign_keys in theirs("foreign_keys").items():
        mine = {
            (tuple(fk.columns), fk.references, tuple(fk.referred_columns)) for fk in ours[key].foreign_keys
        }
        assert mine == {
            (
                tuple(fk["constrained_columns"]),
                join_table_name(fk["referred_schema"] or "dbo", fk["referred_table"]),
                tuple(fk["referred_columns"]),
            )
            for fk in foreign_keys
        }, key


def test_indexes(both: Any) -> None:
    ours, theirs = both
    for key, indexes in theirs("indexes").items():
        rowstore = [index for index in ours[key].indexes if index.kind is None]
        found = {index["name"]: index for index in indexes}
        for mine in rowstore:
            index = found[mine.name]
            # SQLAlchemy counts the partition column of a partitioned table as one in front of the index's own
            assert index["column_names"][-len(mine.columns) :] == mine.columns, (key, mine)
            assert index["dialect_options"]["mssql_include"] == mine.include, (key, mine)
            assert index["dialect_options"].get("mssql_where") == mine.where, (key, mine)
            assert index["unique"] == mine.unique, (key, mine)
        unique = {index.name for index in ours[key].indexes if index.unique}
        theirs_unique = {name for name, index in found.items() if index["unique"]}
        assert unique <= theirs_unique, key
        assert len(theirs_unique - unique) == len(ours[key].unique_keys), key


def test_comments(both: Any) -> None:
    ours, theirs = both
    assert {key: snapshot.comment for key, snapshot in ours.items()} == {
        key: value["text"] for key, value in theirs("table_comment").items()
    }
