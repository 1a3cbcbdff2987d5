"""Model of columns that are added to sink tables although the source lacks them (``column-templates.yaml``)."""

from __future__ import annotations

from pydantic import Field

from cdcmig.config.model import Model, Name


class ColumnTemplate(Model):
    """A column; ``applies_to`` are fnmatch patterns for ``schema.Table``; empty: every table."""

    name: Name = Field(description="column name in the target table")
    type: Name = Field(description="PostgreSQL type")
    not_null: bool = False
    description: str | None = None
    value: str | None = Field(default=None, description="expression for the pipeline; no effect on DDL")
    default: str | None = Field(default=None, description="SQL expression")
    using: str | None = Field(
        default=None,
        description="SQL expression that converts the values in an incompatible type change; {column} is the column",
    )
    applies_to: list[str] = Field(default=[])


class ColumnTemplatesFile(Model):
    """``column-templates.yaml``."""

    templates: dict[str, ColumnTemplate] = Field(default={})
