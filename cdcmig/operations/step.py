"""What the operations of this package share: how they are rendered, run, and how PostgreSQL's answers are told.

An operation here is a dataclass whose fields are its arguments. Those without a default are written by position
in a changeset, types aside; the others by name, where they differ from the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, ClassVar

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.types import TypeEngine

from cdcmig import alembic_internals
from cdcmig.errors import CdcmigError, RowsForbidError
from cdcmig.sql import script
from cdcmig.sql.quoting import dollar_tag, literal
from cdcmig.sql.sqlstate import sqlstate

REFUSED = "CM001"
"""SQLSTATE of the refusals that our own blocks raise; PostgreSQL leaves classes I–Z to its users."""

LEFTOVERS = "cdcmig_leftovers"
"""The option of ``context.configure`` with what a failed step leaves behind; see :func:`note_leftover`."""


@dataclass
class EvolutionOp(MigrateOperation):
    """An operation that renders itself as ``op.<function>(…)`` and runs :meth:`run`."""

    function: ClassVar[str]

    def run(self, operations: Operations) -> None:
        """Carry it out, or write its SQL."""
        raise NotImplementedError

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return what ``alembic check`` prints."""
        return (self.function, *(getattr(self, field.name) for field in fields(self)))


@dataclass
class Preparation(EvolutionOp):
    """An operation that has to precede every other one of its changeset.

    It changes nothing that a rollback would have to undo (a check of the rows), or it commits what was done so
    far and runs without a transaction, so that it can be repeated after a failure.
    """


@renderers.dispatch_for(EvolutionOp)
def _render(autogen: AutogenContext, operation: EvolutionOp) -> str:
    prefix = autogen.opts.get("alembic_module_prefix") or ""
    arguments = [text for field in fields(operation) if (text := _argument(autogen, operation, field))]
    return f"{prefix}{operation.function}({', '.join(arguments)})"


def _argument(autogen: AutogenContext, operation: EvolutionOp, field: Field[Any]) -> str:
    value = getattr(operation, field.name)
    if isinstance(value, TypeEngine):
        return f"{field.name}={alembic_internals.type_code(value, autogen)}"
    if field.default is MISSING and not field.kw_only:
        return repr(value)
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return "" if value == default else f"{field.name}={value!r}"


@Operations.implementation_for(EvolutionOp)
def _run(operations: Operations, operation: EvolutionOp) -> None:
    operation.run(operations)


@contextmanager
def told_as(failures: dict[str, CdcmigError]) -> Iterator[None]:
    """Raise the error that stands for PostgreSQL's SQLSTATE; a refusal of our own brings its words along."""
    try:
        yield
    except DBAPIError as error:
        state = sqlstate(error)
        diagnosis = getattr(error.orig, "diag", None)
        if state == REFUSED and diagnosis is not None:
            raise RowsForbidError(diagnosis.message_primary, hint=diagnosis.message_hint) from None
        if state in failures:
            raise failures[state] from None
        raise


def block(declarations: str, body: str) -> str:
    """Return a ``DO`` block; both arguments are SQL."""
    tag = dollar_tag(declarations + body)
    declare = f"DECLARE\n{declarations}\n" if declarations else ""
    return f"DO {tag}\n{declare}BEGIN\n{body}\nEND {tag};"


def refuse(message: str, hint: str) -> str:
    """Return the ``RAISE`` of a refusal; ``message`` is an SQL expression, ``hint`` plain text."""
    return f"RAISE EXCEPTION USING ERRCODE = '{REFUSED}', MESSAGE = {message}, HINT = {literal(hint)};"


@contextmanager
def without_transaction(operations: Operations) -> Iterator[None]:
    """Commit what was done so far and run the statements inside one by one, each in a transaction of its own.

    Where the connection is lost, Alembic cannot leave its block in order; what counts is why it was lost.
    """
    failure: BaseException | None = None
    try:
        with operations.get_context().autocommit_block():
            try:
                yield
            except BaseException as error:
                failure = error
                raise
    except InvalidRequestError:
        if failure is None:
            raise
        raise failure from None


def note_leftover(operations: Operations, what: str, removal: str) -> None:
    """Note what a step is about to commit ahead of itself, and the statement that removes it if the step fails.

    Only the runtime keeps such notes; a replay in the dev database needs none.
    """
    leftovers = operations.get_context().opts.get(LEFTOVERS)
    if leftovers is not None:
        leftovers[what] = removal


def forget_leftover(operations: Operations, what: str) -> None:
    """Take the note back: ``what`` was not built, or is gone already; to look for it could take a lock."""
    operations.get_context().opts.get(LEFTOVERS, {}).pop(what, None)


@contextmanager
def patiently(operations: Operations) -> Iterator[None]:
    """Lift ``lock_timeout``: for statements whose lock request makes nobody wait, readers and writers alike."""
    script.run(operations, block("", _SAVE_TIMEOUT))
    try:
        yield
    finally:
        context = operations.get_context()
        if context.as_sql or context.connection is None or not context.connection.invalidated:
            script.run(operations, block("", _RESTORE_TIMEOUT))


_SAVE_TIMEOUT = """\
    PERFORM pg_catalog.set_config('cdcmig.lock_timeout', pg_catalog.current_setting('lock_timeout'), false);
    PERFORM pg_catalog.set_config('lock_timeout', '0', false);"""
_RESTORE_TIMEOUT = """\
    PERFORM pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('cdcmig.lock_timeout'), false);"""
