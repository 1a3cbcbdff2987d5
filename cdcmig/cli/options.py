"""Options that several commands share, and how results are printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from cdcmig.errors import RepositoryError

Command = TypeVar("Command", bound=Callable[..., Any])


def _find_root(_context: click.Context, _parameter: click.Parameter, given: Path | None) -> Path:
    """Return the repository's root: the given folder, or the nearest one upward that has an alembic.ini."""
    if given is not None:
        return given.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "alembic.ini").is_file():
            return folder
    raise RepositoryError(
        f"{here}: no alembic.ini here or above", hint="go to a migration repository, or make one: cdcmig init"
    )


def directory(command: Command) -> Command:
    """Add ``-C/--directory``; the command gets ``root``."""
    return click.option(
        "-C",
        "--directory",
        "root",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        callback=_find_root,
        help="The migration repository; default: the nearest folder upward with an alembic.ini.",
    )(command)


def as_json(command: Command) -> Command:
    """Add ``--json``; the command gets ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def print_json(value: Any) -> None:
    """Print a value as JSON, one document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show what is being done on a terminal's last line; nothing where standard error is no terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _what: None
        return
    with console.status(title) as status:
        yield lambda what: status.update(f"{title}: {what}")
