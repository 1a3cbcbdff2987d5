"""``cdcmig repair``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdcmig.cli import options

if TYPE_CHECKING:
    from cdcmig.repository.layout import Layout


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER]...", type=click.Path(path_type=Path))
@click.option(
    "--forget",
    "forgotten",
    metavar="NAME",
    multiple=True,
    help="A changeset, with all its revisions, or a file, that was deleted; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Name the files, and record nothing.")
@options.directory
def repair(root: Path, paths: tuple[Path, ...], forgotten: tuple[str, ...], dry_run: bool) -> None:
    """Record changesets or revisions that were written or edited by hand; forget those that were deleted.

    Do this only for files that no database has seen yet: what is recorded is landed, and never edited again.
    Of a FOLDER, the changesets and revisions below it that are new or were edited; --dry-run names them.

    \b
    Example:
      cdcmig repair alembic/changesets/sink_asma.directory/0007_backfill.py
      cdcmig repair alembic/versions/sink_asma.directory/avansas --dry-run
      cdcmig repair --forget 0008_new_phone
    """
    from cdcmig.repository import checksums
    from cdcmig.repository.layout import Layout

    if not paths and not forgotten:
        raise click.UsageError("name a FILE or FOLDER, or what to --forget")
    layout = Layout.at(root)
    files = list(dict.fromkeys(_files(layout, paths)))
    checksums.record(files, write=not dry_run)
    gone = checksums.forget(layout.scripts, forgotten, write=not dry_run)
    for verb, done in (("recorded", files), ("forgot", gone)):
        for path in done:
            click.echo(f"{_WOULD[verb] if dry_run else verb} {path}")
    if paths and not files:
        click.echo("nothing to record: every file is as it was recorded")


def _files(layout: Layout, paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are named, and those of the folders; paths may be seen from the repository, too."""
    from cdcmig.repository import checksums

    for path in (given if given.exists() else layout.root / given for given in paths):
        if path.is_dir():
            yield from checksums.unrecorded(layout.scripts, [layout.changesets, layout.versions], path)
        else:
            yield path


_WOULD = {"recorded": "would record", "forgot": "would forget"}
