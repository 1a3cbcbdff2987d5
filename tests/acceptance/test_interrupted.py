"""Commands that are ended half-way: no traceback, and the next one goes on."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.acceptance.repository import BIN, Repository, copy_of_sample


@pytest.fixture
def sample(project_root: Path, tmp_path: Path) -> Repository:
    return copy_of_sample(project_root, tmp_path / "repository", with_tree=True)


def test_ctrl_c(sample: Repository) -> None:
    try:
        sample.run("alembic", "upgrade", "head", "-x", "schema=cdc_management")
        process = subprocess.Popen(
            [str(BIN / "alembic"), "upgrade", "heads"],
            cwd=sample.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130, output
        assert "Interrupted" in output
        assert "Traceback" not in output
        sample.run("alembic", "upgrade", "head", "-x", "schema=avansas")
    finally:
        sample.run("cdcmig", "server", "stop")


def test_a_reader_that_has_seen_enough(sample: Repository) -> None:
    done = subprocess.run(
        f"'{BIN / 'alembic'}' upgrade heads --sql | head -n 3",
        shell=True,
        cwd=sample.root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.count("\n") == 3
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
