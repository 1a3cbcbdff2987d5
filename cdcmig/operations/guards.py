"""Questions that a changeset asks the rows, or the operator, before it changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from cdcmig.errors import DataLossError
from cdcmig.operations.base import Preparation, operation
from cdcmig.operations.execution import block, raised_as, refuse
from cdcmig.sql import script
from cdcmig.sql.quoting import identifier, identifiers, literal, qualified

CONSENT_HINT = "if that is accepted: alembic -x allow_data_loss=1 downgrade …"


@operation("require_unique")
class RequireUniqueOp(Preparation):
    """Refuse to continue where rows share a value of the columns that are to become the key.

    Raises:
        RowsForbidError: there are duplicates; the message counts them and shows one.
    """

    table: str
    columns: Sequence[str]

    def run(self, operations: Operations) -> None:
        """Count the duplicates and refuse, or go on."""
        keys = identifiers(self.columns)
        shown = literal(
            f"{self.schema}.{self.table}: ({', '.join(self.columns)}) is to be the key;"
            " values that occur more than once: "
        )
        message = f"{shown} || duplicates || ', for example ' || example"
        body = (
            f"    SELECT count(*), min(d.value) INTO duplicates, example FROM (\n"
            f"        SELECT ROW({keys})::text AS value FROM {qualified(self.schema, self.table)}\n"
            f"        GROUP BY {keys} HAVING count(*) > 1) AS d;\n"
            f"    IF duplicates > 0 THEN\n"
            f"        {refuse(message, 'remove the duplicates and run this again; nothing was changed')}\n"
            f"    END IF;"
        )
        with raised_as({}):
            script.run(operations, block("    duplicates bigint;\n    example text;", body))


@operation("require_no_rows")
class RequireNoRowsOp(Preparation):
    """Refuse to continue where a table holds rows, or with ``null_in`` rows that hold NULL in that column.

    Raises:
        RowsForbidError: there are such rows; the message gives the ``reason`` why they forbid the step.
    """

    table: str
    reason: str = field(kw_only=True)
    null_in: str | None = field(default=None, kw_only=True)

    def run(self, operations: Operations) -> None:
        """Look for such rows and refuse, or go on."""
        where = f" WHERE {identifier(self.null_in)} IS NULL" if self.null_in else ""
        which = f" with NULL in {self.null_in}" if self.null_in else ""
        message = literal(f"{self.schema}.{self.table} holds rows{which}: {self.reason}")
        hint = "merge, fill or remove them, and run this again; nothing was changed"
        _refuse_rows(operations, f"{qualified(self.schema, self.table)}{where}", message, hint)


@operation("require_data_loss_consent")
class RequireDataLossConsentOp(Preparation):
    """Ask for ``-x allow_data_loss=1`` before a downgrade that cannot bring all values back.

    Attributes:
        what: what is lost, for the operator to read.
        table: the table that it is lost from.
        where: an SQL condition on its rows: without such rows nothing is lost and nobody is asked.

    Raises:
        DataLossError: ``-x allow_data_loss=1`` was not given.
        RowsForbidError: likewise, where rows that fit ``where`` are found.
    """

    what: str
    table: str = field(kw_only=True)
    where: str | None = field(default=None, kw_only=True)

    def run(self, operations: Operations) -> None:
        """Go on where the operator agreed or nothing is lost."""
        if _has_consent(operations.get_context()):
            return
        description = f"{self.schema}.{self.table}: {self.what}"
        if self.where is None:
            raise DataLossError(description, hint=CONSENT_HINT)
        rows = f"{qualified(self.schema, self.table)} WHERE {self.where}"
        _refuse_rows(operations, rows, literal(description), CONSENT_HINT)


def _refuse_rows(operations: Operations, rows: str, message: str, hint: str) -> None:
    """Refuse where ``SELECT FROM rows`` finds any; ``message`` is an SQL expression, ``hint`` plain text."""
    body = f"    IF EXISTS (SELECT FROM {rows}) THEN\n        {refuse(message, hint)}\n    END IF;"
    with raised_as({}):
        script.run(operations, block("", body))


def _has_consent(context: MigrationContext) -> bool:
    """Return whether the command was given ``-x allow_data_loss=1``, or the context configured with it."""
    given = context.opts.get("allow_data_loss")
    if given is None and context.environment_context is not None:
        given = context.environment_context.get_x_argument(as_dictionary=True).get("allow_data_loss")
    return str(given) in {"1", "True"}
