"""One comparison: a replayed branch against a desired state, by Alembic's autogenerate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from alembic.autogenerate import produce_migrations
from alembic.operations.ops import MigrateOperation, OpContainer
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from cdcmig.config.project import Project
from cdcmig.desired.metadata import build_metadata
from cdcmig.desired.plan import SchemaPlan
from cdcmig.operations import autogenerate

Section = tuple[str, Sequence[MigrateOperation]]


@dataclass(frozen=True)
class Change:
    """What leads from the replayed state to the desired one.

    Attributes:
        sections: operations by table, sorted by table.
        notes: what a reader of the changeset has to know.
        context: the migration context in which the comparison was made.
    """

    sections: list[Section]
    context: MigrationContext
    notes: list[str] = field(default_factory=list)

    def reverse(self) -> list[Section]:
        """Return the way back: tables and operations in reverse order, each operation reversed."""
        return [
            (heading, [operation.reverse() for operation in reversed(operations)])
            for heading, operations in reversed(self.sections)
        ]


def compare(
    connection: Connection,
    project: Project,
    sink: str,
    plan: SchemaPlan,
    schema: str,
    wants: Callable[[str, str], bool],
) -> Change:
    """Return what is to be done in ``schema``, which holds the replayed branch.

    Args:
        wants: tells by table and service whether a change is to be written now.
    """
    metadata = build_metadata(plan, schema, project.settings, sink)
    context = MigrationContext.configure(connection, opts=autogenerate.options(connection, schema, metadata))
    script = produce_migrations(context, metadata)
    connection.rollback()
    staging = {
        table.name: table.info["staging"].like
        for table in metadata.tables.values()
        if "staging" in table.info
    }
    assert script.upgrade_ops is not None
    by_table: dict[str, list[MigrateOperation]] = defaultdict(list)
    for operation in _flat(script.upgrade_ops):
        name = table_of(operation)
        by_table[staging.get(name, name)].append(operation)
    services = {table.name: table.service for table in plan}
    return Change(
        [(name, by_table[name]) for name in sorted(by_table) if wants(name, services.get(name, ""))], context
    )


def _flat(container: OpContainer) -> list[MigrateOperation]:
    """Return the operations, those inside of ``ModifyTableOps`` too."""
    flat: list[MigrateOperation] = []
    for operation in container.ops:
        flat += _flat(operation) if isinstance(operation, OpContainer) else [operation]
    return flat


def table_of(operation: MigrateOperation) -> str:
    """Return the table that an operation is about; the custom ones have ``table`` or ``like``."""
    for attribute in ("like", "table", "table_name", "source_table"):
        name = getattr(operation, attribute, None)
        if isinstance(name, str):
            return name
    return ""
