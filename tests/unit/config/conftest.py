"""A small repository, as its users write one, for tests to change and break."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from cdcmig.config.project import Project, load_project
from cdcmig.errors import ConfigErrors, Finding

DATA = Path(__file__).parent / "data"


class Repository:
    """A directory with configuration files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, file: str, old: str, new: str) -> None:
        text = (self.root / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} in {file}"
        self.write(file, text.replace(old, new))

    def remove(self, file: str) -> None:
        (self.root / file).unlink()

    def load(self) -> Project:
        return load_project(self.root)

    def problems(self) -> list[str]:
        """What is wrong, each as `file:line: path: message` with the file relative to the root."""
        with pytest.raises(ConfigErrors) as caught:
            self.load()
        return self._shown(caught.value.problems)

    def warnings(self) -> list[str]:
        return self._shown(self.load().warnings)

    def _shown(self, problems: Iterable[Finding]) -> list[str]:
        return [str(problem).replace(f"{self.root}/", "") for problem in problems]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """The files of the issue that asked for cdcmig, to the letter, and two snapshots."""
    shutil.copytree(DATA / "repository", tmp_path, dirs_exist_ok=True)
    return Repository(tmp_path)
