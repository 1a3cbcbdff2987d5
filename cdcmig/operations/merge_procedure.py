"""Merge procedures: ``op.create_merge_procedure``, ``replace_merge_procedure`` and ``drop_merge_procedure``.

A procedure's body carries its definition in a comment, so that a comparison can read the definition of an older one,
and restore it in the downgrade.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from inspect import Parameter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.operations import MigrateOperation, Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from cdcmig.operations.base import ObjectOperation, Operation, operation
from cdcmig.operations.calls import call
from cdcmig.operations.compared import desired_objects
from cdcmig.operations.hazards import DESTRUCTIVE, Hazard
from cdcmig.sql import merge, script
from cdcmig.sql.quoting import literal, qualified

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

_MARK = "-- cdcmig merge_"
_RETENTION_DAYS = 8


@dataclass(frozen=True)
class MergeProcedure:
    """What a merge procedure is made of.

    Attributes:
        name: the procedure.
        table: the final table.
        staging: its staging table.
        key: columns of the primary key, in its order.
        columns: all other columns, without the CDC metadata columns.
        template: the SQL template, which also says which CDC metadata columns there are by default.
        metadata: role of a CDC metadata column → its name, where that is not the default; ``None``: there is none.
        purge: the procedure that deletes old tombstones; ``None``: they stay (soft delete).
        retention_days: how old tombstones get; at least the broker's retention.
        conversions: column of which staging takes more than the final table → the SQL expression of its final value,
            and the part of it that is for values that do not fit.
    """

    name: str
    table: str
    staging: str
    key: Sequence[str]
    columns: Sequence[str]
    template: str = "merge_v1"
    metadata: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    purge: str | None = None
    retention_days: int = _RETENTION_DAYS
    conversions: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Make equal definitions equal, whatever kind of sequence they were given as."""
        object.__setattr__(self, "key", tuple(self.key))
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "metadata", dict(sorted(self.metadata.items())))
        conversions = {column: list(parts) for column, parts in sorted(self.conversions.items())}
        object.__setattr__(self, "conversions", conversions)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the operation besides name and schema; ``None`` where the default will do."""
        values = asdict(self)
        del values["name"]
        for mapping in ("metadata", "conversions"):
            values[mapping] = values[mapping] or None
        if self.retention_days == _RETENTION_DAYS:
            values["retention_days"] = None
        return values

    def column(self, role: str) -> str:
        """Return the name of the CDC metadata column with a role.

        Raises:
            KeyError: the table has none.
        """
        return merge.columns_by_role(self.metadata)[role]

    def header(self) -> str:
        """Return the comment that carries the definition."""
        given = {name: value for name, value in self.arguments().items() if value is not None}
        return f"-- cdcmig {given.pop('template')} {json.dumps(given, sort_keys=True)}"

    @classmethod
    def from_body(cls, name: str, body: str) -> MergeProcedure | None:
        """Return the definition that a procedure's body carries, or ``None`` if it is none of ours."""
        line = body.strip().partition("\n")[0]
        if not line.startswith(_MARK):
            return None
        _dashes, _cdcmig, template, definition = line.split(" ", 3)
        return cls(name=name, template=template, **json.loads(definition))

    def script(self, schema: str) -> merge.Script:
        """Return the SQL that creates or replaces the procedure."""
        return merge.script(
            schema=schema,
            name=self.name,
            table=self.table,
            staging=self.staging,
            key=self.key,
            columns=self.columns,
            template=self.template,
            metadata=self.metadata,
            purge=self.purge,
            retention_days=self.retention_days,
            conversions=self.conversions,
            header=self.header(),
        )


class _MergeOperation(ObjectOperation[MergeProcedure]):
    kind = MergeProcedure

    def render(self, autogen: AutogenContext) -> str:
        """Return the call as Python code."""
        procedure = self.definition
        return call(
            autogen,
            self.function,
            procedure.name,
            **procedure.arguments(),
            **self._other_arguments(),
            schema=self.schema,
        )

    def _other_arguments(self) -> dict[str, Any]:
        return {}

    def _drop_procedure(self, name: str) -> str:
        return f"DROP PROCEDURE {qualified(self.schema, name)};\n"


@operation("create_merge_procedure")
class CreateMergeProcedureOp(_MergeOperation):
    """Create a merge procedure, and register its table with ``cdc_management``."""

    def run(self, operations: Operations) -> None:
        """Create the procedure, its purge procedure, and the registration."""
        script.run(operations, self.definition.script(self.schema).sql)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"added merge procedure {self.definition.name}"


@operation("replace_merge_procedure")
class ReplaceMergeProcedureOp(_MergeOperation):
    """Replace a merge procedure; its watermarks stay, a half merged generation starts over.

    Attributes:
        replaces: the former definition; in a call, only those of its arguments that differ.
    """

    replaces: MergeProcedure

    @classmethod
    def build(cls, *arguments: Any, schema: str, **options: Any) -> Operation:
        """Return the operation that a call means: arguments missing in ``replaces`` are as in the new definition."""
        replaces: Mapping[str, Any] = options.pop("replaces")
        new = MergeProcedure(*arguments, **options)
        old = replace(new, metadata={}, purge=None, retention_days=_RETENTION_DAYS, conversions={})
        return cls(new, replace(old, **replaces), schema=schema)

    @classmethod
    def parameters(cls) -> Iterator[Parameter]:
        """Yield the parameters of the other operations, and ``replaces``."""
        yield from super().parameters()
        yield Parameter("replaces", Parameter.KEYWORD_ONLY, annotation="Mapping[str, Any]")

    def _other_arguments(self) -> dict[str, Any]:
        """Return ``replaces=``: the old arguments that differ, and all optional ones that are given."""
        new, optional = self.definition.arguments(), {"metadata", "purge", "retention_days", "conversions"}
        old = self.replaces.arguments().items()
        return {
            "replaces": {
                name: value
                for name, value in old
                if value is not None and (name in optional or value != new[name])
            }
        }

    def run(self, operations: Operations) -> None:
        """Replace the procedure; drop a purge procedure that is not needed any more."""
        old, new = self.replaces, self.definition
        dropped = "" if old.purge in {None, new.purge} else self._drop_procedure(str(old.purge))
        script.run(operations, dropped + new.script(self.schema).sql)

    def reverse(self) -> ReplaceMergeProcedureOp:
        """Return the operation that restores the old procedure."""
        return ReplaceMergeProcedureOp(self.replaces, self.definition, schema=self.schema)

    def describe(self) -> Iterator[str]:
        """Yield one line with the columns, conversions, key and template that change."""
        new, old = self.definition, self.replaces
        changes = [f"+{column}" for column in new.columns if column not in old.columns]
        changes += [f"-{column}" for column in old.columns if column not in new.columns]
        changes += [f"converts {name}" for name in new.conversions if name not in old.conversions]
        changes += [f"converts {name} no more" for name in old.conversions if name not in new.conversions]
        changes += [f"key {', '.join(new.key)}"] if new.key != old.key else []
        changes += [f"template {new.template}"] if new.template != old.template else []
        yield f"replaced merge procedure {new.name}" + (f" ({'; '.join(changes)})" if changes else "")


@operation("drop_merge_procedure", undoes=CreateMergeProcedureOp)
class DropMergeProcedureOp(_MergeOperation):
    """Drop a merge procedure with its registration, watermarks and log; a later one starts without them.

    The arguments are those that it was created with, so that the operation can be reversed.
    """

    def run(self, operations: Operations) -> None:
        """Drop the procedures and delete the table's rows in ``cdc_management``."""
        procedure = self.definition
        dropped = "".join(map(self._drop_procedure, filter(None, (procedure.name, procedure.purge))))
        where = f"schema_name = {literal(self.schema)} AND table_name = {literal(procedure.table)}"
        forgotten = "".join(
            f"DELETE FROM cdc_management.{table} WHERE {where};\n"
            for table in ("merge_state", "watermarks", "processing_log", "crash_offsets")
        )
        script.run(operations, dropped + forgotten)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"dropped merge procedure {self.definition.name}"

    def hazards(self) -> Iterator[Hazard]:
        """Yield that the watermarks are lost."""
        yield Hazard(DESTRUCTIVE, f"{self.definition.name}: the table's watermarks are forgotten")


# Comparison
# ---------------------------------------------------------------------------------------------------------------


def _found(connection: sa.Connection, schema: str) -> dict[str, str]:
    """Return the bodies of all procedures in ``schema``."""
    rows = connection.execute(
        sa.text(
            "SELECT p.proname, p.prosrc FROM pg_catalog.pg_proc AS p"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace"
            " WHERE n.nspname = :schema AND p.prokind = 'p' ORDER BY p.proname"
        ),
        {"schema": schema},
    )
    return {row.proname: row.prosrc for row in rows}


def _definitions(bodies: Mapping[str, str]) -> dict[str, MergeProcedure]:
    """Return what the bodies carry that are ours, by procedure."""
    found = {name: MergeProcedure.from_body(name, body) for name, body in bodies.items()}
    return {name: definition for name, definition in found.items() if definition is not None}


def definitions_in(connection: sa.Connection, schema: str) -> dict[str, MergeProcedure]:
    """Return the merge procedures that are there, by name."""
    return _definitions(_found(connection, schema))


def definitions_by_purge(connection: sa.Connection, schema: str) -> dict[str | None, MergeProcedure]:
    """Return the definitions by the purge procedure that belongs to each."""
    return {procedure.purge: procedure for procedure in definitions_in(connection, schema).values()}


def conversions_of(connection: sa.Connection, schema: str) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return the conversions that the merge procedures make which are there, by final table."""
    there = definitions_in(connection, schema)
    return {procedure.table: procedure.conversions for procedure in there.values()}


def compare_merge_procedures(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Propose what makes the merge procedures in the compared schema those of the desired state."""
    desired = desired_objects(context)
    if desired is None:
        return PriorityDispatchResult.CONTINUE
    assert context.connection is not None
    schema, wanted = desired.schema, desired.merge_procedures
    bodies = _found(context.connection, schema)
    found = _definitions(bodies)
    gone = [DropMergeProcedureOp(found[name], schema=schema) for name in sorted(found.keys() - wanted.keys())]
    changed: list[MigrateOperation] = []
    for name, procedure in sorted(wanted.items()):
        if name not in found:
            changed.append(CreateMergeProcedureOp(procedure, schema=schema))
        elif any(bodies.get(routine) != body for routine, body in procedure.script(schema).bodies.items()):
            changed.append(ReplaceMergeProcedureOp(procedure, found[name], schema=schema))
    upgrade_ops.ops = [*gone, *upgrade_ops.ops, *changed]
    return PriorityDispatchResult.CONTINUE


def register(plugin: Plugin) -> None:
    """Make autogenerate understand merge procedures."""
    plugin.add_autogenerate_comparator(
        compare_merge_procedures, "autogenerate", "merge_procedures", priority=DispatchPriority.LAST
    )
