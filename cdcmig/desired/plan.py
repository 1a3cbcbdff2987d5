"""What a schema is to hold, as plain values: mapped and named, but not yet SQLAlchemy objects.

Plans compare by value, so that tenants which want the same form one group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.types import TypeEngine

from cdcmig.mapping.cdc_columns import CdcColumn


@dataclass(frozen=True)
class ColumnPlan:
    """A column of a final table; ``comment`` carries the source column."""

    name: str
    type: TypeEngine[Any] = field(compare=False)
    nullable: bool
    comment: str | None
    server_default: str | None = None
    type_text: str = field(init=False)

    def __post_init__(self) -> None:
        """Keep the type as text too: SQLAlchemy's types do not compare by value."""
        object.__setattr__(self, "type_text", repr(self.type))


class WideColumn(NamedTuple):
    """A column of which staging keeps a wider type than the final table has.

    Attributes:
        expression: the SQL expression that makes a final value of a staged one.
        using: the part of it for values that have no place in the final table, as somebody wrote it.
    """

    name: str
    type: TypeEngine[Any]
    expression: str
    using: str


@dataclass(frozen=True)
class TablePlan:
    """A final table; without a key it has no staging table and no merge procedure.

    Attributes:
        service: the service that asks for it; ``origin``: the file and path, for messages.
        notes: what the changeset's docstring is to keep.
        columns: the source's and the templates' columns.
        metadata: the CDC metadata columns that follow them.
        renames: hints of the config, old target column → new one.
        using: hints of the config, target column → USING expression of an incompatible type change.
        keeps_key: the source has no key any more; ``key`` is the one that is there.
        wide: columns that got narrower, while staging goes on taking what it took.
        target_exists: somebody else looks after the table; of the plan, only the name counts.
    """

    name: str
    comment: str
    columns: tuple[ColumnPlan, ...]
    metadata: tuple[CdcColumn, ...] = field(compare=False)
    key: tuple[str, ...]
    deletes: str
    retention_days: int
    service: str = field(compare=False)
    origin: str = field(compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    renames: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    using: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    keeps_key: bool = field(default=False, compare=False)
    wide: tuple[WideColumn, ...] = field(default=(), compare=False)
    target_exists: bool = False


SchemaPlan = tuple[TablePlan, ...]
"""The tables of one schema, sorted by name."""
