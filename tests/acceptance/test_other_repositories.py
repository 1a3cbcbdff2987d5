"""A stock Alembic repository in the same environment works as if cdcmig were not installed."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.repository import BIN

ENV_PY = """
import sys, time
from alembic import context
from sqlalchemy import create_engine

if "sleep" in context.get_x_argument():
    print("sleeping", flush=True)
    time.sleep(60)
with create_engine("sqlite:///stock.db").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stock")
    subprocess.run([BIN / "alembic", "init", "migrations"], cwd=root, check=True, capture_output=True)
    (root / "migrations" / "env.py").write_text(ENV_PY)
    for name in ("one", "two"):
        run(root, "revision", "-m", name)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "alembic", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


def test_commands_work(stock: Path) -> None:
    assert run(stock, "upgrade", "head").returncode == 0
    assert len(run(stock, "history").stdout.splitlines()) == 2
    assert run(stock, "merge", "heads").returncode == 0  # refused in a repository of cdcmig's


def test_an_x_after_the_subcommand_is_refused_as_by_alembic_alone(stock: Path) -> None:
    done = run(stock, "upgrade", "head", "-x", "schema=avansas")
    assert done.returncode == 2
    assert "error: unrecognized arguments: -x schema=avansas" in done.stderr


def test_ctrl_c_ends_in_the_traceback_of_python(stock: Path) -> None:
    process = subprocess.Popen(
        [BIN / "alembic", "-x", "sleep", "current"],
        cwd=stock, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "sleeping\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert process.returncode == -signal.SIGINT


def test_broken_revisions_are_reported_in_the_words_of_alembic(stock: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(stock), str(copy)], check=True)
    first = sorted((copy / "migrations" / "versions").glob("*_two.py"))[0]
    first.write_text(
        first.read_text().replace("down_revision: Union[str, Sequence[str], None] = '", "down_revision = 'x")
    )
    done = run(copy, "upgrade", "head")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("KeyError: 'x")  # no hint of cdcmig's
