"""Options that several commands share, and how results are printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cdcmig.errors import RepositoryError

if TYPE_CHECKING:
    from rich.table import Table

Command = TypeVar("Command", bound=Callable[..., Any])


def find_root(_context: click.Context, _parameter: click.Parameter, given: Path | None) -> Path:
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
        callback=find_root,
        help="The migration repository; default: the nearest folder upward with an alembic.ini.",
    )(command)


def as_json(command: Command) -> Command:
    """Add ``--json``; the command gets ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def target(command: Command) -> Command:
    """Add ``--sink`` and ``--env``, which together name a database; the command gets ``sink`` and ``environment``."""
    command = click.option("--env", "environment", help="An environment of sink-groups.yaml, such as prod.")(
        command
    )
    return click.option("--sink", help="<sink group>.<database>; needed where there are several.")(command)


def schemas(command: Command) -> Command:
    """Add ``--schema``, repeatable; the command gets the tuple ``schemas``, empty for all."""
    return click.option("--schema", "schemas", multiple=True, help="Only this schema; repeatable.")(command)


def policy(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what is dangerous, or dear, and has to be asked for; the command gets ``policy``."""

    @wraps(command)
    def with_policy(*, allow_destructive: bool, online: bool, prune_staging: bool, **others: Any) -> Any:
        from cdcmig.evolution import Policy

        return command(policy=Policy(allow_destructive, online, prune_staging), **others)

    allow = click.option(
        "--allow-destructive",
        is_flag=True,
        help="Drop what the source no longer has; convert values that may not fit.",
    )
    online = click.option(
        "--online",
        is_flag=True,
        help="Change types that need a rewrite in steps, beside readers and writers.",
    )
    prune = click.option(
        "--prune-staging",
        is_flag=True,
        help="Drop from staging the columns that are not merged any more; who still sends them fails.",
    )
    return allow(online(prune(with_policy)))


def counted(number: int, noun: str) -> str:
    """Return ``1 table`` or ``2 tables``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def warn(warnings: Iterable[str]) -> None:
    """Print warnings on standard error, a line each."""
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def print_json(value: Any) -> None:
    """Print a value as JSON, one document."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows: a table on a terminal, else aligned text without frames or cuts; None is shown as nothing."""
    from rich.console import Console

    cells = [["" if value is None else str(value) for value in row] for row in rows]
    console = Console()
    if console.is_terminal:
        console.print(_rich_table(headings, cells))
        return
    lines = [list(headings), *cells]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    for line in lines:
        padded = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo(padded.rstrip())


def _rich_table(headings: Sequence[str], cells: Iterable[Sequence[str]]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=SIMPLE_HEAD)
    for row in cells:
        table.add_row(*map(Text, row))  # Text: brackets in data are no markup
    return table


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
