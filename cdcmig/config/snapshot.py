"""Model of a snapshot of one SQL Server table: ``services/_schemas/<service>/<schema>/<Table>.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from cdcmig.config.model import Model, Name
from cdcmig.config.table_names import join_table_name
from cdcmig.config.yaml_source import read


class SnapshotColumn(Model):
    """A source column; the length may be missing from ``type`` (``nvarchar``, ``nvarchar(50)``, ``decimal(18,4)``)."""

    name: Name
    type: Name
    nullable: bool = True
    primary_key: bool = False
    key_position: int | None = Field(
        default=None,
        ge=1,
        description="position in the primary key, from 1; default: order of the columns",
    )
    identity: bool = False
    computed: str | None = Field(default=None, description="expression of a computed column")
    persisted: bool | None = None
    default: str | None = Field(default=None, description="T-SQL expression")
    collation: str | None = None
    comment: str | None = None
    alias_type: str | None = Field(default=None, description="user-defined type; `type` is its base")
    sparse: bool = False
    generated: str | None = Field(default=None, description="row_start, row_end, … (temporal, ledger)")
    hidden: bool = Field(default=False, description="left out of SELECT * (temporal, ledger)")

    @model_validator(mode="after")
    def _position_belongs_to_key(self) -> Self:
        if self.key_position is not None and not self.primary_key:
            raise ValueError("key_position is for columns with `primary_key: true`")
        return self


class SnapshotIndex(Model):
    """An index other than the primary key."""

    name: str
    kind: str | None = Field(default=None, description="xml, spatial, columnstore, hash; default: B-tree")
    columns: list[str]
    descending: list[str] = Field(default=[], description="columns in descending order")
    unique: bool = False
    include: list[str] = Field(default=[])
    where: str | None = Field(default=None, description="filter, as T-SQL")


class SnapshotForeignKey(Model):
    """A foreign key; ``references`` is ``schema.Table``, ``name`` is None if SQL Server generated it."""

    name: str | None = None
    columns: list[str]
    references: str
    referred_columns: list[str]


class SnapshotUniqueKey(Model):
    """A UNIQUE constraint; ``name`` is None if SQL Server generated it."""

    name: str | None = None
    columns: list[str]


class SnapshotCapture(Model):
    """A capture instance of SQL Server's change data capture; ``columns`` is None if it captures all columns."""

    instance: str
    columns: list[str] | None = None
    net_changes: bool = False


class TableSnapshot(Model):
    """One source table."""

    database: str
    schema_: Name = Field(alias="schema")
    service: str | None = None
    table: Name
    columns: list[SnapshotColumn] = Field(min_length=1)
    comment: str | None = None
    foreign_keys: list[SnapshotForeignKey] = Field(default=[])
    indexes: list[SnapshotIndex] = Field(default=[])
    unique_keys: list[SnapshotUniqueKey] = Field(default=[])
    temporal: str | None = Field(default=None, description="system_versioned or history")
    ledger: str | None = Field(default=None, description="append_only, updatable or history")
    row_estimate: int | None = Field(default=None, ge=0)
    cdc: list[SnapshotCapture] | None = None

    _file: Path | None = PrivateAttr(default=None)

    def read_from(self, file: Path) -> Self:
        """Return a copy that knows its file, for :meth:`place_of`."""
        copy = self.model_copy()
        copy._file = file
        return copy

    def place_of(self, column: SnapshotColumn) -> str:
        """Return the location of a column's type as ``file:line: ``; empty if the snapshot is not from a file."""
        if self._file is None:
            return ""
        line = read(self._file).line(("columns", self.columns.index(column), "type"))
        return f"{self._file}:{line}: "

    @property
    def primary_key(self) -> list[str]:
        """Names of the key columns, in key order; empty for a table without a primary key."""
        keyed = [
            (column.key_position or place, place, column.name)
            for place, column in enumerate(self.columns, start=1)
            if column.primary_key
        ]
        return [name for _, _, name in sorted(keyed)]

    @property
    def qualified_name(self) -> str:
        """``dbo.Actor``, spelled as on the server; see :mod:`cdcmig.config.table_names`."""
        return join_table_name(self.schema_, self.table)
