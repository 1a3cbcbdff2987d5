"""Merge runners: threads, and processes that can be killed; and the procedure that is in use today."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy import URL, make_url

from tests.postgres.soak.world import FINAL, PAYLOAD, PROCEDURE, STAGING, connect, is_lost, quoted

_ROOT = Path(__file__).parents[3]
SWAP_WAIT_MS = 250.0


@dataclass(frozen=True)
class Merging:
    """How to merge.

    Attributes:
        how: ``pending``: ``run_pending_merges``; ``procedure``: the table's own, until its generation is merged;
            ``steps``: the same, a transaction at a time from outside, as ``cdcmig merge`` does; ``today``.
        batch_size: rows of a transaction.
    """

    how: str = "pending"
    batch_size: int = 100_000

    def once(self, connection: Any) -> str:
        """Merge what is there; return what came of it."""
        with connection.cursor() as cursor:
            if self.how == "today":
                merge_like_today(cursor)
                return "MERGED"
            wait = f"swap_wait => '{SWAP_WAIT_MS} ms'"
            if self.how == "pending":
                cursor.execute(
                    f"CALL cdc_management.run_pending_merges(batch_size => {self.batch_size}, {wait})"
                )
                merged, failed, _postponed = cursor.fetchone()
                return "FAILED" if failed else "MERGED" if merged else "EMPTY"
            one_step = "true" if self.how == "steps" else "false"
            cursor.execute(
                f"CALL {PROCEDURE}(batch_size => {self.batch_size}, {wait}, one_step => {one_step})"
            )
            return str(cursor.fetchone()[0])


@dataclass
class Merger(threading.Thread):
    """Merges again and again. Whoever holds its ``gate`` keeps it from beginning, and knows that it is idle."""

    url: URL
    merging: Merging = field(default_factory=Merging)
    outcomes: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    finished: bool = False

    def __post_init__(self) -> None:
        super().__init__(name=f"merger {self.merging.how}", daemon=True)
        self.halt = threading.Event()
        self.gate = threading.Lock()

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        connection = connect(self.url)
        try:
            while not self.halt.wait(0.03):
                with self.gate:
                    outcome = self.merging.once(connection)
                self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
            self.finished = True
        except psycopg2.Error as error:
            self.errors.append(str(error))
        connection.close()


class Process:
    """A merge runner as a process of its own, for SIGKILL; it connects again when the server has gone away."""

    def __init__(self, url: URL, merging: Merging) -> None:
        self._command = [
            sys.executable, "-m", "tests.postgres.soak.mergers",
            url.render_as_string(hide_password=False), merging.how, str(merging.batch_size),
        ]  # fmt: skip
        self._log: list[str] = []
        self.kills = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def kill(self) -> None:
        """Kill it with SIGKILL; keep what it said."""
        self._process.kill()
        output, _ = self._process.communicate()
        self._log += output.splitlines()
        self.kills += 1

    def restart(self) -> None:
        """Kill it, and start another."""
        self.kill()
        self._process = self._start()

    @property
    def said(self) -> list[str]:
        """What it printed until it was killed: errors of merges, and nothing else."""
        return self._log


def main(url: URL, merging: Merging) -> None:
    """Merge until killed."""
    connection = None
    while True:
        try:
            connection = connection or connect(url)
            outcome = merging.once(connection)
            if outcome == "FAILED":
                print("a merge failed: see cdc_management.error_log", flush=True)
            if merging.how != "steps" or outcome in ("EMPTY", "BUSY", "WAITING"):
                time.sleep(0.03)
        except psycopg2.Error as error:
            if not is_lost(connection, error):
                print(repr(error), flush=True)
            connection = None
            time.sleep(0.05)


def drain(url: URL, merging: Merging, seconds: float = 120.0) -> None:
    """Merge until there is nothing left; an error of a merge is raised."""
    connection = connect(url)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert merging.once(connection) != "FAILED"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {STAGING})")
            if not cursor.fetchone()[0]:
                connection.close()
                return
        time.sleep(0.02)
    raise AssertionError(f"staging is not empty after {seconds} s of merging")


_COLUMNS = (
    "id", *PAYLOAD, "__sync_timestamp", "__source", "__source_ts_ms", "__deleted", "__operation", "__lsn", "__seq_val",
)  # fmt: skip


def merge_like_today(cursor: Any) -> None:
    """Count; upsert 10,000 and delete any 10,000 until the count is used up; truncate."""
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in _COLUMNS[1:])
    cursor.execute(f"SELECT count(*) FROM {STAGING}")
    waiting = cursor.fetchone()[0]
    if not waiting:
        return
    while waiting > 0:
        cursor.execute(
            f"BEGIN; INSERT INTO {FINAL} ({quoted(_COLUMNS)}) SELECT DISTINCT ON (id) {quoted(_COLUMNS)}"
            f' FROM {STAGING} ORDER BY id, "__source_ts_ms" DESC LIMIT 10000 ON CONFLICT (id) DO UPDATE SET {sets};'
            f" DELETE FROM {STAGING} WHERE ctid IN (SELECT ctid FROM {STAGING} LIMIT 10000); COMMIT"
        )
        waiting -= 10_000
    cursor.execute(f"TRUNCATE {STAGING}")


if __name__ == "__main__":
    main(make_url(sys.argv[1]), Merging(sys.argv[2], int(sys.argv[3])))
