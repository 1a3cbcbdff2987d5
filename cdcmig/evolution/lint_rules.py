"""The rules of ``cdcmig lint``: each looks at one operation, and at what came before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from alembic.operations import MigrateOperation, ops

from cdcmig.evolution.types import TypeChange, classify, text_of
from cdcmig.mapping.names import MAX_BYTES
from cdcmig.operations import (
    AcceptRenamedColumnsOp,
    ConvertColumnOp,
    ProveNotNullOp,
    RequireDataLossConsentOp,
    RequireNoRowsOp,
)
from cdcmig.operations.base import Operation, Preparation
from cdcmig.operations.hazards import (
    DESTRUCTIVE,
    HALF_DONE,
    IN_TRANSACTION,
    LIVE_CODE,
    LONG_LOCK,
    NO_SCHEMA,
    NOT_NULL,
    RENAME,
    REWRITE,
    SILENT_LOSS,
    STRICTER_STAGING,
    TOO_LONG,
)

Found = tuple[str, int, str]
"""Code, line, message."""


LINTED_SCHEMA = "cdcmig_lint"
"""The schema that a changeset is run for; any other in an operation is written into the changeset."""

_SHARED_SCHEMAS = frozenset({"cdc_management", "public", "pg_catalog", "information_schema"})


@dataclass
class Call:
    """An operation, the line that it stands on, and the SQL that it wrote.

    Attributes:
        takes_schema: whether the enclosing function has a parameter for the schema.
        block: the autocommit block around it, from 1; 0: it runs in the changeset's transaction.
    """

    operation: MigrateOperation
    line: int
    takes_schema: bool
    block: int = 0
    sql: str = ""


def imports(tree: ast.Module) -> Iterator[Found]:
    """Find imports of cdcmig's own code, which means something else with the next version."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith("cdcmig.") and name != "cdcmig.bind":
                yield LIVE_CODE, node.lineno, f"{name}: changes its meaning when cdcmig is upgraded"


@dataclass
class Rules:
    """Looks at the calls of one file.

    Attributes:
        created: tables that the upgrade itself made: nothing about them blocks anybody.
        proven: (table, column) that a check proved to hold no NULL; ``empty``: tables that hold no row.
        changes: whether anything was changed yet.
        block: the autocommit block that was begun last.
    """

    upgrade: Sequence[Call]
    downgrade: Sequence[Call]
    created: set[str] = field(default_factory=set)
    proven: set[tuple[str, str]] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    changes: bool = False
    block: int = 0

    def findings(self) -> Iterator[Found]:
        """Yield what the upgrade does that is dangerous, and what is wrong in either direction."""
        accepting = {
            call.operation.table
            for call in self.upgrade
            if isinstance(call.operation, AcceptRenamedColumnsOp)
        }
        consented = any(isinstance(call.operation, RequireDataLossConsentOp) for call in self.downgrade)
        for call in self.upgrade:
            for code, message in self._look_at(call, accepting):
                yield code, call.line, message
                if code == DESTRUCTIVE and self.downgrade and not consented:
                    yield (
                        SILENT_LOSS,
                        call.line,
                        "the downgrade does not ask: op.require_data_loss_consent(…)",
                    )
        for call in [*self.upgrade, *self.downgrade]:
            yield from ((TOO_LONG, call.line, message) for message in _long_names(call.sql))
            yield from ((NO_SCHEMA, call.line, message) for message in _schemas(call))
            yield from ((IN_TRANSACTION, call.line, message) for message in _refused(call))

    def _look_at(self, call: Call, accepting: set[str]) -> Iterator[tuple[str, str]]:
        operation = call.operation
        table = _table_of(operation)
        if isinstance(operation, ops.CreateTableOp):
            self.created.add(operation.table_name)
        elif isinstance(operation, ProveNotNullOp):
            self.proven.add((operation.table, operation.column))
        elif isinstance(operation, RequireNoRowsOp) and operation.null_in is None:
            self.empty.add(operation.table)
        if self.changes and self._commits(call):
            yield HALF_DONE, "commits what precedes it: a failure later on leaves the changeset half done"
        self.block = call.block or self.block
        self.changes = self.changes or not isinstance(operation, Preparation)
        if table in self.created:
            return
        yield from _destroys(operation)
        yield from self._own_hazards(operation, table)
        if table is None or not _is_staging(table):  # rows in staging are few and short-lived
            yield from self._rewrites(operation)
        yield from self._locks(operation)
        yield from self._asks_for_values(operation)
        yield from _breaks_names(operation, accepting)
        if isinstance(operation, ops.ExecuteSQLOp):
            yield from _statements(call.sql)

    def _commits(self, call: Call) -> bool:
        """Return whether what precedes a call is committed before it; by the block around it, before its first."""
        return call.block > self.block or (isinstance(call.operation, Operation) and call.operation.commits)

    def _own_hazards(self, operation: MigrateOperation, table: str | None) -> Iterator[tuple[str, str]]:
        """Yield the hazards of a custom operation, without those that the table rules out."""
        for hazard in operation.hazards() if isinstance(operation, Operation) else ():
            staged = hazard.code == REWRITE and table is not None and _is_staging(table)
            if not staged and not (hazard.code == LONG_LOCK and table in self.empty):
                yield hazard

    def _rewrites(self, operation: MigrateOperation) -> Iterator[tuple[str, str]]:
        if isinstance(operation, ops.AlterColumnOp) and operation.modify_type is not None:
            old, new = operation.existing_type, operation.modify_type
            if old is None or classify(old, new) in {TypeChange.REWRITE, TypeChange.LOSSY}:
                before = f"{text_of(old)} to " if old is not None else ""
                yield REWRITE, f"{_column(operation)}: {before}{text_of(new)} rewrites every row under a lock"
        elif isinstance(operation, ops.AddColumnOp):
            default = str(getattr(operation.column.server_default, "arg", ""))
            if re.search(r"random|clock_timestamp|nextval|timeofday|uuid", default, re.IGNORECASE):
                yield (
                    REWRITE,
                    f"{_column(operation)}: a default that differs from row to row rewrites the table",
                )

    def _locks(self, operation: MigrateOperation) -> Iterator[tuple[str, str]]:
        if isinstance(operation, ops.CreateIndexOp):
            if not operation.kw.get("postgresql_concurrently"):
                yield LONG_LOCK, f"{operation.index_name}: writers wait; use op.create_index_concurrently(…)"
        elif isinstance(operation, ops.CreatePrimaryKeyOp | ops.CreateUniqueConstraintOp):
            yield LONG_LOCK, f"{operation.table_name}: the index is built under a lock"
        elif isinstance(operation, ops.CreateCheckConstraintOp | ops.CreateForeignKeyOp):
            if not operation.kw.get("postgresql_not_valid"):
                yield LONG_LOCK, f"{operation.constraint_name}: every row is looked at; use NOT VALID first"
        elif _tightens(operation):
            assert isinstance(operation, ops.AlterColumnOp)
            if (operation.table_name, operation.column_name) not in self.proven:
                yield (
                    LONG_LOCK,
                    f"{_column(operation)}: every row is looked at; use op.prove_not_null(…) first",
                )

    def _asks_for_values(self, operation: MigrateOperation) -> Iterator[tuple[str, str]]:
        if _tightens(operation):
            assert isinstance(operation, ops.AlterColumnOp)
            if _is_staging(operation.table_name):
                yield STRICTER_STAGING, f"{_column(operation)}: refuses rows that the pipeline may still send"
        if not isinstance(operation, ops.AddColumnOp):
            return
        column = operation.column
        if column.nullable is not False or column.server_default is not None:
            return
        if operation.table_name not in self.empty:
            yield NOT_NULL, f"{_column(operation)}: fails on a table with rows"
        if _is_staging(operation.table_name):
            yield STRICTER_STAGING, f"{_column(operation)}: the pipeline does not know this column yet"


def _schemas(call: Call) -> Iterator[str]:
    """Find schemas that are missing, or written out although the function gets the schema as an argument."""
    for argument, schema in _schema_arguments(call.operation):
        if schema is None:
            yield f"{argument}= is missing: it would work on whatever search_path finds"
        elif call.takes_schema and schema not in {LINTED_SCHEMA, *_SHARED_SCHEMAS}:
            yield (
                f'{argument}="{schema}" is written out: each schema that runs this would work on that one;'
                f" write {argument}=schema"
            )


def _schema_arguments(operation: MigrateOperation) -> Iterator[tuple[str, str | None]]:
    if isinstance(operation, ops.CreateForeignKeyOp):
        for argument in ("source_schema", "referent_schema"):
            yield argument, operation.kw.get(argument)
    elif isinstance(operation, ops.BulkInsertOp):
        yield "schema", operation.table.schema
    elif hasattr(operation, "schema"):
        yield "schema", operation.schema


def _tightens(operation: MigrateOperation) -> bool:
    return isinstance(operation, ops.AlterColumnOp) and operation.modify_nullable is False


def _is_lossy(operation: MigrateOperation) -> bool:
    return (
        isinstance(operation, ConvertColumnOp)
        and classify(operation.existing_type, operation.type_) is TypeChange.LOSSY
    )


def _destroys(operation: MigrateOperation) -> Iterator[tuple[str, str]]:
    if isinstance(operation, ops.DropTableOp):
        yield DESTRUCTIVE, f"{operation.table_name}: the table is dropped with its rows"
    elif isinstance(operation, ops.DropColumnOp):
        yield DESTRUCTIVE, f"{_column(operation)}: the column is dropped with its values"
    elif _is_lossy(operation):
        assert isinstance(operation, ConvertColumnOp)
        yield DESTRUCTIVE, f"{operation.table}.{operation.column}: values that do not fit are changed or lost"


def _breaks_names(operation: MigrateOperation, accepting: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(operation, ops.RenameTableOp):
        yield RENAME, f"{operation.table_name}: whoever uses the old name fails at once"
    elif isinstance(operation, ops.AlterColumnOp) and operation.modify_name is not None:
        if not _is_staging(operation.table_name):
            yield RENAME, f"{_column(operation)}: readers that use the old name fail at once"
        elif operation.table_name not in accepting:
            yield RENAME, f"{_column(operation)}: the pipeline fails; use op.accept_renamed_columns(…)"


_STATEMENTS: tuple[tuple[str, str, str], ...] = (
    (DESTRUCTIVE, r"\bDROP\s+(TABLE|COLUMN|SCHEMA|DATABASE)\b", "drops data"),
    (DESTRUCTIVE, r"\bTRUNCATE\b", "empties a table"),
    (DESTRUCTIVE, r"\bDELETE\s+FROM\b", "deletes rows"),
    (REWRITE, r"\bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b", "may rewrite every row under a lock"),
    (REWRITE, r"^\s*UPDATE\b(?!.*\bWHERE\b)", "rewrites every row"),
    (LONG_LOCK, r"\bCREATE\s+(UNIQUE\s+)?INDEX\b(?!\s+CONCURRENTLY\b)", "writers wait for the index"),
    (LONG_LOCK, r"\bSET\s+NOT\s+NULL\b", "every row is looked at under a lock"),
    (LONG_LOCK, r"\b(VACUUM\s+FULL|CLUSTER|LOCK\s+TABLE)\b", "locks a table"),
    (
        LONG_LOCK,
        r"\bADD\s+CONSTRAINT\b(?!.*(\bNOT\s+VALID\b|\bUSING\s+INDEX\b))",
        "every row is looked at under a lock",
    ),
    (NOT_NULL, r"\bADD\s+COLUMN\b(?!.*\bDEFAULT\b).*\bNOT\s+NULL\b", "fails on a table with rows"),
    (RENAME, r"\bRENAME\s+(COLUMN\b|TO\b)", "whoever uses the old name fails at once"),
)


def _statements(sql: str) -> Iterator[tuple[str, str]]:
    """Look at the statements of ``op.execute``."""
    for statement in without_texts(sql).split(";"):
        for code, pattern, message in _STATEMENTS:
            match = re.search(pattern, statement, re.IGNORECASE | re.DOTALL)
            if match:
                yield code, f"{' '.join(match.group(0).split())[:40]}: {message}"


# What PostgreSQL refuses in a transaction block (its PreventInTransactionBlock), by the beginning of a statement.
_UNTRANSACTED = re.compile(
    r"""^\s*(?:
        (?: CREATE\s+(?:UNIQUE\s+)? | DROP\s+ ) INDEX\s+CONCURRENTLY
        | REINDEX\b (?= .*\bCONCURRENTLY\b | \s*(?:\([^)]*\)\s*)?(?:SCHEMA|DATABASE|SYSTEM)\b )
        | VACUUM
        | CLUSTER (?= \s*(?:\([^)]*\)|VERBOSE)?\s*$ )
        | (?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE)
        | ALTER\s+DATABASE\b (?= .*\bSET\s+TABLESPACE\b )
        | ALTER\s+SYSTEM
        | ALTER\s+TABLE\b (?= .*\bDETACH\s+PARTITION\b.*\bCONCURRENTLY\b )
        | CREATE\s+SUBSCRIPTION\b (?! .*\b(?:create_slot|connect)\s*=\s*(?:false|off|0)\b )
        | ALTER\s+SUBSCRIPTION\b (?= .*\bPUBLICATION\b ) (?! .*\brefresh\s*=\s*(?:false|off|0)\b )
        | DROP\s+SUBSCRIPTION
        | DISCARD\s+ALL
        | (?:COMMIT|ROLLBACK)\s+PREPARED
    )\b""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def _refused(call: Call) -> Iterator[str]:
    """Find statements that PostgreSQL refuses in a transaction, in SQL that is written by hand.

    Several of them in one string are a transaction too, whatever is around them.
    """
    if not isinstance(call.operation, ops.ExecuteSQLOp | ops.CreateIndexOp | ops.DropIndexOp):
        return
    statements = [part for part in without_texts(call.sql).split(";") if part.strip()]
    if call.block and len(statements) == 1:
        return
    for statement in statements:
        match = _UNTRANSACTED.match(statement)
        if match:
            yield (
                f"{' '.join(match.group().split())}: PostgreSQL refuses it in a transaction; put it into"
                " `with op.get_context().autocommit_block():`, a statement an op.execute"
            )


_TEXTS = re.compile(
    r"(?P<quoted>\"(?:[^\"]|\"\")*\")|--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|(?P<tag>\$\w*\$).*?(?P=tag)",
    re.DOTALL,
)


def without_texts(sql: str) -> str:
    """Return SQL without its string constants, bodies and comments; quoted names stay."""
    return _TEXTS.sub(lambda match: match.group("quoted") or " ", sql)


def _long_names(sql: str) -> Iterator[str]:
    for name in re.findall(r'"((?:[^"]|"")*)"|\b(\w{64,})\b', without_texts(sql)):
        plain = (name[0] or name[1]).replace('""', '"')
        size = len(plain.encode())
        if size > MAX_BYTES:
            yield f'"{plain[:20]}…" has {size} bytes; PostgreSQL cuts it at {MAX_BYTES}'


def _table_of(operation: MigrateOperation) -> str | None:
    for attribute in ("table_name", "source_table", "table"):
        name = getattr(operation, attribute, None)
        if isinstance(name, str):
            return name
    return None


def _is_staging(table: str) -> bool:
    return table.startswith("stg_")


def _column(operation: ops.AlterColumnOp | ops.AddColumnOp | ops.DropColumnOp) -> str:
    name = operation.column.name if isinstance(operation, ops.AddColumnOp) else operation.column_name
    return f"{operation.table_name}.{name}"
