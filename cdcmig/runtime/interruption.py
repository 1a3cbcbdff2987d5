"""Ctrl-C while a statement runs: libpq waits for the server without looking up, for as long as that takes."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, set_wait_callback


@contextmanager
def interruptible() -> Iterator[None]:
    """Have Ctrl-C cancel the statement under way, of any connection of psycopg2; ``COPY`` does not work meanwhile."""
    set_wait_callback(_wait)
    try:
        yield
    finally:
        set_wait_callback(None)


def _wait(connection: Any) -> None:
    """Wait until the server has answered.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, and the server has cancelled the statement.
    """
    interrupted: KeyboardInterrupt | None = None
    while True:
        try:
            state = connection.poll()
            if state == POLL_OK:
                break
            _wait_for(connection.fileno(), state)
        except KeyboardInterrupt as error:
            interrupted = error
            try:
                connection.cancel()
            except OperationalError:  # it is being opened
                break
    if interrupted is not None:
        raise interrupted


def _wait_for(descriptor: int, state: int) -> None:
    reading, writing = state == POLL_READ, state == POLL_WRITE
    if not reading and not writing:
        raise OperationalError(f"libpq is in a state that psycopg2 does not know: {state}")
    select.select([descriptor] if reading else [], [descriptor] if writing else [], [])
