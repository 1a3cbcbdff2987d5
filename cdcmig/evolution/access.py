"""Rights on the way back: what a downgrade revokes, and what it has to grant again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alembic.operations.ops import DropTableOp, MigrateOperation

from cdcmig.evolution.context import ComparisonContext
from cdcmig.evolution.draft import Draft, Phase
from cdcmig.operations.access import CdcAccess, GrantCdcAccessOp, Privilege
from cdcmig.operations.merge_procedure import (
    CreateMergeProcedureOp,
    DropMergeProcedureOp,
    MergeProcedure,
    ReplaceMergeProcedureOp,
)
from cdcmig.operations.staging_table import DropStagingTableOp


def rewrite_access(
    context: ComparisonContext,
    draft: Draft,
    table: str,
    operations: Sequence[MigrateOperation],
    phase: Phase = Phase.ACCESS,
) -> None:
    """Draft that the downgrade grants again what the table's rights were, where its other operations lose them.

    Recreated objects have no rights, and revoking what an upgrade granted would also revoke earlier rights.
    """
    granted = [operation for operation in operations if isinstance(operation, GrantCdcAccessOp)]
    before = rights_before(context, table, operations)
    loses_purge = any(
        isinstance(operation, ReplaceMergeProcedureOp)
        and operation.replaces.purge not in {None, operation.definition.purge}
        for operation in operations
    )
    dropped = DropTableOp | DropMergeProcedureOp | DropStagingTableOp
    drops = any(isinstance(operation, dropped) for operation in operations)
    if before.roles() and (granted or loses_purge or drops):
        draft.steps_of(table, phase, [], [GrantCdcAccessOp(before, schema=context.schema)])


def rights_before(
    context: ComparisonContext, table: str, operations: Sequence[MigrateOperation]
) -> CdcAccess:
    """Return the rights that are there: the objects by the operations on them, the roles by what they may do."""
    staging, procedure = context.staging_of.get(table), _procedure_before(context, table, operations)
    for operation in operations:
        if isinstance(operation, DropStagingTableOp):
            staging = operation.definition.name
    if staging is not None and staging not in context.present:
        staging = None
    roles = _Roles.found(context.privileges, table, staging)
    return CdcAccess(
        table=table,
        staging=staging,
        procedure=procedure.name if procedure else None,
        purge=procedure.purge if procedure else None,
        pipeline=roles.pipeline,
        merge=roles.merge,
        reader=roles.reader,
    )


def _procedure_before(
    context: ComparisonContext, table: str, operations: Sequence[MigrateOperation]
) -> MergeProcedure | None:
    for operation in operations:
        if isinstance(operation, ReplaceMergeProcedureOp):
            return operation.replaces
        if isinstance(operation, DropMergeProcedureOp):
            return operation.definition
        if isinstance(operation, CreateMergeProcedureOp):
            return None
    desired = context.desired.merge_procedures.values()
    return next((procedure for procedure in desired if procedure.table == table), None)


@dataclass(frozen=True)
class _Roles:
    """Who is what, judged by what only that one may do."""

    pipeline: str | None
    merge: str | None
    reader: str | None

    @classmethod
    def found(cls, privileges: frozenset[Privilege], table: str, staging: str | None) -> _Roles:
        """Read the roles off the rights; without a staging table merge and reader have the same."""

        def holders(name: str, right: str) -> list[str]:
            return sorted({p.role for p in privileges if (p.name, p.right) == (name, right)})

        reading = holders(table, "SELECT")
        if staging is None:
            merge, reader = [*reading, None, None][:2]
            return cls(None, merge, reader)
        merging = [role for role in holders(f"{staging}_0", "TRUNCATE") if role in reading]
        inserting = [role for role in holders(staging, "INSERT") if role not in merging] or merging
        others = [role for role in reading if role not in merging]
        return cls(
            inserting[0] if inserting else None,
            merging[0] if merging else None,
            others[0] if others else None,
        )
