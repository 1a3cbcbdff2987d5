"""``cdcmig diff``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdcmig.cli import options
from cdcmig.errors import EvolutionError, abridged

if TYPE_CHECKING:
    from cdcmig.evolution import Policy
    from cdcmig.generation.proposal import Proposal


@click.command()
@click.option("--service", "services", multiple=True, help="Only tables of this service; repeatable.")
@click.option("--table", "tables", multiple=True, help="Only this target table; repeatable.")
@options.schemas
@click.option("--sink", "sinks", multiple=True, help="Only this sink; repeatable.")
@options.policy
@options.as_json
@options.directory
def diff(
    root: Path,
    services: tuple[str, ...],
    tables: tuple[str, ...],
    schemas: tuple[str, ...],
    sinks: tuple[str, ...],
    policy: Policy,
    as_json: bool,
) -> None:
    """Say what would change, table by table; write nothing.

    Exit code 0: nothing, 1: something, 2: an error, or refused changes among those that are listed.

    \b
    Example:
      cdcmig diff
      cdcmig diff --schema avansas --json
    """
    from cdcmig.config.project import load_project
    from cdcmig.generation.generator import Selection, propose

    project = load_project(root)
    selection = Selection(frozenset(services), frozenset(tables), frozenset(schemas))
    with options.progress("diff", quiet=as_json) as tell:
        proposal = propose(project, "pending changes", selection, frozenset(sinks), tell, policy)
    warnings = [*map(str, project.warnings), *proposal.warnings]
    if as_json:
        options.print_json(_summary(proposal) | {"warnings": [*warnings, *proposal.notes]})
    else:
        options.warn(warnings)
        _tell(proposal)
    if any(change.refusals for change in proposal.changes):
        sys.exit(EvolutionError.exit_code)
    sys.exit(1 if proposal.files else 0)


def _summary(proposal: Proposal) -> dict[str, Any]:
    from cdcmig.generation.description import describe

    changes = [
        {
            "sink": change.sink,
            "schemas": list(change.schemas),
            "new_schemas": list(change.new),
            "notes": list(change.notes),
            "refusals": [{"change": refused.message, "hint": refused.hint} for refused in change.refusals],
            "tables": {
                table: lines
                for table, operations in change.sections
                if (lines := describe(table, operations))
            },
        }
        for change in proposal.changes
    ]
    return {"changed": bool(proposal.files), "changes": changes}


def _tell(proposal: Proposal) -> None:
    if not proposal.files and not proposal.changes:
        click.echo(options.nothing_to_write(proposal))
        for note in proposal.notes:
            click.echo(f"  note: {note}")
        return
    for change in _summary(proposal)["changes"]:
        click.echo(f"{change['sink']}: {abridged(change['schemas'])}")
        if change["new_schemas"]:
            click.echo(f"  new: {abridged(change['new_schemas'])}")
        for table, lines in change["tables"].items():
            click.echo(f"  {table}")
            for line in lines:
                click.echo(f"    {line}")
        for note in change["notes"]:
            click.echo(f"  note: {note}")
        for refusal in change["refusals"]:
            click.echo(f"  refused: {refusal['change']}\n    hint: {refusal['hint']}")
    if not proposal.changes:
        click.echo(f"{len(proposal.files)} files of the infrastructure are missing")
