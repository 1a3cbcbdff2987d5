"""A type change that rewrites nothing under a lock: a second column is filled beside the first, then takes over.

``op.copy_column`` expands: a column of the new type, a trigger that keeps it equal, and the rows that are there,
batch by batch. ``op.take_over_columns`` contracts: in one transaction the copies get the names. The columns then
stand at the end of the table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from cdcmig.errors import RowsForbidError
from cdcmig.mapping import markers, names
from cdcmig.mapping.postgresql_types import type_text
from cdcmig.operations.base import Operation, Preparation, operation
from cdcmig.operations.execution import (
    block,
    forget_leftover,
    note_leftover,
    raised_as,
    refuse,
    without_transaction,
)
from cdcmig.operations.not_null import check_name
from cdcmig.sql import script
from cdcmig.sql.quoting import dollar_tag, identifier, literal, qualified

_BLOCKS = 1000
"""Pages that one transaction of the copying updates: 8 MB, some ten milliseconds."""
_TRIES = 20
"""How often a lock is asked for beside merges and long transactions: ``lock_timeout`` and a pause each."""


def _trigger_name(table: str, column: str) -> str:
    """Return the name of the trigger that keeps a copy equal; within its table."""
    return names.shorten(f"{table}_{column}_copy")


def _function_name(table: str, column: str) -> str:
    """Return the name of the trigger's function; in one schema, those of ``A.b_c`` and of ``A_b.c`` are two."""
    digest = hashlib.sha256(json.dumps([table, column]).encode()).hexdigest()[:8]
    return names.shorten(f"{table}_{column}_copy_{digest}")


@operation("copy_column")
class CopyColumnOp(Preparation):
    """Add ``copy``, a copy of a column in another type, and keep it equal until it takes over.

    After a failure the next attempt continues the copying.

    Raises:
        RowsForbidError: something hangs on the column that would go along with it, or somebody else has a column
            that is called ``copy``.
    """

    table: str
    column: str
    copy: str
    type_: TypeEngine[Any] = field(kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"column {self.column}: copied as {type_text(self.type_)}, beside readers and writers"

    def run(self, operations: Operations) -> None:
        """Add the copy and the trigger, then fill it in short transactions; if the step fails, they go again."""
        type_ = self.type_.compile(operations.get_context().dialect)
        table = qualified(self.schema, self.table)
        leftover, removal = f"column {identifier(self.copy)} of {table}", self._removal(table, self.schema)
        with without_transaction(operations):
            with raised_as({}):
                script.run(operations, self._refuse_losses(table))
            note_leftover(operations, leftover, removal)
            try:
                with raised_as({}):
                    script.run(operations, self._add(table, type_, removal))
            except (DBAPIError, RowsForbidError):
                forget_leftover(operations, leftover)
                raise
            script.run(operations, self._fill(table, type_))

    def _refuse_losses(self, table: str) -> str:
        """Return what refuses where something that nobody here made hangs on the column."""
        message = literal(f"{self.schema}.{self.table}.{self.column}: would be lost with the old column: ")
        hint = (
            "drop it, upgrade, and make it anew; or change the type without --online, which keeps it and rewrites"
            " the table under a lock"
        )
        return block(
            "    hanging text;",
            f"    SELECT string_agg(h.thing, ', ' ORDER BY h.thing) INTO hanging\n"
            f"    FROM pg_catalog.pg_attribute AS a CROSS JOIN LATERAL (\n"
            f"        SELECT 'index ' || i.indexrelid::pg_catalog.regclass::text FROM pg_catalog.pg_index AS i\n"
            f"        WHERE i.indrelid = a.attrelid AND NOT i.indisprimary AND a.attnum = ANY (i.indkey)\n"
            f"        AND i.indisvalid\n"
            f"        UNION ALL SELECT 'constraint ' || k.conname FROM pg_catalog.pg_constraint AS k\n"
            f"        WHERE k.conrelid = a.attrelid AND k.contype NOT IN ('p', 'n') AND a.attnum = ANY (k.conkey)\n"
            f"        UNION ALL SELECT 'statistics ' || e.stxname FROM pg_catalog.pg_statistic_ext AS e\n"
            f"        WHERE e.stxrelid = a.attrelid AND a.attnum = ANY (e.stxkeys)\n"
            f"        UNION ALL SELECT 'rights on the column' WHERE a.attacl IS NOT NULL\n"
            f"    ) AS h (thing)\n"
            f"    WHERE a.attrelid = {literal(table)}::pg_catalog.regclass AND a.attname = {literal(self.column)};\n"
            f"    IF hanging IS NOT NULL THEN\n"
            f"        {refuse(f'{message} || hanging', hint)}\n"
            f"    END IF;",
        )

    def _removal(self, table: str, schema: str) -> str:
        return (
            f"DROP TRIGGER IF EXISTS {identifier(_trigger_name(self.table, self.column))} ON {table};"
            f" DROP FUNCTION IF EXISTS {qualified(schema, _function_name(self.table, self.column))}();"
            f" ALTER TABLE {table} DROP COLUMN IF EXISTS {identifier(self.copy)};"
        )

    def _add(self, table: str, type_: str, removal: str) -> str:
        """Return what adds the copy, with its trigger, unless an attempt before has; that of another change goes first.

        A copy is known by its comment, which says of what it is one.
        """
        copy, mark = identifier(self.copy), literal(f"{markers.COPY}{self.column} as {type_}")
        message = literal(
            f"{self.schema}.{self.table} has a column {self.copy}, which is no copy of cdcmig's"
        )
        hint = "rename that column, or change the type without --online"
        return block(
            "    mark text;\n    is_there boolean;",
            f"    SELECT pg_catalog.col_description(a.attrelid, a.attnum), true INTO mark, is_there\n"
            f"    FROM pg_catalog.pg_attribute AS a\n"
            f"    WHERE a.attrelid = {literal(table)}::pg_catalog.regclass AND a.attname = {literal(self.copy)};\n"
            f"    IF is_there AND mark = {mark} THEN\n"
            f"        RETURN;\n"
            f"    ELSIF is_there AND NOT starts_with(coalesce(mark, ''), {literal(markers.COPY)}) THEN\n"
            f"        {refuse(message, hint)}\n"
            f"    END IF;\n"
            f"    {removal}\n"
            f"    ALTER TABLE {table} ADD COLUMN {copy} {type_};\n"
            f"    COMMENT ON COLUMN {table}.{copy} IS {mark};\n"
            f"    {self._trigger(table)}",
        )

    def _trigger(self, table: str) -> str:
        function = qualified(self.schema, _function_name(self.table, self.column))
        body = f" BEGIN NEW.{identifier(self.copy)} := NEW.{identifier(self.column)}; RETURN NEW; END "
        tag = dollar_tag(body)
        return (
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {tag}{body}{tag};\n"
            f"    CREATE TRIGGER {identifier(_trigger_name(self.table, self.column))}"
            f" BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();"
        )

    def _fill(self, table: str, type_: str) -> str:
        """Return the filling. Its lock keeps merges, not readers, out of a batch: they would deadlock otherwise.

        A merge that comes meanwhile waits behind the request, so no request is longer than ``lock_timeout``.
        """
        column, copy = identifier(self.column), identifier(self.copy)
        return block(
            f"    pages bigint := pg_catalog.pg_relation_size({literal(table)}::pg_catalog.regclass)"
            " / pg_catalog.current_setting('block_size')::bigint;\n"
            "    page bigint := 0;",
            f"    WHILE page <= pages LOOP\n"
            f"        FOR try IN 1..{_TRIES} LOOP\n"
            f"            BEGIN\n"
            f"                LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;\n"
            f"                EXIT;\n"
            f"            EXCEPTION WHEN lock_not_available THEN\n"
            f"                IF try = {_TRIES} THEN\n"
            f"                    RAISE;\n"
            f"                END IF;\n"
            f"                PERFORM pg_catalog.pg_sleep(0.5 + random());\n"
            f"            END;\n"
            f"        END LOOP;\n"
            f"        UPDATE {table} SET {copy} = {column}\n"
            f"        WHERE ctid >= pg_catalog.format('(%s,0)', page)::tid\n"
            f"        AND ctid < pg_catalog.format('(%s,0)', page + {_BLOCKS})::tid\n"
            f"        AND {copy} IS DISTINCT FROM {column}::{type_};\n"
            f"        COMMIT;\n"
            f"        page := page + {_BLOCKS};\n"
            f"    END LOOP;",
        )


@operation("take_over_columns")
class TakeOverColumnsOp(Operation):
    """Put copies in the place of their columns, with comment, NOT NULL and primary key, without copying rows.

    Attributes:
        table: the table.
        copies: column → its copy.
        renamed: column → the name that it had when it was copied, where this changeset renames it.
        not_null: those of the columns that are NOT NULL; ``op.prove_not_null`` has proven their copies.
        key_name: the primary key's name, if one of the columns belongs to it.
        index: the unique index, over the copies, that becomes the key's.
    """

    table: str
    copies: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    not_null: Sequence[str] = field(default_factory=list, kw_only=True)
    key_name: str | None = field(default=None, kw_only=True)
    index: str | None = field(default=None, kw_only=True)

    def describe(self) -> Iterator[str]:
        """Yield one line per column."""
        yield from (f"column {name}: the copy takes its place" for name in self.copies)

    def run(self, operations: Operations) -> None:
        """Exchange the columns in the transaction of the changeset."""
        table = qualified(self.schema, self.table)
        script.run(operations, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;")
        for column, copy in self.copies.items():
            at_first = self.renamed.get(column, column)
            function = qualified(self.schema, _function_name(self.table, at_first))
            script.run(
                operations, f"DROP TRIGGER {identifier(_trigger_name(self.table, at_first))} ON {table};"
            )
            script.run(operations, f"DROP FUNCTION {function}();")
            script.run(operations, self._hand_comment_on(table, column, copy))
            if column in self.not_null:
                check = identifier(check_name(self.table, copy))
                script.run(operations, f"ALTER TABLE {table} ALTER COLUMN {identifier(copy)} SET NOT NULL;")
                script.run(operations, f"ALTER TABLE {table} DROP CONSTRAINT {check};")
        script.run(operations, self._exchange(table))
        for column in self.not_null:
            script.run(operations, self._name_not_null(table, column))

    def _exchange(self, table: str) -> str:
        actions = [f"DROP CONSTRAINT {identifier(self.key_name)}"] if self.key_name else []
        actions += [f"DROP COLUMN {identifier(column)}" for column in self.copies]
        statements = [f"ALTER TABLE {table} {', '.join(actions)};"]
        statements += [
            f"ALTER TABLE {table} RENAME COLUMN {identifier(copy)} TO {identifier(column)};"
            for column, copy in self.copies.items()
        ]
        if self.key_name and self.index:
            statements.append(
                f"ALTER TABLE {table} ADD CONSTRAINT {identifier(self.key_name)}"
                f" PRIMARY KEY USING INDEX {identifier(self.index)};"
            )
        return "\n".join(statements)

    def _name_not_null(self, table: str, column: str) -> str:
        """Give NOT NULL the name that cdcmig gives it; PostgreSQL names it from version 18 on, here after the copy."""
        at_first = self.renamed.get(column, column)
        wanted = identifier(names.shorten(f"{self.table}_{at_first}_not_null"))
        return block(
            "    found name;",
            f"    SELECT k.conname INTO found FROM pg_catalog.pg_constraint AS k\n"
            f"    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]\n"
            f"    WHERE k.conrelid = {literal(table)}::pg_catalog.regclass AND k.contype = 'n'\n"
            f"    AND a.attname = {literal(column)};\n"
            f"    IF found IS NOT NULL THEN\n"
            f"        EXECUTE {literal(f'ALTER TABLE {table} RENAME CONSTRAINT ')} || pg_catalog.quote_ident(found)"
            f" || {literal(f' TO {wanted}')};\n"
            f"    END IF;",
        )

    @staticmethod
    def _hand_comment_on(table: str, column: str, copy: str) -> str:
        target = literal(f"COMMENT ON COLUMN {table}.{identifier(copy)} IS ")
        return block(
            "",
            f"    EXECUTE {target} || pg_catalog.quote_nullable((\n"
            f"        SELECT pg_catalog.col_description(a.attrelid, a.attnum) FROM pg_catalog.pg_attribute AS a\n"
            f"        WHERE a.attrelid = {literal(table)}::pg_catalog.regclass AND a.attname = {literal(column)}));",
        )
