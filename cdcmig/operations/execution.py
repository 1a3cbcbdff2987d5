"""Executes the SQL of operations: errors by SQLSTATE, DO blocks, autocommit, and removal after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from cdcmig.errors import CdcmigError, RowsForbidError
from cdcmig.sql import script
from cdcmig.sql.quoting import dollar_tag, literal
from cdcmig.sql.sqlstate import sqlstate

REFUSED = "CM001"
"""SQLSTATE of the refusals that our own blocks raise; PostgreSQL leaves classes I–Z to its users."""

LEFTOVERS = "cdcmig_leftovers"
"""The option of ``context.configure`` with what a failed step leaves behind; see :func:`note_leftover`."""


@contextmanager
def raised_as(failures: dict[str, CdcmigError]) -> Iterator[None]:
    """Raise the error for a SQLSTATE; a refusal by one of our own blocks carries its message and hint."""
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
