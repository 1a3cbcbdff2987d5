"""Columns that the source does not have, added to sink tables by name (``column-templates.yaml``)."""

from __future__ import annotations

from pydantic import Field

from cdcmig.config.model import Model, Name


class ColumnTemplate(Model):
    """A column; ``applies_to`` holds fnmatch patterns on ``schema.Table``, none meaning every table."""

    name: Name = Field(description="column name in the target table")
    type: Name = Field(description="PostgreSQL type")
    not_null: bool = False
    description: str | None = None
    value: str | None = Field(default=None, description="the pipeline's expression; does not concern DDL")
    default: str | None = Field(default=None, description="SQL expression")
    using: str | None = Field(
        default=None, description="SQL expression of an incompatible type change; {column} is the column"
    )
    applies_to: list[str] = Field(default=[])


class ColumnTemplatesFile(Model):
    """``column-templates.yaml``."""

    templates: dict[str, ColumnTemplate] = Field(default={})
