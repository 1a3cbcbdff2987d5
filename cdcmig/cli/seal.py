"""``cdcmig seal``."""

from __future__ import annotations

from pathlib import Path

import click

from cdcmig.cli import options


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--forget",
    "forgotten",
    metavar="NAME",
    multiple=True,
    help="A changeset, with all its revisions, or a file, that was deleted; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Name the files, and record nothing.")
@options.directory
def seal(root: Path, files: tuple[Path, ...], forgotten: tuple[str, ...], dry_run: bool) -> None:
    """Record changesets or revisions that were written or edited by hand; forget those that were deleted.

    Do this only for files that no database has seen yet: what is recorded is landed, and never edited again.

    \b
    Example:
      cdcmig seal alembic/changesets/sink_asma.directory/0007_backfill.py
      cdcmig seal --forget 0008_new_phone
    """
    from cdcmig.repository import checksums
    from cdcmig.repository.layout import Layout

    if not files and not forgotten:
        raise click.UsageError("name a FILE, or what to --forget")
    files = tuple(file if file.exists() else root / file for file in files)
    checksums.record(files, write=not dry_run)
    gone = checksums.forget(Layout.at(root).scripts, forgotten, write=not dry_run)
    for verb, paths in (("recorded", files), ("forgot", gone)):
        for path in paths:
            click.echo(f"{_WOULD[verb] if dry_run else verb} {path}")


_WOULD = {"recorded": "would record", "forgot": "would forget"}
