"""Settings of a repository (``cdcmig.yaml``); each has a default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cdcmig.config.cron import CronSchedule
from cdcmig.config.model import Model, Name, NothingIsEmpty

MetadataColumnName = Literal[
    "__sync_timestamp", "__source", "__source_ts_ms", "__deleted", "__operation", "__lsn", "__seq_val"
]
"""Standard names of the CDC metadata columns, which cdcmig.mapping.cdc_columns defines."""


class MetadataColumnOverride(Model):
    """Overrides the name or PostgreSQL type of a CDC metadata column, or disables it."""

    name: Name | None = None
    type: Name | None = None
    using: str | None = Field(
        default=None,
        description="SQL expression that converts the values in an incompatible type change; {column} is the column",
    )
    enabled: bool = True


class Roles(Model):
    """Group roles that are granted privileges on the tables and procedures."""

    pipeline: Name = Field(default="cdc_pipeline", description="inserts into staging")
    merge: Name = Field(default="cdc_merge", description="runs the merge procedures")
    reader: Name = Field(default="cdc_reader", description="reads the final tables")


class SinkSettings(Model):
    """Settings of one sink; ``schedule`` is a pg_cron schedule (``30 seconds``, ``*/5 * * * *``)."""

    staging: Literal["unlogged", "logged"] = "unlogged"
    schedule: CronSchedule | None = None


class Settings(Model):
    """``cdcmig.yaml``: ``metadata_columns`` is keyed by standard name, ``sinks`` by ``<group>.<database>``."""

    metadata_columns: dict[MetadataColumnName, MetadataColumnOverride] = Field(default={})
    roles: Roles = Roles()
    sync_timestamp_index: Literal["brin", "btree", "none"] = "brin"
    fillfactor: int = Field(default=85, ge=10, le=100)
    sinks: dict[str, Annotated[SinkSettings, NothingIsEmpty]] = Field(default={})
    tombstone_retention_days: int = Field(default=8, ge=0)
