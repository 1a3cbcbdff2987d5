"""Operations as a person reads them: ``added column phone varchar(20)``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any

from alembic.operations import ops
from alembic.operations.ops import MigrateOperation

from cdcmig.desired.capacity import type_text
from cdcmig.generation.comparison import BEFORE
from cdcmig.operations import (
    AcceptRenamedColumnsOp,
    ConvertColumnOp,
    CopyColumnOp,
    CreateIndexConcurrentlyOp,
    ProveNotNullOp,
    RenameIndexOp,
    ReplacePrimaryKeyOp,
    RequireDataLossConsentOp,
    RequireNoRowsOp,
    RequireUniqueOp,
    RestoreNotNullOp,
    SetProvenNotNullOp,
    TakeOverColumnsOp,
)
from cdcmig.operations.access import GrantCdcAccessOp, RevokeCdcAccessOp
from cdcmig.operations.merge_procedure import (
    CreateMergeProcedureOp,
    DropMergeProcedureOp,
    ReplaceMergeProcedureOp,
)
from cdcmig.operations.staging_table import CreateStagingTableOp, DropStagingTableOp, SetStagingLoggedOp

_STAGING = "staging: "


def describe(table: str, operations: Iterable[MigrateOperation]) -> list[str]:
    """Return what the operations of one table do, each once and in order.

    What happens to a staging table is told only where it does not happen to the final table too. What comes before
    anything else is of several tables, so each line begins with its table.
    """
    own: list[str] = []
    staging: list[str] = []
    for operation in operations:
        name = getattr(operation, "table_name", None) or getattr(operation, "table", None)
        lines = [f"{name}: {line}" for line in words(operation)] if table == BEFORE else words(operation)
        (own if table == BEFORE or name in {table, None} else staging).extend(lines)
    return list(dict.fromkeys([*own, *(_STAGING + line for line in staging if line not in own)]))


@singledispatch
def words(operation: MigrateOperation) -> Iterator[str]:
    """Yield what an operation does, in a few words each; nothing for one that only prepares another."""
    parts = operation.to_diff_tuple()
    yield " ".join(str(part) for part in parts if isinstance(part, str)).replace("_", " ")


@words.register
def _(operation: ops.CreateTableOp) -> Iterator[str]:
    columns = sum(1 for item in operation.columns if item.__visit_name__ == "column")
    yield f"added table, {columns} columns"


@words.register
def _(_operation: ops.DropTableOp) -> Iterator[str]:
    yield "dropped table"


@words.register
def _(operation: ops.AddColumnOp) -> Iterator[str]:
    column = operation.column
    yield f"added column {column.name} {type_text(column.type)}" + ("" if column.nullable else " not null")


@words.register
def _(operation: ops.DropColumnOp) -> Iterator[str]:
    yield f"dropped column {operation.column_name}"


@words.register
def _(operation: ops.AlterColumnOp) -> Iterator[str]:
    name = operation.column_name
    if operation.modify_name:
        yield f"renamed column {name} → {operation.modify_name}"
    if operation.modify_type is not None:
        old = type_text(operation.existing_type) if operation.existing_type is not None else "?"
        yield f"column {name}: type {old} → {type_text(operation.modify_type)}"
    if operation.modify_nullable is not None:
        yield f"column {name}: {'may be null' if operation.modify_nullable else 'not null'}"
    if operation.modify_server_default is not False:
        yield f"column {name}: default {_default(operation.modify_server_default)}"
    if operation.modify_comment is not False:
        yield f"column {name}: comment"


def _default(value: Any) -> str:
    return "removed" if value is None else str(getattr(value, "arg", value))


@words.register
def _(operation: ops.CreateIndexOp) -> Iterator[str]:
    unique = "unique index" if operation.unique else "index"
    yield f"added {unique} {operation.index_name} on {', '.join(map(_column, operation.columns))}"


def _column(column: Any) -> str:
    return str(getattr(column, "name", column))


@words.register
def _(operation: ops.DropIndexOp) -> Iterator[str]:
    yield f"dropped index {operation.index_name}"


@words.register
def _(operation: ops.AddConstraintOp) -> Iterator[str]:
    kind = getattr(operation, "constraint_type", "constraint")
    yield f"added {kind} {getattr(operation, 'constraint_name', None) or ''}".rstrip()


@words.register
def _(operation: ops.DropConstraintOp) -> Iterator[str]:
    yield f"dropped {operation.constraint_type or 'constraint'} {operation.constraint_name}"


@words.register(ops.CreateTableCommentOp)
@words.register(ops.DropTableCommentOp)
def _(_operation: MigrateOperation) -> Iterator[str]:
    yield "comment"


@words.register
def _(operation: ops.ExecuteSQLOp) -> Iterator[str]:
    yield f"SQL: {' '.join(str(operation.sqltext).split())}"


@words.register
def _(operation: CreateStagingTableOp) -> Iterator[str]:
    yield f"added staging table {operation.definition.name}"


@words.register
def _(operation: DropStagingTableOp) -> Iterator[str]:
    yield f"dropped staging table {operation.definition.name}"


@words.register
def _(operation: SetStagingLoggedOp) -> Iterator[str]:
    kind = "logged" if operation.definition.logged else "unlogged"
    yield f"staging table {operation.definition.name}: {kind}"


@words.register
def _(operation: CreateMergeProcedureOp) -> Iterator[str]:
    yield f"added merge procedure {operation.definition.name}"


@words.register
def _(operation: DropMergeProcedureOp) -> Iterator[str]:
    yield f"dropped merge procedure {operation.definition.name}"


@words.register
def _(operation: ReplaceMergeProcedureOp) -> Iterator[str]:
    new, old = operation.definition, operation.replaces
    changes = [f"+{column}" for column in new.columns if column not in old.columns]
    changes += [f"-{column}" for column in old.columns if column not in new.columns]
    changes += [f"converts {name}" for name in new.conversions if name not in old.conversions]
    changes += [f"converts {name} no more" for name in old.conversions if name not in new.conversions]
    changes += [f"key {', '.join(new.key)}"] if new.key != old.key else []
    changes += [f"template {new.template}"] if new.template != old.template else []
    yield f"replaced merge procedure {new.name}" + (f" ({'; '.join(changes)})" if changes else "")


@words.register
def _(operation: GrantCdcAccessOp) -> Iterator[str]:
    yield f"granted rights to {', '.join(operation.definition.roles())}"


@words.register
def _(operation: RevokeCdcAccessOp) -> Iterator[str]:
    yield f"revoked rights from {', '.join(operation.definition.roles())}"


@words.register(RequireDataLossConsentOp)
@words.register(RequireNoRowsOp)
@words.register(RequireUniqueOp)
@words.register(ProveNotNullOp)
def _(_operation: MigrateOperation) -> Iterator[str]:
    yield from ()


@words.register(SetProvenNotNullOp)
@words.register(RestoreNotNullOp)
def _(operation: SetProvenNotNullOp | RestoreNotNullOp) -> Iterator[str]:
    yield f"column {operation.column}: not null"


@words.register
def _(operation: ConvertColumnOp) -> Iterator[str]:
    old, new = type_text(operation.existing_type), type_text(operation.type_)
    what = f"type {old} → {new}" if old != new else "values are converted"
    yield f"column {operation.column}: {what} using {operation.using}"


@words.register
def _(operation: CreateIndexConcurrentlyOp) -> Iterator[str]:
    unique = "unique index" if operation.unique else "index"
    yield f"added {unique} {operation.name} on {', '.join(operation.columns)}, without blocking"


@words.register
def _(operation: CopyColumnOp) -> Iterator[str]:
    yield f"column {operation.column}: copied as {type_text(operation.type_)}, beside readers and writers"


@words.register
def _(operation: TakeOverColumnsOp) -> Iterator[str]:
    yield from (f"column {name}: the copy takes its place" for name in operation.copies)


@words.register
def _(operation: RenameIndexOp) -> Iterator[str]:
    yield f"renamed index {operation.name} → {operation.new_name}"


@words.register
def _(operation: ReplacePrimaryKeyOp) -> Iterator[str]:
    yield f"primary key ({', '.join(operation.columns)})"


@words.register
def _(operation: AcceptRenamedColumnsOp) -> Iterator[str]:
    if operation.renames == operation.replaces:
        return  # made anew for types that changed
    renames = ", ".join(f"{old} → {new}" for old, new in operation.renames.items())
    yield f"accepts old column names {renames}" if renames else "accepts no old column names"
