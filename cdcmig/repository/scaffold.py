"""``cdcmig init``: a new migration repository from the files in ``scaffold/``."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from cdcmig.errors import RepositoryError

_GITIGNORE = ".cdcmig/\n__pycache__/\n"


def scaffold_files() -> dict[Path, str]:
    """Return the files of a new repository by relative path; ``.txt`` behind a name keeps tools off the original."""
    texts = dict(_walk(files("cdcmig.repository") / "scaffold", Path()))
    return texts | {Path(".gitignore"): _GITIGNORE}


def init(root: Path, *, dry_run: bool = False) -> list[Path]:
    """Write a new repository into ``root``, unless this is a ``dry_run``; return its files.

    Raises:
        RepositoryError: ``root`` holds one of the files already; nothing is written then.
    """
    texts = scaffold_files()
    present = [root / path for path in texts if (root / path).exists()]
    if present:
        raise RepositoryError(
            f"{present[0]} exists already", hint="choose a new folder: cdcmig init my-migrations"
        )
    for path, text in ({} if dry_run else texts).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")
    return [root / path for path in sorted(texts)]


def _walk(folder: Traversable, below: Path) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, below / entry.name)
        else:
            found.append((below / entry.name.removesuffix(".txt"), entry.read_text(encoding="utf-8")))
    return found
