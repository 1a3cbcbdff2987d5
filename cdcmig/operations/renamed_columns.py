"""``op.accept_renamed_columns``: a staging table that takes rows under a column's old name and its new one.

The pipeline goes on inserting with the column list that it knows, until it is configured for the new name. So the old
name stays in staging as an empty nullable column, and a trigger hands what arrives in it to the new one. With the
last old name the trigger goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field

from alembic.operations import Operations
from sqlalchemy import Connection, text

from cdcmig.mapping import names
from cdcmig.operations.base import Operation, operation
from cdcmig.sql import script
from cdcmig.sql.quoting import dollar_tag, identifier, qualified

TRIGGER = "cdcmig_renamed_columns"
_HEADER = "-- cdcmig renamed_columns "


@operation("accept_renamed_columns")
class AcceptRenamedColumnsOp(Operation):
    """Make a staging table accept old column names: a trigger moves their values to the new ones.

    Attributes:
        table: the staging table.
        renames: old name → new name, in the order in which they were renamed; none removes the trigger.
        replaces: what it accepted before.
    """

    table: str
    renames: Mapping[str, str]
    replaces: Mapping[str, str] | None = field(default=None, kw_only=True)

    def reverse(self) -> AcceptRenamedColumnsOp:
        """Return the way back to the former names."""
        return type(self)(
            self.table, dict(self.replaces or {}), replaces=self.renames or None, schema=self.schema
        )

    def describe(self) -> Iterator[str]:
        """Yield the accepted names."""
        if self.renames == self.replaces:
            return  # only replaced because types changed
        renames = ", ".join(f"{old} → {new}" for old, new in self.renames.items())
        yield f"accepts old column names {renames}" if renames else "accepts no old column names"

    def run(self, operations: Operations) -> None:
        """Create, replace or drop the trigger and its function."""
        table = qualified(self.schema, self.table)
        function = qualified(self.schema, names.shorten(f"{self.table}_renamed_columns"))
        if not self.renames:
            script.run(operations, f"DROP TRIGGER {identifier(TRIGGER)} ON {table};")
            script.run(operations, f"DROP FUNCTION {function}();")
            return
        body = self._body()
        tag = dollar_tag(body)
        script.run(
            operations,
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {tag}{body}{tag};",
        )
        if not self.replaces:
            script.run(
                operations,
                f"CREATE TRIGGER {identifier(TRIGGER)} BEFORE INSERT ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION {function}();",
            )

    def _body(self) -> str:
        lines = [f"{_HEADER}{json.dumps(list(self.renames.items()), ensure_ascii=True)}", "BEGIN"]
        for old, new in self.renames.items():
            lines += [
                f"    IF NEW.{identifier(old)} IS NOT NULL THEN",  # the new one may have its default by now
                f"        NEW.{identifier(new)} := NEW.{identifier(old)};",
                f"        NEW.{identifier(old)} := NULL;",
                "    END IF;",
            ]
        return "\n" + "\n".join([*lines, "    RETURN NEW;", "END"]) + "\n"


def renamed_columns(connection: Connection, schema: str) -> dict[str, dict[str, str]]:
    """Return staging table → old name → new name, for the staging tables of a schema that accept old names."""
    rows = connection.execute(
        text(
            "SELECT c.relname, p.prosrc FROM pg_catalog.pg_trigger AS t"
            " JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid"
            " WHERE t.tgname = :trigger AND n.nspname = :schema AND c.relkind = 'p'"
        ),
        {"trigger": TRIGGER, "schema": schema},
    )
    return {
        table: dict(json.loads(source.strip().splitlines()[0].removeprefix(_HEADER)))
        for table, source in rows
    }
