"""A recording behind SQL Server's own protocol, so that the real drivers can be tried: TDS 7.1 to 7.4, in little.

It knows the login, language batches without parameters, and the answers, errors and cuts that they can get; no
encryption, no procedure calls. See [MS-TDS], "Tabular Data Stream Protocol".
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .fake_driver import Server
from .recording import Answer, Database, ServerError

SQL_BATCH, RPC, RESPONSE, ATTENTION, TRANSACTION, LOGIN7, PRELOGIN = 1, 3, 4, 6, 14, 16, 18
COLLATION = bytes.fromhex("0904d00034")
DONE_FINAL, DONE_ERROR, DONE_COUNT, DONE_ATTENTION = 0x00, 0x02, 0x10, 0x20
PACKET = 4096
TDS_7_2 = 0x72


def b_varchar(text: str) -> bytes:
    return bytes([len(text.encode("utf-16-le")) // 2]) + text.encode("utf-16-le")


def us_varchar(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data) // 2) + data


def token(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + struct.pack("<H", len(body)) + body


class Session(socketserver.BaseRequestHandler):
    """One connection."""

    server: TdsServer
    version = b"\x04\x00\x00\x74"
    database: Database | None = None

    def handle(self) -> None:
        try:
            while True:
                kind, data = self._receive()
                self._answer(kind, data)
        except (ConnectionError, OSError):
            pass
        finally:
            if self.database is not None:
                self.server.recorded.logout()

    def _answer(self, kind: int, data: bytes) -> None:
        if kind == PRELOGIN:
            self._send(self._prelogin())
        elif kind == LOGIN7:
            self._login(data)
        elif kind == SQL_BATCH:
            self._batch(data)
        elif kind == ATTENTION:
            self._send(self._done(DONE_ATTENTION))
        elif kind == TRANSACTION:
            self._send(self._transaction(data))
        else:
            self._send(self._error(ServerError(40000, f"packet type {kind} is not played")))

    def _receive(self) -> tuple[int, bytes]:
        message = b""
        while True:
            kind, status, length = struct.unpack(">BBH4x", self._read(8))
            message += self._read(length - 8)
            if status & 1:
                return kind, message

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.request.recv(size - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    def _send(self, data: bytes) -> None:
        size = PACKET - 8
        parts = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
        packets = b""
        for number, part in enumerate(parts, start=1):
            last = number == len(parts)
            packets += struct.pack(">BBHHBB", RESPONSE, last, len(part) + 8, 51, number % 256, 0) + part
        self.request.sendall(packets)

    def _prelogin(self) -> bytes:
        options = {0: bytes([16, 0, 0x10, 0x27, 0, 0]), 1: b"\x02", 2: b"\x00", 3: b"", 4: b"\x00"}
        offset = 5 * len(options) + 1
        head, body = b"", b""
        for key, value in options.items():
            head += struct.pack(">BHH", key, offset + len(body), len(value))
            body += value
        return head + b"\xff" + body

    def _login(self, data: bytes) -> None:
        self.version = data[4:8]

        def text(index: int) -> bytes:
            start, length = struct.unpack_from("<HH", data, 36 + 4 * index)
            return data[start : start + 2 * length]

        user = text(1).decode("utf-16-le")
        password = bytes(((b ^ 0xA5) << 4 | (b ^ 0xA5) >> 4) & 0xFF for b in text(2)).decode("utf-16-le")
        name = text(8).decode("utf-16-le") or "master"
        try:
            self.database = self.server.recorded.login(name, user, password)
        except ServerError as error:
            self._send(self._error(error))
            raise ConnectionError from error
        acknowledged = (
            b"\x01" + self.version[::-1] + b_varchar("Microsoft SQL Server") + bytes([16, 0, 0x10, 0x27])
        )
        self._send(
            token(0xE3, b"\x01" + b_varchar(name) + b_varchar("master"))
            + token(0xE3, b"\x07\x05" + COLLATION + b"\x00")
            + token(0xAD, acknowledged)
            + token(0xE3, b"\x04" + b_varchar(str(PACKET)) + b_varchar(str(PACKET)))
            + self._done()
        )

    def _batch(self, data: bytes) -> None:
        assert self.database is not None
        if self._is_7_2:
            data = data[struct.unpack_from("<I", data)[0] :]
        try:
            answer = self.server.recorded.execute(self.database, data.decode("utf-16-le"), ())
        except ServerError as error:
            self._send(self._error(error))
        except ConnectionResetError:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise
        else:
            self._send(self._result(answer))

    def _transaction(self, data: bytes) -> bytes:
        (headers,) = struct.unpack_from("<I", data)
        (kind,) = struct.unpack_from("<H", data, headers)
        began = kind == 5
        descriptor = b"\x08" + bytes(range(1, 9))
        change = b"\x08" + descriptor + b"\x00" if began else b"\x09\x00" + descriptor
        return token(0xE3, change) + self._done()

    @property
    def _is_7_2(self) -> bool:
        return self.version[3] >= TDS_7_2

    def _done(self, status: int = DONE_FINAL, rows: int = 0) -> bytes:
        return struct.pack("<BHHQ" if self._is_7_2 else "<BHHI", 0xFD, status, 0xC1, rows)

    def _error(self, error: ServerError) -> bytes:
        severity = 14 if error.number == 18456 else 16
        body = struct.pack("<IBB", error.number, 1, severity) + us_varchar(error.message) + b_varchar("sql")
        line = struct.pack("<I" if self._is_7_2 else "<H", 1)
        return token(0xAA, body + b_varchar("") + line) + self._done(DONE_ERROR)

    def _result(self, answer: Answer) -> bytes:
        if not answer.columns:
            return self._done()
        columns = [Column(name, [row[i] for row in answer.rows]) for i, name in enumerate(answer.columns)]
        head = struct.pack("<BH", 0x81, len(columns))
        user_type = bytes(4 if self._is_7_2 else 2)
        for column in columns:
            head += user_type + struct.pack("<H", 0x0001) + column.type_info() + b_varchar(column.name)
        rows = b"".join(
            b"\xd1" + b"".join(column.value(cell) for column, cell in zip(columns, row, strict=True))
            for row in answer.rows
        )
        return head + rows + self._done(DONE_COUNT, len(answer.rows))


class Column:
    """A column of a result: bigint where all values are numbers, else nvarchar, long ones as nvarchar(max)."""

    def __init__(self, name: str, values: Sequence[Any]) -> None:
        self.name = name
        present = [value for value in values if value is not None]
        self.number = bool(present) and all(isinstance(value, int) for value in present)
        self.long = not self.number and any(len(str(value)) > 4000 for value in present)

    def type_info(self) -> bytes:
        if self.number:
            return b"\x26\x08"
        return b"\xe7" + (b"\xff\xff" if self.long else struct.pack("<H", 8000)) + COLLATION

    def value(self, value: Any) -> bytes:
        if self.number:
            return b"\x00" if value is None else b"\x08" + struct.pack("<q", value)
        data = b"" if value is None else str(value).encode("utf-16-le")
        if self.long:
            if value is None:
                return b"\xff" * 8
            return struct.pack("<QI", len(data), len(data)) + data + bytes(4)
        return b"\xff\xff" if value is None else struct.pack("<H", len(data)) + data


class TdsServer(socketserver.ThreadingTCPServer):
    """Listens on a port of its own on 127.0.0.1."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, recorded: Server) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.recorded = recorded

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def serving(recorded: Server) -> Iterator[TdsServer]:
    with TdsServer(recorded) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
