"""``cdcmig promote``."""

from __future__ import annotations

from pathlib import Path

import click

from cdcmig.cli import options
from cdcmig.errors import abridged


@click.command()
@click.argument("changeset", metavar="NNNN")
@options.schemas
@click.option("--sink", help="Only this sink's changesets.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@options.as_json
@options.directory
def promote(
    root: Path, changeset: str, schemas: tuple[str, ...], sink: str | None, dry_run: bool, as_json: bool
) -> None:
    """Bind the changeset NNNN to the other branches that lack it.

    For a canary (`cdcmig revision --schema`) that proved good, and for changesets that were written by hand and
    recorded by `cdcmig repair`. A branch gets it only if it stands where the canary stood before.

    \b
    Example:
      cdcmig revision -m "new phone column" --schema avansas
      cdcmig promote 0007
    """
    from cdcmig.config.project import load_project
    from cdcmig.generation.promotion import promote as propose

    promotion = propose(load_project(root), changeset, schemas, sink)
    if not dry_run:
        promotion.proposal.write()
    if as_json:
        summary = promotion.proposal.summary(written=not dry_run)
        options.print_json(
            summary
            | {"changeset": promotion.changeset.stem, "sink": promotion.sink, "skipped": promotion.skipped}
        )
        return
    for schema, reason in promotion.skipped.items():
        click.echo(f"skipped {schema}: {reason}", err=True)
    if not promotion.bound:
        click.echo(f"nothing to do: every branch that can have {promotion.changeset.stem} has it")
        return
    verb = "would bind" if dry_run else "bound"
    count = options.counted(len(promotion.bound), "schema")
    click.echo(f"{verb} {promotion.changeset.stem} to {count}: {abridged(promotion.bound)}")
