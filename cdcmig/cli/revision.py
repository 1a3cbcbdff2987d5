"""``cdcmig revision``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdcmig.cli import changes, options
from cdcmig.errors import abridged

if TYPE_CHECKING:
    from cdcmig.config.project import Project
    from cdcmig.evolution import Policy
    from cdcmig.generation.generator import Progress
    from cdcmig.generation.proposal import Proposal
    from cdcmig.source.inspection import Inspection


@click.command()
@click.option("-m", "--message", required=True, help="What changes, in a few words; names the files.")
@click.option("--service", "services", multiple=True, help="Only tables of this service; repeatable.")
@click.option("--table", "tables", multiple=True, help="Only this target table; repeatable.")
@click.option("--schema", "schemas", multiple=True, help="Only this tenant schema; repeatable.")
@click.option("--sink", "sinks", multiple=True, help="Only this sink; repeatable.")
@click.option("--live", is_flag=True, help="Inspect SQL Server first, and write the snapshot too.")
@click.option("--env", "environment", help="With --live: an environment of source-groups.yaml.")
@click.option("--url", help="With --live: a SQLAlchemy URL instead of the config's server.")
@options.policy
@click.option("--dry-run", is_flag=True, help="Show the changes and the files, and write nothing.")
@click.option("--sql", is_flag=True, help="Print the new changesets' DDL for one schema, and write nothing.")
@options.as_json
@options.directory
def revision(
    root: Path,
    message: str,
    services: tuple[str, ...],
    tables: tuple[str, ...],
    schemas: tuple[str, ...],
    sinks: tuple[str, ...],
    live: bool,
    environment: str | None,
    url: str | None,
    policy: Policy,
    dry_run: bool,
    sql: bool,
    as_json: bool,
) -> None:
    """Write the changesets and tenant revisions that are missing.

    Landed changesets are replayed in a scratch database, compared with the snapshot and the config, and the
    difference is written: one changeset for each distinct state, one small revision for each tenant.

    \b
    Example:
      cdcmig revision -m "initial import"
      cdcmig revision -m "new phone column" --table Actor --dry-run
      cdcmig revision -m "what the source has now" --live
    """
    from cdcmig.generation.generator import Selection, propose

    if not live and (environment or url):
        raise click.UsageError("--env and --url go with --live")
    selection = Selection(frozenset(services), frozenset(tables), frozenset(schemas))
    with options.progress("revision", quiet=as_json) as tell:
        inspections = _inspect(root, environment, url, tell) if live else []
        project = _project(root, inspections)
        proposal = propose(project, message, selection, frozenset(sinks), tell, policy).accepted()
    if sql:
        click.echo(proposal.sql())
        return
    if not dry_run:
        _write(inspections, proposal)
    warnings = [*map(str, project.warnings), *proposal.warnings]
    if as_json:
        summary = proposal.summary(written=not dry_run) | {"changes": changes.as_json(proposal)}
        options.print_json(summary | {"warnings": [*warnings, *proposal.notes]})
        return
    described = {note for change in proposal.changes for note in change.notes} if dry_run else set()
    options.warn([*warnings, *(note for note in proposal.notes if note not in described)])
    if dry_run or not proposal.files:
        changes.show(proposal)
    _show_files(root, proposal, "would write" if dry_run else "wrote")


def _inspect(root: Path, environment: str | None, url: str | None, tell: Progress) -> list[Inspection]:
    """Read the reference database of every service."""
    from cdcmig.cli.inspect import parsed_url
    from cdcmig.config.project import load_project
    from cdcmig.source.inspection import Request, inspect_services

    request = Request(environment=environment, url=parsed_url(url))
    return inspect_services(load_project(root, seen={}), request, tell)


def _project(root: Path, inspections: list[Inspection]) -> Project:
    """Return the project as its files have it, or with the tables that were just seen."""
    from cdcmig.config.project import load_project

    seen = {inspection.service: inspection.tables for inspection in inspections}
    return load_project(root, seen=seen or None)


def _write(inspections: list[Inspection], proposal: Proposal) -> None:
    """Write the snapshot, then what follows from it."""
    if inspections:
        from cdcmig.source.inspection import write_snapshots

        write_snapshots(inspections)
    proposal.write()


def _show_files(root: Path, proposal: Proposal, verb: str) -> None:
    if not proposal.files:
        return
    for path in proposal.changesets:
        click.echo(f"{verb} {path.relative_to(root)}")
    schemas = proposal.schemas()
    revisions = options.counted(len(proposal.revisions), "revision")
    click.echo(f"{verb} {revisions} for {options.counted(len(schemas), 'schema')}: {abridged(schemas)}")
