"""A final table with its staging table and merge procedure, made by cdcmig's own operations, and events for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from cdcmig.config.settings import Settings
from cdcmig.mapping import names
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, CdcColumn, metadata_columns
from cdcmig.sql.quoting import literal, qualified

Columns = Mapping[str, sa.types.TypeEngine[Any]]
Event = dict[str, Any]

STANDARD = {column.role: column.name for column in metadata_columns(Settings())}
ID_AND_NOTE: Columns = {"id": sa.Integer(), "note": sa.Text()}
TOPIC = "topic"


class Counts(NamedTuple):
    """One line of the processing log."""

    staged: int
    inserted: int
    updated: int
    stale: int
    duplicates: int
    deleted: int


def lsn(number: int) -> str:
    """Return an LSN as Debezium writes it."""
    text = f"{number:020x}"
    return f"{text[:8]}:{text[8:16]}:{text[16:]}"


@dataclass(frozen=True)
class Table:
    """A merged table.

    Attributes:
        columns: those of the source, the key among them.
        roles: role of a CDC metadata column → its name here.
    """

    connection: Connection
    schema: str
    name: str
    columns: Columns
    key: Sequence[str]
    roles: Mapping[str, str]

    @classmethod
    def create(
        cls,
        connection: Connection,
        schema: str,
        name: str = "T",
        columns: Columns = ID_AND_NOTE,
        *,
        key: Sequence[str] = ("id",),
        settings: Settings | None = None,
        tombstones: bool = False,
    ) -> Table:
        """Create all that a changeset creates for a table; ``settings`` are those of ``cdcmig.yaml``."""
        metadata = metadata_columns(settings or Settings())
        made = cls(connection, schema, name, columns, key, {column.role: column.name for column in metadata})
        op: Any = Operations(MigrationContext.configure(connection))
        op.create_table(
            name,
            *(sa.Column(column, kind, nullable=column not in key) for column, kind in columns.items()),
            *map(_column, metadata),
            sa.PrimaryKeyConstraint(*key),
            schema=schema,
        )
        op.create_staging_table(made.staging, like=name, schema=schema)
        op.create_merge_procedure(
            names.merge_procedure_name(name),
            table=name,
            staging=made.staging,
            key=key,
            columns=[column for column in columns if column not in key],
            metadata={
                role: made.roles.get(role)
                for role, usual in STANDARD.items()
                if made.roles.get(role) != usual
            },
            purge=names.purge_procedure_name(name) if tombstones else None,
            schema=schema,
        )
        return made

    @property
    def staging(self) -> str:
        return names.staging_name(self.name)

    # Events
    # -----------------------------------------------------------------------------------------------------------

    def event(
        self,
        offset: int,
        *values: Any,
        at: int | tuple[int, int] | None = None,
        deleted: bool = False,
        partition: int = 0,
    ) -> Event:
        """Return a row of staging.

        Args:
            offset: of Kafka.
            values: of the columns, in their order; ``None`` for those that are left out.
            at: LSN, or LSN and sequence; ``None``: an event of a snapshot.
        """
        number, sequence = at if isinstance(at, tuple) else (at, 1)
        metadata = {
            "source_ts_ms": None if number is None else 1_767_225_600_000 + number,
            "deleted": deleted,
            "operation": "r" if at is None else "d" if deleted else "u",
            "lsn": None if number is None else lsn(number),
            "seq_val": None if number is None else lsn(sequence),
        }
        return {
            **dict.fromkeys(self.columns),
            **dict(zip(self.columns, values, strict=False)),
            **{self.roles[role]: value for role, value in metadata.items() if role in self.roles},
            "__kafka_topic": TOPIC,
            "__kafka_partition": partition,
            "__kafka_offset": offset,
        }

    def stage(self, *events: Event) -> None:
        """Insert events into staging, in their order."""
        metadata = [sa.Column(name) for name in self.roles.values()]
        kafka = [sa.Column(column.name, column.type) for column in KAFKA_COLUMNS]
        own = [sa.Column(name, kind) for name, kind in self.columns.items()]
        target = sa.Table(self.staging, sa.MetaData(), *own, *metadata, *kafka, schema=self.schema)
        self.connection.execute(sa.insert(target), list(events))

    # Merging
    # -----------------------------------------------------------------------------------------------------------

    def step(self, batch_size: int = 1_000_000, *, one_step: bool = True) -> str:
        """Call the procedure once; return what came of it."""
        procedure = qualified(self.schema, names.merge_procedure_name(self.name))
        return str(self.scalar(f"CALL {procedure}(batch_size => {batch_size}, one_step => {one_step})"))

    def steps(self, batch_size: int = 1_000_000) -> list[str]:
        """Merge one generation, a transaction at a time as ``cdcmig merge`` does; return all outcomes."""
        outcomes = [self.step(batch_size)]
        while outcomes[-1] in {"SWITCHED", "SORTED", "APPLIED"}:
            outcomes.append(self.step(batch_size))
        return outcomes

    def merge(self, *events: Event, batch_size: int = 1_000_000) -> Counts:
        """Stage events, merge them, and return how they were counted."""
        self.stage(*events)
        assert self.step(batch_size, one_step=False) == "MERGED"
        return self.log()[-1]

    # What came of it
    # -----------------------------------------------------------------------------------------------------------

    def rows(self) -> dict[Any, tuple[Any, ...]]:
        """Return the final table: key (a tuple, if composite) → the other columns, and whether it is deleted."""
        deleted = [self.roles["deleted"]] if "deleted" in self.roles else []
        rest = [*(name for name in self.columns if name not in self.key), *deleted]
        selected = sa.select(*map(sa.column, [*self.key, *rest])).select_from(self.final)
        width = len(self.key)
        return {
            row[0] if width == 1 else tuple(row[:width]): tuple(row[width:])
            for row in self.connection.execute(selected)
        }

    @property
    def final(self) -> sa.TableClause:
        return sa.table(self.name, schema=self.schema)

    def log(self) -> list[Counts]:
        """Return the processing log of this table, oldest first; every line adds up."""
        counts = [
            Counts(*row)
            for row in self._infrastructure("processing_log", ", ".join(Counts._fields), order="id")
        ]
        for line in counts:
            assert line.staged == line.inserted + line.updated + line.stale + line.duplicates
        return counts

    def watermarks(self) -> dict[int, int]:
        """Return partition → last offset that is merged."""
        return dict(self._infrastructure("watermarks", "partition, last_offset", order="partition"))

    def waiting(self) -> int:
        """Return how many rows staging holds, the work copy among them."""
        return int(self.scalar(f"SELECT count(*) FROM {qualified(self.schema, self.staging)}"))

    def scalar(self, sql: str) -> Any:
        """Run SQL as it is; return the first value, if there is one."""
        result = self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        return result.scalar() if result.returns_rows else None

    def _infrastructure(self, relation: str, columns: str, order: str) -> list[Any]:
        return list(
            self.connection.exec_driver_sql(
                f"SELECT {columns} FROM cdc_management.{relation}"
                f" WHERE schema_name = {literal(self.schema)} AND table_name = {literal(self.name)} ORDER BY {order}",
                execution_options={"no_parameters": True},
            )
        )


def _column(column: CdcColumn) -> sa.Column[Any]:
    default = None if column.server_default is None else sa.text(column.server_default)
    return sa.Column(column.name, column.type, nullable=column.nullable, server_default=default)
