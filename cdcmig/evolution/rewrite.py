"""From what autogenerate proposes for one schema to what is safe to do there.

Autogenerate makes a schema equal to the desired one. Here every difference is looked at again: what would destroy
is left out or refused, what would block is prepared beforehand, what waits in staging is carried over. What is
left different on purpose is recognised the next time, so that a comparison right afterwards is empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from alembic.operations.ops import (
    AddConstraintOp,
    CreateIndexOp,
    CreateTableCommentOp,
    DropConstraintOp,
    DropIndexOp,
    DropTableOp,
    MigrateOperation,
    MigrationScript,
)
from sqlalchemy import Connection

from cdcmig.desired.state import Desired
from cdcmig.evolution.access import rewrite_access, rights_before
from cdcmig.evolution.context import ComparisonContext, TableChange, flat
from cdcmig.evolution.conversion import convert, convert_online
from cdcmig.evolution.draft import Draft, Phase, Policy
from cdcmig.evolution.final_columns import FinalColumns, renames_of
from cdcmig.evolution.keys import TableKey, rewrite_indexes
from cdcmig.evolution.staging import StagingChange, own_shape, rewrite_staging
from cdcmig.mapping import markers
from cdcmig.operations import RequireDataLossConsentOp, RequireNoRowsOp
from cdcmig.operations.access import GrantCdcAccessOp, RevokeCdcAccessOp
from cdcmig.operations.hazards import DESTRUCTIVE, suppress
from cdcmig.operations.merge_procedure import DropMergeProcedureOp
from cdcmig.operations.staging_table import DropStagingTableOp


def rewrite(script: MigrationScript, desired: Desired, policy: Policy, connection: Connection) -> Draft:
    """Rewrite the operations of ``script``, both ways, into those that are safe.

    Args:
        script: what autogenerate made of the comparison of one schema.
        desired: the desired state of that schema.
        policy: what the operator allows and prefers.
        connection: to the database that was compared.

    Returns:
        What was drafted, with its notes, and the refusals of changes that the script therefore lacks.
    """
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    draft = draft_of(flat(script.upgrade_ops.ops), ComparisonContext(desired, policy, connection))
    script.upgrade_ops.ops = draft.upgrade()
    script.downgrade_ops.ops = draft.downgrade()
    return draft


def draft_of(operations: Iterable[MigrateOperation], context: ComparisonContext) -> Draft:
    """Return what is to be done in a context about the differences that autogenerate found."""
    draft = Draft()
    found: dict[str, list[MigrateOperation]] = defaultdict(list)
    for operation in operations:
        found[context.subject(operation)].append(operation)
    finals = {name for name in context.tables if name not in context.final_of}
    for table in sorted(finals | found.keys()):
        if table in finals and table in context.present:
            _change(context, draft, table, found[table])
        elif table in finals or not table:
            _pass_on(draft, table, found[table])
        else:
            _remove(context, draft, table, found[table])
    return draft


def _change(context: ComparisonContext, draft: Draft, table: str, operations: list[MigrateOperation]) -> None:
    """Draft the change of a table that is there and stays."""
    staging = context.staging_of.get(table)
    final_change, staging_change = TableChange(), TableChange()
    for operation in operations:
        on_staging = staging is not None and getattr(operation, "table_name", None) == staging
        (staging_change if on_staging else final_change).add(operation)
    renames = renames_of(context, table, final_change)
    columns = FinalColumns(context, draft, table, final_change, renames)
    columns.rewrite()
    key = TableKey(context, draft, columns)
    _convert_copied(context, draft, columns, online=not key.changes)
    key.rewrite()
    rewrite_indexes(context, draft, table, final_change, renames)
    if staging is not None and staging in context.present:
        rewrite_staging(StagingChange(context, draft, table, staging, staging_change, renames))
    passed_on = [
        operation
        for operation in final_change.other
        if not isinstance(operation, _REWRITTEN_ELSEWHERE) and not _says_the_same(operation)
    ]
    if columns.loses_key:
        merging = [operation for operation in final_change.other if isinstance(operation, _NEED_A_KEY)]
        _drop_merging(context, draft, table, merging)
    rewrite_access(context, draft, table, passed_on)
    _pass_on(draft, table, passed_on)


def _convert_copied(context: ComparisonContext, draft: Draft, columns: FinalColumns, *, online: bool) -> None:
    """Draft the rewrites that were to be done online; where the key changes too, they are done at once."""
    if columns.copied and online:
        convert_online(context, draft, columns.table, columns.copied)
        return
    if columns.copied:
        draft.notes.append(
            f"{columns.table}: the key changes too, so types do not change online; let the key change in a revision of"
            " its own"
        )
    for change in columns.copied:
        convert(context, draft, change, Phase.CONVERT)


def _says_the_same(operation: MigrateOperation) -> bool:
    """Return whether an operation gives a table a comment that means what its present one does."""
    return isinstance(operation, CreateTableCommentOp) and markers.same(
        operation.existing_comment, operation.comment
    )


_NEED_A_KEY = (DropStagingTableOp, DropMergeProcedureOp)
_REWRITTEN_ELSEWHERE = (
    CreateIndexOp,
    DropIndexOp,
    AddConstraintOp,
    DropConstraintOp,
    DropTableOp,
    *_NEED_A_KEY,
)
"""Indexes are drafted by themselves; constraints that nobody here made are left alone; a table that lost its key
keeps its staging table and merge procedure."""


def _pass_on(draft: Draft, table: str, operations: Iterable[MigrateOperation]) -> None:
    for operation in operations:
        draft.step(table, Phase.REST, operation, reverse=True)


def _remove(context: ComparisonContext, draft: Draft, table: str, operations: list[MigrateOperation]) -> None:
    """Draft what becomes of a table that nobody asks for any more; one that was never ours is left alone."""
    drops = [operation for operation in operations if isinstance(operation, DropTableOp)]
    if not any(markers.parse(drop.to_table().comment).table for drop in drops):
        return
    if table in context.desired.target_exists:
        draft.notes.append(
            f"{table} is target_exists in the config now; what cdcmig made of it stays as it is"
        )
        return
    if not context.policy.allow_destructive:
        draft.notes.append(f"{table} is not in the config any more; it stays as it is")
        return
    draft.notes.append(
        f"{table} is dropped with its rows, and its staging table too: the pipeline must not send it any more;"
        " a downgrade brings it back empty"
    )
    lost = "the table was dropped; it comes back empty"
    draft.guards_back.append(RequireDataLossConsentOp(lost, table=table, schema=context.schema))
    rewrite_access(context, draft, table, operations)
    for operation in operations:
        draft.steps_of(table, Phase.REST, [_asked_for(operation)], _reversed(context, operation))


def _drop_merging(
    context: ComparisonContext, draft: Draft, table: str, operations: Sequence[MigrateOperation]
) -> None:
    """Draft that a table is not merged into any more; the downgrade brings that back when the table is as it was."""
    rewrite_access(context, draft, table, operations, Phase.BACK)
    draft.notes.append(
        f"{table} has no key any more: its staging table and merge procedure are dropped;"
        " the pipeline must not send it any more"
    )
    draft.guards += [
        RequireNoRowsOp(
            operation.definition.name, reason="they would go with the staging table", schema=context.schema
        )
        for operation in operations
        if isinstance(operation, DropStagingTableOp)
    ]
    lost = RequireDataLossConsentOp("its watermarks are forgotten", table=table, schema=context.schema)
    draft.guards_back.append(lost)
    back = [reverse for operation in reversed(operations) for reverse in _reversed(context, operation)]
    draft.steps_of(table, Phase.BACK, [], back)
    draft.steps_of(
        table, Phase.REST, [*_fewer_rights(context, table, operations), *map(_asked_for, operations)], []
    )


def _asked_for(operation: MigrateOperation) -> MigrateOperation:
    """Return an operation of a table that goes, marked if it destroys anything."""
    destroys = isinstance(operation, DropTableOp | DropStagingTableOp | DropMergeProcedureOp)
    return suppress(operation, "--allow-destructive", DESTRUCTIVE) if destroys else operation


def _fewer_rights(
    context: ComparisonContext, table: str, operations: Sequence[MigrateOperation]
) -> list[MigrateOperation]:
    """Return what takes the rights that merging needed; what a table without a key grants remains."""
    before = rights_before(context, table, operations)
    wanted = context.desired.grants.get(table)
    revoked: list[MigrateOperation] = (
        [RevokeCdcAccessOp(before, schema=context.schema)] if before.roles() else []
    )
    return revoked + ([GrantCdcAccessOp(wanted, schema=context.schema)] if wanted else [])


def _reversed(context: ComparisonContext, operation: MigrateOperation) -> list[MigrateOperation]:
    """Return the way back; a recreated staging table gets back its differences from the final table."""
    back = [operation.reverse()]
    if isinstance(operation, DropStagingTableOp):
        back += own_shape(context, operation.definition.name, operation.definition.like)
    return back
