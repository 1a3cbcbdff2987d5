"""The tables of a soak, made by cdcmig's own operations, and the comparison with the oracle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL
from sqlalchemy.pool import NullPool

import cdcmig.operations  # noqa: F401 - registers op.create_staging_table and the others
from tests.postgres.soak.events import EVENT_COLUMNS, PARTITIONS, TOPIC, Log, oracle

SCHEMA = "soak"
FINAL = f'{SCHEMA}."Ledger"'
STAGING = f'{SCHEMA}."stg_Ledger"'
PROCEDURE = f"{SCHEMA}.sp_merge_ledger"
PAYLOAD = ("version", "name", "amount", "changed_at")


def connect(url: URL, *, autocommit: bool = True) -> Any:
    """Return a psycopg2 connection."""
    connection = psycopg2.connect(
        dbname=url.database,
        user=url.username,
        password=url.password,
        host=url.query.get("host") or url.host,
        port=url.port,
        connect_timeout=10,
    )
    connection.autocommit = autocommit
    return connection


def is_lost(connection: Any, error: psycopg2.Error) -> bool:
    """Return whether an error means that the server, or only the connection, has gone away.

    What the server still has to say then is of class 57P; an error without any code comes from the client's side.
    """
    return connection is None or bool(connection.closed) or (error.pgcode or "57P").startswith("57P")


@dataclass(frozen=True)
class Roles:
    """The group roles; soaks in one server must not share those that they drop."""

    pipeline: str = "cdc_pipeline"
    merge: str = "cdc_merge"
    reader: str = "cdc_reader"


@dataclass(frozen=True)
class Verdict:
    """The final table compared with the oracle, and what the infrastructure says about itself.

    Attributes:
        missing: keys of the log that the final table lacks; ``unexpected``: the reverse.
        stale: keys with a version that is not the newest, or with columns of several versions.
        wrong_flags: keys whose delete flag is wrong.
        wrong_watermarks: partitions whose watermark is not the last offset that was sent.
        left: rows still in staging.
        logged: rows staged according to the processing log; ``by_offsets``: according to its offsets.
        replays: partitions in ``replay_needed``; ``gaps``: rows of ``processing_gaps``.
        errors: distinct SQLSTATEs in the error log.
    """

    events: int
    keys: int
    missing: int
    unexpected: int
    stale: int
    wrong_flags: int
    wrong_watermarks: int = 0
    left: int = 0
    logged: int = 0
    by_offsets: int = 0
    replays: int = 0
    gaps: int = 0
    errors: list[str] = field(default_factory=list)
    generations: int = 0
    most_batches: int = 0

    @property
    def lost(self) -> int:
        """Keys that are not what they should be."""
        return self.missing + self.stale + self.wrong_flags

    def faults(self) -> dict[str, int]:
        """Return everything that has to be 0 whatever happened, as far as it is not."""
        names = (
            "missing", "unexpected", "stale", "wrong_flags", "wrong_watermarks", "left", "replays", "gaps"
        )  # fmt: skip
        found = {name: getattr(self, name) for name in names}
        found["log against offsets"] = self.logged - self.by_offsets
        return {name: count for name, count in found.items() if count}


@dataclass(frozen=True)
class World:
    """A database with one table under soak."""

    url: URL
    log: Log = field(default_factory=Log)
    roles: Roles = field(default_factory=Roles)
    logged: bool = False

    def create(self) -> None:
        """Create everything a changeset with default settings creates, and the log's function."""
        self._with_operations(self._create)

    def create_like_today(self) -> None:
        """Create a plain final table and one UNLOGGED staging table, for the control."""
        self._with_operations(self._create_like_today)

    def _with_operations(self, create: Any) -> None:
        engine = sa.create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            create(Operations(MigrationContext.configure(connection)))
        engine.dispose()
        self.execute(self.log.create())

    def _create(self, op: Operations) -> None:
        roles = {"pipeline": self.roles.pipeline, "merge": self.roles.merge, "reader": self.roles.reader}
        op.execute(f"CREATE SCHEMA {SCHEMA}")
        op.create_cdc_management(schema="cdc_management", **roles)  # type: ignore[attr-defined]
        op.create_table(
            "Ledger",
            *columns(),
            sa.PrimaryKeyConstraint("id"),
            schema=SCHEMA,
            postgresql_with={"fillfactor": 85},
        )
        op.create_index(
            "ix_Ledger_sync", "Ledger", ["__sync_timestamp"], schema=SCHEMA, postgresql_using="brin"
        )
        op.create_staging_table("stg_Ledger", like="Ledger", schema=SCHEMA, logged=self.logged)  # type: ignore[attr-defined]
        op.create_merge_procedure(  # type: ignore[attr-defined]
            "sp_merge_ledger",
            table="Ledger",
            staging="stg_Ledger",
            key=["id"],
            columns=PAYLOAD,
            schema=SCHEMA,
        )
        op.grant_cdc_access(  # type: ignore[attr-defined]
            "Ledger", staging="stg_Ledger", procedure="sp_merge_ledger", schema=SCHEMA, **roles
        )

    def _create_like_today(self, op: Operations) -> None:
        op.execute(f"CREATE SCHEMA {SCHEMA}")
        op.create_table("Ledger", *columns(), sa.PrimaryKeyConstraint("id"), schema=SCHEMA)
        op.create_index("ix_Ledger_sync", "Ledger", ["__sync_timestamp"], schema=SCHEMA)
        op.execute(
            f'CREATE UNLOGGED TABLE {STAGING} (LIKE {FINAL} INCLUDING DEFAULTS, "__kafka_topic" text,'
            ' "__kafka_partition" integer, "__kafka_offset" bigint, "__kafka_timestamp" timestamptz)'
        )

    def execute(self, sql: str) -> None:
        """Run SQL as the owner."""
        connection = connect(self.url)
        try:
            connection.cursor().execute(sql)
        finally:
            connection.close()

    def row(self, sql: str) -> dict[str, Any]:
        """Return the one row of a query, by column."""
        connection = connect(self.url)
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))
        finally:
            connection.close()

    def deadlocks(self) -> int:
        """Return how many deadlocks the server saw in this database."""
        found = self.row("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(found["deadlocks"])

    def compare(self, sent: Mapping[int, int]) -> Verdict:
        """Compare the final table with the oracle over what was sent."""
        return Verdict(events=sum(sent.values()), **self.row(_compared(sent)))

    def compare_all(self, sent: Mapping[int, int]) -> Verdict:
        """Compare the final table, the watermarks and the logs."""
        return Verdict(
            events=sum(sent.values()), **self.row(_compared(sent)), **self.row(_infrastructure(sent))
        )


def columns() -> list[sa.Column[Any]]:
    """Return the columns of the final table."""
    return [
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger),
        sa.Column("name", sa.Text),
        sa.Column("amount", sa.Numeric(14, 2)),
        sa.Column("changed_at", sa.TIMESTAMP),
        sa.Column(
            "__sync_timestamp", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.text("now()")
        ),
        sa.Column("__source", sa.Text),
        sa.Column("__source_ts_ms", sa.BigInteger),
        sa.Column("__deleted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("__operation", sa.Text),
        sa.Column("__lsn", sa.Text(collation="C")),
        sa.Column("__seq_val", sa.Text(collation="C")),
    ]


def quoted(names: tuple[str, ...]) -> str:
    """Return a list of columns."""
    return ", ".join(f'"{name}"' for name in names)


INTO_STAGING = f"{STAGING} ({quoted(EVENT_COLUMNS)})"


def events_sql(partition: str, first: str, last: str) -> str:
    """Return a query for a range of the log, in the order of `EVENT_COLUMNS`."""
    names = "id, version, name, amount, changed_at, source, source_ts_ms, deleted, operation, lsn, seq_val"
    kafka = 'topic, partition, "offset", kafka_timestamp'
    return f"SELECT {names}, {kafka} FROM log.events({partition}, {first}, {last})"


def _compared(sent: Mapping[int, int]) -> str:
    return f"""
SELECT count(x.id) AS keys,
    count(*) FILTER (WHERE f.id IS NULL) AS missing,
    count(*) FILTER (WHERE x.id IS NULL) AS unexpected,
    count(*) FILTER (WHERE x.id = f.id AND (
        f.version IS DISTINCT FROM x.version OR f.name IS DISTINCT FROM 'version ' || x.version || ' of ' || x.id
        OR f.amount IS DISTINCT FROM x.version / 100.0)) AS stale,
    count(*) FILTER (WHERE x.id = f.id AND f."__deleted" IS DISTINCT FROM x.deleted) AS wrong_flags
FROM ({oracle(sent)}) AS x FULL JOIN {FINAL} AS f ON f.id = x.id
"""


def _infrastructure(sent: Mapping[int, int]) -> str:
    last = ", ".join(f"({partition}, {sent[partition] - 1}::bigint)" for partition in PARTITIONS)
    return f"""
SELECT
    (SELECT count(*) FROM (VALUES {last}) AS s(partition, last)
     FULL JOIN cdc_management.watermarks AS w ON w.topic = '{TOPIC}' AND w.partition = s.partition
     WHERE w.last_offset IS DISTINCT FROM s.last) AS wrong_watermarks,
    (SELECT count(*) FROM {STAGING}) AS left,
    (SELECT coalesce(sum(staged), 0)::bigint FROM cdc_management.processing_log) AS logged,
    (SELECT coalesce(sum(staged), 0)::bigint FROM cdc_management.processing_log_offsets) AS by_offsets,
    (SELECT count(*) FROM cdc_management.replay_needed) AS replays,
    (SELECT count(*) FROM cdc_management.processing_gaps) AS gaps,
    (SELECT coalesce(array_agg(DISTINCT sqlstate), '{{}}') FROM cdc_management.error_log) AS errors,
    (SELECT count(*) FROM cdc_management.processing_log) AS generations,
    (SELECT coalesce(max(batches), 0) FROM cdc_management.processing_log) AS most_batches
"""
