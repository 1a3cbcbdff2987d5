"""The CDC columns: the standard ones, and what a repository may change about them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from cdcmig.config.settings import Settings
from cdcmig.errors import MappingError
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, CdcColumn, metadata_columns


def settings(**overrides: object) -> Settings:
    return Settings.model_validate({"metadata_columns": overrides})


def ddl(column: CdcColumn) -> str:
    text = f"{column.name} {column.type.compile(dialect=postgresql.dialect())}"
    text += "" if column.nullable else " NOT NULL"
    return text + (f" DEFAULT {column.server_default}" if column.server_default else "")


def test_the_standard_columns() -> None:
    assert [ddl(column) for column in metadata_columns(Settings())] == [
        "__sync_timestamp TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now()",
        "__source TEXT",
        "__source_ts_ms BIGINT",
        "__deleted BOOLEAN NOT NULL DEFAULT false",
        "__operation TEXT",
        '__lsn TEXT COLLATE "C"',
        '__seq_val TEXT COLLATE "C"',
    ]


def test_the_kafka_columns() -> None:
    assert [ddl(column) for column in KAFKA_COLUMNS] == [
        "__kafka_topic TEXT NOT NULL",
        "__kafka_partition INTEGER NOT NULL",
        "__kafka_offset BIGINT NOT NULL",
        "__kafka_timestamp TIMESTAMP WITH TIME ZONE",
    ]


def test_a_column_can_be_renamed_retyped_and_left_out() -> None:
    columns = {
        column.role: column
        for column in metadata_columns(
            settings(
                __lsn={"name": "_lsn", "type": "bytea"},
                __seq_val={"type": "varchar(40)"},
                __source={"enabled": False},
            )
        )
    }
    assert ddl(columns["lsn"]) == "_lsn BYTEA"
    assert ddl(columns["seq_val"]) == '__seq_val VARCHAR(40) COLLATE "C"'
    assert "source" not in columns


def test_an_override_changes_nothing_for_the_next_caller() -> None:
    before = [ddl(column) for column in metadata_columns(Settings())]
    metadata_columns(settings(__lsn={"name": "x", "type": 'text collate "de-DE-x-icu"'}))
    assert [ddl(column) for column in metadata_columns(Settings())] == before
    assert isinstance(metadata_columns(Settings())[5].type, sa.Text)


@pytest.mark.parametrize(
    ("override", "fault"),
    [
        ({"__deleted": {"type": "smallint"}}, "expected boolean"),
        ({"__lsn": {"type": "bigint"}}, "expected bytea or text or varchar"),
        ({"__sync_timestamp": {"type": "timestmp"}}, 'did you mean "timestamp"'),
        ({"__source": {"name": "ø" * 32}}, "longer than 63 bytes"),
    ],
)
def test_what_merging_cannot_work_with_is_an_error(override: dict[str, object], fault: str) -> None:
    with pytest.raises(MappingError) as caught:
        metadata_columns(settings(**override))
    assert caught.value.message.startswith(f"cdcmig.yaml: metadata_columns.{next(iter(override))}")
    assert fault in caught.value.message
