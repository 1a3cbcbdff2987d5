"""Consumers that write events into staging: one thread and one connection per Kafka partition."""

from __future__ import annotations

import io
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg2
from sqlalchemy import URL

from tests.postgres.soak.world import INTO_STAGING, connect, events_sql, is_lost

_SIZES = (1, 5, 20, 60, 150, 500)
_LOCK_WAIT = re.compile(r"acquired \w+ on relation \d+ of database \d+ after ([\d.]+) ms")

Resume = Callable[["Writer", Any], int]
"""Where a consumer goes on after it has lost its connection: gets the writer and a new connection."""


class Insert(NamedTuple):
    """One INSERT or COPY: when it began (``time.monotonic``), how long it took, how long it waited for a lock."""

    begun: float
    ms: float
    lock_ms: float


def from_own_position(writer: Writer, _connection: Any) -> int:
    """Resume where the consumer itself was: right only if what it committed cannot be lost."""
    return writer.position


def from_watermark(writer: Writer, connection: Any) -> int:
    """Resume behind the watermark: right whatever happened to staging."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(last_offset) + 1, 0) FROM cdc_management.watermarks WHERE partition = %s",
            (writer.partition,),
        )
        return int(cursor.fetchone()[0])


@dataclass
class Writer(threading.Thread):
    """Writes one partition until it is stopped, in batches of many sizes, in transactions of many shapes.

    Attributes:
        resume: where to go on after a lost connection.
        observe: have the server report lock waits of 5 ms and more; only a superuser may ask for that.
        position: the next offset; ``high``: the highest ``position`` so far.
        committed: rows in committed transactions, those delivered again among them.
        finished: it came to its end, and did not die of an error.
    """

    url: URL
    partition: int
    seed: int = 0
    resume: Resume = from_own_position
    observe: bool = True
    pause: float = 0.015
    position: int = 0
    high: int = 0
    committed: int = 0
    reconnects: int = 0
    finished: bool = False
    inserts: list[Insert] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(name=f"writer {self.partition}", daemon=True)
        self.halt = threading.Event()
        self._random = random.Random(self.seed * 8 + self.partition)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Write; after a lost connection resume; stop only where everything that was ever sent is sent again."""
        connection = None
        while not self.halt.is_set() or self.position < self.high:
            try:
                if connection is None:
                    connection = self._connect()
                    if self.high:
                        self.reconnects += 1
                        self.position = self.resume(self, connection)
                self._step(connection)
                self.halt.wait(self._random.random() * 2 * self.pause)
            except psycopg2.Error as error:
                if not is_lost(connection, error):
                    self.errors.append(str(error))
                    return
                connection = None
                time.sleep(0.05)
            except SystemError:
                connection = None  # what psycopg2 makes of a connection that is lost in the midst of a COPY
        if connection is not None:
            connection.close()
        self.finished = True

    def abandon(self) -> None:
        """Stop wherever it is."""
        self.halt.set()
        self.high = 0

    def _connect(self) -> Any:
        connection = connect(self.url, autocommit=False)
        with connection, connection.cursor() as cursor:
            if self.observe:
                cursor.execute("SET lc_messages = 'C'; SET client_min_messages = log")
                cursor.execute("SET deadlock_timeout = '5ms'; SET log_lock_waits = on")
            if self._style == "prepared":
                cursor.execute(
                    f"PREPARE stage (integer, bigint, bigint) AS INSERT INTO {INTO_STAGING}"
                    f" {events_sql('$1', '$2', '$3')}"
                )
        return connection

    @property
    def _style(self) -> str:
        return ("plain", "prepared", "copy")[self.partition % 3]

    def _step(self, connection: Any) -> None:
        """Do one transaction: new events; or old ones again; or new ones that are rolled back."""
        kind = self._random.choices(("new", "again", "rolled back"), (90, 6, 4))[0]
        size = self._random.choice(_SIZES)
        if kind == "again" and self.position > 0:
            first = max(0, self.position - self._random.randrange(1, 20_000))
            last = min(first + size, self.position) - 1
            with self._transaction(connection) as cursor:
                self._insert(cursor, first, last)
            self.committed += last - first + 1
            return
        end = self.position
        with self._transaction(connection, commit=kind != "rolled back") as cursor:
            for _ in range(self._random.choice((1, 1, 1, 3))):
                self._insert(cursor, end, end + size - 1)
                end += size
            if self._random.random() < 0.1:
                time.sleep(0.02)
        if kind != "rolled back":
            self.committed += end - self.position
            self.position = end
            self.high = max(self.high, end)

    @contextmanager
    def _transaction(self, connection: Any, commit: bool = True) -> Iterator[Any]:
        with connection.cursor() as cursor:
            yield cursor
        if commit:
            connection.commit()
        else:
            connection.rollback()

    def _insert(self, cursor: Any, first: int, last: int) -> None:
        """Insert events in this writer's style, and note how long that took."""
        rows = io.BytesIO()
        literal = events_sql(str(self.partition), str(first), str(last))
        if self._style == "copy":
            cursor.copy_expert(f"COPY ({literal}) TO STDOUT", rows)
            rows.seek(0)
        begun = time.monotonic()
        if self._style == "copy":
            cursor.copy_expert(f"COPY {INTO_STAGING} FROM STDIN", rows)
        elif self._style == "prepared":
            cursor.execute(f"EXECUTE stage ({self.partition}, {first}, {last})")
        else:
            cursor.execute(f"INSERT INTO {INTO_STAGING} {literal}")
        taken = (time.monotonic() - begun) * 1000
        notices = cursor.connection.notices
        waits = [float(found[1]) for notice in notices if (found := _LOCK_WAIT.search(notice))]
        notices.clear()
        self.inserts.append(Insert(begun, taken, max(waits, default=0.0)))
