"""``cdcmig squash``."""

from __future__ import annotations

from pathlib import Path

import click

from cdcmig.cli import options
from cdcmig.errors import abridged


@click.command()
@click.option("--sink", help="Only this sink.")
@options.schemas
@click.option("--dry-run", is_flag=True, help="Say what would be folded, and write nothing.")
@options.as_json
@options.directory
def squash(root: Path, sink: str | None, schemas: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Fold a long history into one baseline per branch; branches of one history share theirs.

    The baseline is proven in a scratch database to make what the history made. A database at the old head is
    recognised by its next upgrade and not rebuilt; one in the midst of the history has to be upgraded first,
    so do that before: `cdcmig check --target` names those behind. Statements that change rows are not kept: a
    new tenant's tables are empty.

    \b
    Example:
      cdcmig squash --dry-run
      cdcmig squash
    """
    from cdcmig.config.project import load_project
    from cdcmig.generation.squash import squash as propose

    with options.progress("squash", quiet=as_json) as tell:
        proposal = propose(load_project(root), sink, schemas, tell)
    if not dry_run:
        proposal.write()
    if as_json:
        removed = [path.relative_to(root).as_posix() for path in proposal.removals]
        notes = {"removed": removed, "warnings": list(proposal.notes)}
        options.print_json(proposal.summary(written=not dry_run) | notes)
        return
    for note in proposal.notes:
        click.echo(f"warning: {note}", err=True)
    if not proposal.files:
        click.echo("nothing to fold: no branch has more than one step")
        return
    verb, removes = ("would write", "would remove") if dry_run else ("wrote", "removed")
    for path in proposal.changesets:
        click.echo(f"{verb} {path.relative_to(root)}")
    names = proposal.schemas()
    click.echo(f"{verb} {options.counted(len(names), 'baseline')}: {abridged(names)}")
    click.echo(f"{removes} {options.counted(len(proposal.removals), 'file')} that they replace")
    click.echo(_NOTE, err=True)


_NOTE = (
    "note: every database has to be at the old head: `cdcmig check --target` names those that are not;"
    " upgrade them with the files of the commit before (docs/operations.md)"
)
