"""Definitions of the CDC columns that are added to every table.

Final tables have the metadata columns; staging tables have the Kafka columns too. Merge procedures refer to them by
role. Each column's comment states its purpose; in PostgreSQL it ends in a marker with the role.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from cdcmig.config.settings import MetadataColumnOverride, Settings
from cdcmig.errors import MappingError
from cdcmig.mapping.markers import Comment
from cdcmig.mapping.names import MAX_BYTES
from cdcmig.mapping.postgresql_types import family_name, parse_postgresql_type


class CdcColumn(NamedTuple):
    """A CDC column: its role, and its definition in PostgreSQL."""

    role: str
    name: str
    type: TypeEngine[Any]
    nullable: bool
    server_default: str | None
    comment: str


class _Standard(NamedTuple):
    """A metadata column without overrides, and the types that merge procedures support for it."""

    column: CdcColumn
    allowed: frozenset[str]


_TEXTS = frozenset({"text", "varchar", "char"})
# LSNs must sort bytewise, as in SQL Server; a linguistic collation would sort them differently.
_LSNS = frozenset({"text", "varchar", "bytea"})

_METADATA: dict[str, _Standard] = {
    standard.column.name: standard
    for standard in (
        _Standard(
            CdcColumn(
                "sync_timestamp",
                "__sync_timestamp",
                postgresql.TIMESTAMP(timezone=True),
                nullable=False,
                server_default="now()",
                comment="when this row was last written here",
            ),
            frozenset({"timestamptz", "timestamp"}),
        ),
        _Standard(
            CdcColumn("source", "__source", sa.Text(), True, None, "where the event came from"),
            _TEXTS | {"json", "jsonb"},
        ),
        _Standard(
            CdcColumn(
                "source_ts_ms",
                "__source_ts_ms",
                sa.BigInteger(),
                nullable=True,
                server_default=None,
                comment="when the source committed the change, in milliseconds since 1970-01-01 UTC",
            ),
            frozenset({"bigint", "numeric"}),
        ),
        _Standard(
            CdcColumn(
                "deleted",
                "__deleted",
                sa.Boolean(),
                nullable=False,
                server_default="false",
                comment="the row is gone from the source; kept as a tombstone against late events",
            ),
            frozenset({"boolean"}),
        ),
        _Standard(
            CdcColumn(
                "operation",
                "__operation",
                sa.Text(),
                True,
                None,
                "last operation: c, u, d or, from a snapshot, r",
            ),
            _TEXTS,
        ),
        _Standard(
            CdcColumn(
                "lsn",
                "__lsn",
                sa.Text(collation="C"),
                nullable=True,
                server_default=None,
                comment="commit LSN of the change in SQL Server; with __seq_val it orders all events",
            ),
            _LSNS,
        ),
        _Standard(
            CdcColumn(
                "seq_val",
                "__seq_val",
                sa.Text(collation="C"),
                nullable=True,
                server_default=None,
                comment="place of the change within its transaction in SQL Server",
            ),
            _LSNS,
        ),
    )
}

KAFKA_COLUMNS: tuple[CdcColumn, ...] = (
    CdcColumn("kafka_topic", "__kafka_topic", sa.Text(), False, None, "topic of the event"),
    CdcColumn("kafka_partition", "__kafka_partition", sa.Integer(), False, None, "partition of the topic"),
    CdcColumn("kafka_offset", "__kafka_offset", sa.BigInteger(), False, None, "offset within the partition"),
    CdcColumn(
        "kafka_timestamp",
        "__kafka_timestamp",
        postgresql.TIMESTAMP(timezone=True),
        nullable=True,
        server_default=None,
        comment="the broker's timestamp of the event",
    ),
)
"""Columns of staging tables only."""

SLOT_COLUMN = "__slot"
"""Partition key of the staging table: the slot (generation) of a row."""


STANDARD_NAMES: dict[str, str] = {standard.column.role: name for name, standard in _METADATA.items()}
"""Role → standard name of the metadata column."""


def metadata_columns(
    settings: Settings, where: Callable[..., str] = "cdcmig.yaml: metadata_columns.{}.{}".format
) -> tuple[CdcColumn, ...]:
    """Return the metadata columns of every table, in order, with the repository's overrides applied.

    Args:
        settings: the repository's settings.
        where: formats the location of an override for errors, from a column's standard name and the override's key.

    Raises:
        UnknownTypeError: an override's type is not a PostgreSQL type.
        MappingError: merge procedures do not support that type, or the name is longer than 63 bytes.
    """
    overrides = {str(name): override for name, override in settings.metadata_columns.items()}
    unchanged = MetadataColumnOverride()
    return tuple(
        _overridden(standard, overrides.get(name, unchanged), where)
        for name, standard in _METADATA.items()
        if overrides.get(name, unchanged).enabled
    )


def _overridden(
    standard: _Standard, override: MetadataColumnOverride, where: Callable[..., str]
) -> CdcColumn:
    """Return the column with the override's name and type, and the role in its comment."""
    column = standard.column
    column = column._replace(comment=str(Comment(column.comment, role=column.role)))
    name = override.name or column.name
    if len(name.encode()) > MAX_BYTES:
        raise MappingError(f'{where(column.name, "name")}: "{name}" is longer than {MAX_BYTES} bytes')
    if override.type is None:
        return column._replace(name=name)
    place = where(column.name, "type")
    mapped = parse_postgresql_type(override.type, place)
    if family_name(override.type) not in standard.allowed:
        expected = " or ".join(sorted(standard.allowed))
        raise MappingError(f'{place}: merge procedures do not support "{override.type}"; expected {expected}')
    if standard.allowed is _LSNS and isinstance(mapped, sa.String):
        mapped.collation = "C"
    return column._replace(name=name, type=mapped)
