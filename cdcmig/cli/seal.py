"""``cdcmig seal``."""

from __future__ import annotations

from pathlib import Path

import click

from cdcmig.repository import checksums


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--dry-run", is_flag=True, help="Name the files, and record nothing.")
def seal(files: tuple[Path, ...], dry_run: bool) -> None:
    """Record changesets or revisions that were written or edited by hand.

    Do this only for files that no database has seen yet: afterwards they are landed, and never edited again.

    \b
    Example:
      cdcmig seal alembic/changesets/sink_asma.directory/0007_backfill.py
    """
    checksums.record(files, write=not dry_run)
    for file in files:
        click.echo(f"{'would record' if dry_run else 'recorded'} {file}")
