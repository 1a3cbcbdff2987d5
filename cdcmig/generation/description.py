"""Operations as a person reads them: ``added column phone varchar(20)``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any

from alembic.operations import ops
from alembic.operations.ops import MigrateOperation

from cdcmig.generation.comparison import BEFORE
from cdcmig.mapping.postgresql_types import type_text
from cdcmig.operations.base import Operation

_STAGING = "staging: "


def describe(table: str, operations: Iterable[MigrateOperation]) -> list[str]:
    """Return what the operations of one table do, each once and in order.

    What happens to a staging table is listed only where it does not happen to the final table too. What comes before
    anything else is of several tables, so each line begins with its table.
    """
    own: list[str] = []
    staging: list[str] = []
    for operation in operations:
        name = getattr(operation, "table_name", None) or getattr(operation, "table", None)
        found = [f"{name}: {line}" for line in lines(operation)] if table == BEFORE else lines(operation)
        (own if table == BEFORE or name in {table, None} else staging).extend(found)
    return list(dict.fromkeys([*own, *(_STAGING + line for line in staging if line not in own)]))


@singledispatch
def lines(operation: MigrateOperation) -> Iterator[str]:
    """Yield what an operation does, in one short line each; nothing for one that only prepares another."""
    parts = operation.to_diff_tuple()
    yield " ".join(str(part) for part in parts if isinstance(part, str)).replace("_", " ")


@lines.register
def _(operation: ops.CreateTableOp) -> Iterator[str]:
    columns = sum(1 for item in operation.columns if item.__visit_name__ == "column")
    yield f"added table, {columns} columns"


@lines.register
def _(_operation: ops.DropTableOp) -> Iterator[str]:
    yield "dropped table"


@lines.register
def _(operation: ops.AddColumnOp) -> Iterator[str]:
    column = operation.column
    yield f"added column {column.name} {type_text(column.type)}" + ("" if column.nullable else " not null")


@lines.register
def _(operation: ops.DropColumnOp) -> Iterator[str]:
    yield f"dropped column {operation.column_name}"


@lines.register
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


@lines.register
def _(operation: ops.CreateIndexOp) -> Iterator[str]:
    unique = "unique index" if operation.unique else "index"
    yield f"added {unique} {operation.index_name} on {', '.join(map(_column, operation.columns))}"


def _column(column: Any) -> str:
    return str(getattr(column, "name", column))


@lines.register
def _(operation: ops.DropIndexOp) -> Iterator[str]:
    yield f"dropped index {operation.index_name}"


@lines.register
def _(operation: ops.AddConstraintOp) -> Iterator[str]:
    kind = getattr(operation, "constraint_type", "constraint")
    yield f"added {kind} {getattr(operation, 'constraint_name', None) or ''}".rstrip()


@lines.register
def _(operation: ops.DropConstraintOp) -> Iterator[str]:
    yield f"dropped {operation.constraint_type or 'constraint'} {operation.constraint_name}"


@lines.register(ops.CreateTableCommentOp)
@lines.register(ops.DropTableCommentOp)
def _(_operation: MigrateOperation) -> Iterator[str]:
    yield "comment"


@lines.register
def _(operation: ops.ExecuteSQLOp) -> Iterator[str]:
    yield f"SQL: {' '.join(str(operation.sqltext).split())}"


@lines.register
def _(operation: Operation) -> Iterator[str]:
    yield from operation.describe()
