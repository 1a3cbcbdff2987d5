"""A type change that rewrites nothing under a lock: a second column is filled beside the first, then takes over.

``op.copy_column`` expands: a column of the new type, a trigger that keeps it equal, and the rows that are there,
batch by batch. ``op.take_over_columns`` contracts: in one transaction the copies get the names. The columns then
stand at the end of the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from cdcmig.evolution.operations.base import (
    EvolutionOp,
    Preparation,
    block,
    nothing_left,
    patiently,
    removed_on_failure,
    without_transaction,
)
from cdcmig.evolution.operations.not_null import check_name
from cdcmig.mapping import names
from cdcmig.sql import script
from cdcmig.sql.quoting import dollar_tag, identifier, literal, qualified

_BLOCKS = 1000
"""Pages that one transaction of the copying updates: 8 MB, some ten milliseconds."""


def _helper(table: str, column: str) -> str:
    """Return the name of the trigger, and of its function, that keep a copy equal."""
    return names.shorten(f"{table}_{column}_copy")


@Operations.register_operation("copy_column")
@dataclass
class CopyColumnOp(Preparation):
    """Make a copy of a column in another type, and keep it equal until it takes over."""

    function = "copy_column"

    table: str
    column: str
    copy: str
    type_: TypeEngine[Any] = field(kw_only=True)
    schema: str | None = field(default=None, kw_only=True)

    @classmethod
    def copy_column(
        cls,
        operations: Operations,
        table: str,
        column: str,
        copy: str,
        *,
        type_: TypeEngine[Any],
        schema: str,
    ) -> None:
        """Add the column ``copy`` and fill it from ``column``; after a failure the next attempt goes on."""
        operations.invoke(cls(table, column, copy, type_=type_, schema=schema))

    def run(self, operations: Operations) -> None:
        """Add the copy and the trigger, then fill it in short transactions; if the step fails, they go again."""
        assert self.schema is not None
        type_ = self.type_.compile(operations.get_context().dialect)
        table, copy = qualified(self.schema, self.table), identifier(self.copy)
        told, removal = f"column {copy} of {table}", self._removal(table, self.schema)
        with without_transaction(operations):
            script.run(operations, self._remove_other(table, type_, removal))
            removed_on_failure(operations, told, removal)
            try:
                script.run(operations, f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {copy} {type_};")
            except DBAPIError:
                nothing_left(operations, told)
                raise
            script.run(operations, self._trigger(table, type_, self.schema))
            with patiently(operations):
                script.run(operations, self._fill(table, type_))

    def _removal(self, table: str, schema: str) -> str:
        helper = _helper(self.table, self.column)
        return (
            f"DROP TRIGGER IF EXISTS {identifier(helper)} ON {table};"
            f" DROP FUNCTION IF EXISTS {qualified(schema, helper)}();"
            f" ALTER TABLE {table} DROP COLUMN IF EXISTS {identifier(self.copy)};"
        )

    def _remove_other(self, table: str, type_: str, removal: str) -> str:
        """Return what removes the copy of an attempt that made another one, or that did not get to its trigger."""
        return block(
            "",
            f"    IF EXISTS (SELECT FROM pg_catalog.pg_attribute AS a\n"
            f"        WHERE a.attrelid = {literal(table)}::pg_catalog.regclass AND a.attname = {literal(self.copy)})\n"
            f"        AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t\n"
            f"        JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid\n"
            f"        WHERE t.tgrelid = {literal(table)}::pg_catalog.regclass\n"
            f"        AND t.tgname = {literal(_helper(self.table, self.column))}\n"
            f"        AND p.prosrc = {literal(self._body(type_))}) THEN\n"
            f"        {removal}\n"
            f"    END IF;",
        )

    def _body(self, type_: str) -> str:
        copy, column = identifier(self.copy), identifier(self.column)
        return f"\n-- as {type_}\nBEGIN\n    NEW.{copy} := NEW.{column};\n    RETURN NEW;\nEND\n"

    def _trigger(self, table: str, type_: str, schema: str) -> str:
        helper, body = _helper(self.table, self.column), self._body(type_)
        function, trigger = qualified(schema, helper), identifier(helper)
        tag = dollar_tag(body)
        return (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {tag}{body}{tag};\n"
            f"DROP TRIGGER IF EXISTS {trigger} ON {table};\n"
            f"CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {function}();"
        )

    def _fill(self, table: str, type_: str) -> str:
        """Return the filling. Its lock keeps merges, not readers, out of a batch: they would deadlock otherwise."""
        column, copy = identifier(self.column), identifier(self.copy)
        return block(
            f"    pages bigint := pg_catalog.pg_relation_size({literal(table)}::pg_catalog.regclass)"
            " / pg_catalog.current_setting('block_size')::bigint;\n"
            "    page bigint := 0;",
            f"    WHILE page <= pages LOOP\n"
            f"        LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;\n"
            f"        UPDATE {table} SET {copy} = {column}\n"
            f"        WHERE ctid >= pg_catalog.format('(%s,0)', page)::tid\n"
            f"        AND ctid < pg_catalog.format('(%s,0)', page + {_BLOCKS})::tid\n"
            f"        AND {copy} IS DISTINCT FROM {column}::{type_};\n"
            f"        COMMIT;\n"
            f"        page := page + {_BLOCKS};\n"
            f"    END LOOP;",
        )


@Operations.register_operation("take_over_columns")
@dataclass
class TakeOverColumnsOp(EvolutionOp):
    """Put copies in the place of their columns, with comment, NOT NULL and primary key."""

    function = "take_over_columns"

    table: str
    copies: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    not_null: Sequence[str] = field(default=(), kw_only=True)
    key_name: str | None = field(default=None, kw_only=True)
    index: str | None = field(default=None, kw_only=True)
    schema: str | None = field(default=None, kw_only=True)

    @classmethod
    def take_over_columns(
        cls,
        operations: Operations,
        table: str,
        copies: Mapping[str, str],
        *,
        renamed: Mapping[str, str] | None = None,
        not_null: Sequence[str] = (),
        key_name: str | None = None,
        index: str | None = None,
        schema: str,
    ) -> None:
        """Replace columns by their copies, in an instant.

        Args:
            operations: Alembic's.
            table: the table.
            copies: column → its copy.
            renamed: column → the name that it had when it was copied, where this changeset renames it.
            not_null: those of the columns that are NOT NULL; ``op.prove_not_null`` has proven their copies.
            key_name: the primary key's name, if one of the columns belongs to it.
            index: the unique index, over the copies, that becomes the key's.
            schema: the table's schema.
        """
        operations.invoke(
            cls(
                table,
                dict(copies),
                renamed=dict(renamed or {}),
                not_null=list(not_null),
                key_name=key_name,
                index=index,
                schema=schema,
            )
        )

    def run(self, operations: Operations) -> None:
        """Exchange the columns in the transaction of the changeset."""
        assert self.schema is not None
        table = qualified(self.schema, self.table)
        script.run(operations, f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;")
        for column, copy in self.copies.items():
            helper = _helper(self.table, self.renamed.get(column, column))
            script.run(operations, f"DROP TRIGGER {identifier(helper)} ON {table};")
            script.run(operations, f"DROP FUNCTION {qualified(self.schema, helper)}();")
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
        """Give NOT NULL the name that it had; PostgreSQL names it from version 18 on, here after the copy."""
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
