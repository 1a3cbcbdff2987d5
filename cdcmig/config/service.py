"""Model of a service: its source tables and its sinks (``services/<service>.yaml``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from cdcmig.config.model import Model, Name, NothingIsEmpty


class SourceTable(Model):
    """Options of a source table; all are optional."""

    ignore_columns: list[str] = Field(default=[], description="columns that are not replicated")
    renames: dict[str, str] = Field(default={}, description="old column name: new column name")
    using: dict[str, str] = Field(
        default={},
        description="column: SQL expression that converts the values in an incompatible type change",
    )


class ServiceSource(Model):
    """The source tables; `cdcmig inspect` reads ``validation_database``."""

    validation_database: str | None = None
    tables: dict[str, Annotated[SourceTable, NothingIsEmpty]]


class ColumnTemplateUse(Model):
    """A column template in a sink table; ``name`` overrides the template's column name."""

    template: str
    name: Name | None = None


class SinkTable(Model):
    """A target table, fed ``from`` a source table."""

    target_exists: bool = Field(default=False, description="true: no DDL, columns are only validated")
    replicate_structure: bool = True
    column_templates: list[ColumnTemplateUse] = Field(default=[])
    from_: str = Field(alias="from", description="the source table, as in source.tables")
    columns: dict[str, Name] = Field(default={}, description="source column: target column")
    transforms: list[Any] = Field(default=[], description="applied by the pipeline; no effect on DDL")
    deletes: Literal["tombstone", "soft"] = "tombstone"
    tombstone_retention_days: int | None = Field(default=None, ge=0)


class SinkSection(Model):
    """The tables of a service in one sink."""

    tables: dict[str, SinkTable]


class Service(Model):
    """A service; ``sinks`` is keyed by ``<sink group>.<database>``."""

    name: SkipJsonSchema[str]
    source: ServiceSource
    sinks: dict[str, SinkSection] = Field(default={})
