"""``cdcmig diff``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdcmig.cli import changes, options
from cdcmig.errors import EvolutionError

if TYPE_CHECKING:
    from cdcmig.evolution import Policy


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
    """Show what would change, table by table; write nothing.

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
        found = {"changed": bool(proposal.files), "changes": changes.as_json(proposal)}
        options.print_json(found | {"warnings": [*warnings, *proposal.notes]})
    else:
        options.warn(warnings)
        changes.show(proposal)
        for note in () if proposal.changes else proposal.notes:
            click.echo(f"  note: {note}")
    if any(change.refusals for change in proposal.changes):
        sys.exit(EvolutionError.exit_code)
    sys.exit(1 if proposal.files else 0)
