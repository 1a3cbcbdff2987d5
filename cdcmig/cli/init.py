"""``cdcmig init``."""

from __future__ import annotations

from pathlib import Path

import click

from cdcmig.repository import scaffold


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--dry-run", is_flag=True, help="Name the files, and write nothing.")
def init(folder: Path, dry_run: bool) -> None:
    """Make a migration repository in FOLDER.

    \b
    Example:
      cdcmig init my-migrations
    """
    for path in scaffold.init(folder, dry_run=dry_run):
        click.echo(f"{'would write' if dry_run else 'wrote'} {path}")
    if not dry_run:
        click.echo(f"next: describe a service in {folder}/services, then: cdcmig config check")
