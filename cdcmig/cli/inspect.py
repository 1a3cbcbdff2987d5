"""``cdcmig inspect``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdcmig.cli import options

if TYPE_CHECKING:
    from sqlalchemy import URL

    from cdcmig.config.project import Project
    from cdcmig.source.discover import Discovery
    from cdcmig.source.inspection import Inspection, Request
    from cdcmig.source.parallel import Progress
    from cdcmig.source.tenants import Comparison

_MODES = ("check", "all_tenants", "discover")


@click.command()
@click.option("--service", "services", multiple=True, help="Only this service; repeatable.")
@click.option("--table", "tables", multiple=True, help="Only tables like 'dbo.Actor*'; repeatable.")
@click.option("--env", "environment", help="Environment of the source groups, such as prod.")
@click.option("--url", help="A SQLAlchemy URL instead of the configured server: mssql+pyodbc://…")
@click.option(
    "--check", is_flag=True, help="Write nothing; exit code 1 and a diff if server and files differ."
)
@click.option("--all-tenants", is_flag=True, help="Compare every customer's database with the reference.")
@click.option("--discover", is_flag=True, help="Print what the config does not name yet, as YAML to paste.")
@click.option("--prune", is_flag=True, help="Remove the snapshots of tables that are gone from the server.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--timeout", type=click.IntRange(1), default=30, show_default=True, help="Seconds a statement.")
@click.option("--jobs", type=click.IntRange(1), default=4, show_default=True, help="Databases read at once.")
@options.as_json
@options.directory
@click.pass_context
def inspect(
    context: click.Context,
    /,
    root: Path,
    services: tuple[str, ...],
    tables: tuple[str, ...],
    environment: str | None,
    url: str | None,
    timeout: int,
    jobs: int,
    as_json: bool,
    **flags: bool,
) -> None:
    """Read SQL Server's tables into the snapshot, services/_schemas.

    The tables are those that the config of a service names, read from its validation_database. Only files that
    change are written. An estimate of the number of rows is kept by its order of magnitude and is no difference;
    --json gives it in full.

    \b
    Example:
      cdcmig inspect
      cdcmig inspect --service adopus --table 'dbo.Actor*' --env nonprod
      cdcmig inspect --url 'mssql+pymssql://reader:secret@localhost/AdOpusTest' --check
    """
    from cdcmig.config.project import load_project
    from cdcmig.source.inspection import Request

    _refuse_contradictions(flags, url)
    project = load_project(root, seen={})
    request = Request(services, tables, environment, parsed_url(url), timeout, jobs)
    with options.progress("reading", quiet=as_json) as tell:
        if flags["all_tenants"]:
            result = _all_tenants(project, request, tell, as_json)
        elif flags["discover"]:
            result = _discover(project, request, tell, as_json)
        else:
            result = _inspect(project, request, tell, as_json, flags)
    context.exit(result)


def _refuse_contradictions(flags: dict[str, bool], url: str | None) -> None:
    modes = [mode for mode in _MODES if flags[mode]]
    if len(modes) > 1:
        names = " and ".join(f"--{mode.replace('_', '-')}" for mode in modes)
        raise click.UsageError(f"{names} exclude each other")
    if flags["all_tenants"] and url:
        raise click.UsageError("--all-tenants reads the databases of the config, --url is one database")


def parsed_url(text: str | None) -> URL | None:
    """Return the URL of an option.

    Raises:
        SourceError: it is no URL; the text is not repeated, it may hold a password.
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from cdcmig.errors import SourceError

    try:
        return make_url(text) if text else None
    except (ArgumentError, ValueError):
        raise SourceError(
            "--url is no SQLAlchemy URL",
            hint="expected mssql+pyodbc://user:password@host:port/database; write @ in a password as %40",
        ) from None


def _inspect(
    project: Project, request: Request, tell: Progress, as_json: bool, flags: dict[str, bool]
) -> int:
    from cdcmig.source.inspection import inspect_services, write_snapshots

    inspections = inspect_services(project, request, tell)
    writes = not (flags["check"] or flags["dry_run"])
    if writes:
        write_snapshots(inspections, prune=flags["prune"])
    if as_json:
        options.print_json([_as_json(project, inspection, writes) for inspection in inspections])
    else:
        for inspection in inspections:
            _tell(project, inspection, flags)
    return 1 if flags["check"] and any(inspection.differs for inspection in inspections) else 0


def _as_json(project: Project, inspection: Inspection, written: bool) -> dict[str, Any]:
    exact = {table.qualified_name: table for table in inspection.tables}
    return {
        "service": inspection.service,
        "database": inspection.database,
        "server": inspection.server,
        "written": written,
        "notes": list(inspection.notes),
        "tables": [
            {
                "table": file.table,
                "file": _shown(project, file.path),
                "state": file.state,
                "differences": list(file.differences),
                "snapshot": exact[file.table].model_dump(mode="json", by_alias=True)
                if file.snapshot
                else None,
            }
            for file in inspection.files
        ],
    }


def _tell(project: Project, inspection: Inspection, flags: dict[str, bool]) -> None:
    click.echo(
        f"{inspection.service}: {inspection.database} on {inspection.server},"
        f" {options.counted(len(inspection.tables), 'table')}"
    )
    changed = [file for file in inspection.files if file.state != "unchanged"]
    for file in changed:
        if file.state == "gone":
            verb = "gone from the server" if not flags["prune"] or flags["check"] else "removed"
        elif file.state == "reformatted":
            verb = (
                "same facts, other form" if flags["check"] or flags["dry_run"] else "wrote in canonical form"
            )
        else:
            verb = "differs" if flags["check"] else "would write" if flags["dry_run"] else "wrote"
        click.echo(f"  {verb}: {_shown(project, file.path)}")
        for line in file.differences:
            click.secho(f"      {line}", fg={"+": "green", "-": "red", "~": "yellow"}.get(line[0]))
    if not changed:
        click.echo("  nothing changed")
    gone = [file for file in inspection.files if file.state == "gone"]
    if gone and not flags["prune"]:
        count = options.counted(len(gone), "table")
        click.echo(f"  gone from the server: {count}; --prune removes their snapshots")
    for note in inspection.notes:
        click.echo(f"warning: {inspection.service}: {note}", err=True)


def _all_tenants(project: Project, request: Request, tell: Progress, as_json: bool) -> int:
    from cdcmig.source.tenants import compare_tenants

    comparisons = compare_tenants(project, request, tell)
    if as_json:
        options.print_json([_comparison_as_json(comparison) for comparison in comparisons])
    else:
        for comparison in comparisons:
            _tell_comparison(comparison)
    if any(comparison.failed for comparison in comparisons):
        return 2
    return 1 if any(comparison.differs for comparison in comparisons) else 0


def _comparison_as_json(comparison: Comparison) -> dict[str, Any]:
    return {
        "service": comparison.service,
        "reference": comparison.reference,
        "tenants": [
            {
                "tenant": tenant.database.tenant,
                "environment": tenant.database.environment,
                "database": tenant.database.name,
                "error": tenant.error,
                "differences": [{"table": d.table, "difference": d.what} for d in tenant.differences],
            }
            for tenant in comparison.tenants
        ],
    }


def _tell_comparison(comparison: Comparison) -> None:
    total = len(comparison.tenants)
    click.echo(f"{comparison.service}: {options.counted(total, 'database')} against {comparison.reference}")
    table = None
    for difference, tenants in comparison.by_difference().items():
        if difference.table != table:
            table = difference.table
            click.echo(f"  {table}")
        who = ", ".join(tenant.database.label for tenant in tenants)
        click.echo(f"    {difference.what}: {len(tenants)} of {total}: {who}")
    if not comparison.differs and not comparison.failed:
        click.echo("  all are alike")
    for tenant in comparison.failed:
        click.echo(f"  {tenant.database.label}: could not be read: {tenant.error}", err=True)


def _discover(project: Project, request: Request, tell: Progress, as_json: bool) -> int:
    from cdcmig.source.discover import discover

    discoveries = discover(project, request, tell)
    if as_json:
        options.print_json([_discovery_as_json(discovery) for discovery in discoveries])
        return 0
    findings = [finding for discovery in discoveries for finding in discovery.findings]
    click.echo(
        "---\n".join(map(str, findings)) if findings else "# the config names everything that is there"
    )
    for discovery in discoveries:
        for note in discovery.notes:
            click.echo(f"warning: {discovery.service}: {note}", err=True)
    return 0


def _discovery_as_json(discovery: Discovery) -> dict[str, Any]:
    findings: Sequence[Any] = discovery.findings
    return {
        "service": discovery.service,
        "findings": [{"file": f.file, "note": f.note, "content": f.content} for f in findings],
        "notes": list(discovery.notes),
    }


def _shown(project: Project, path: Path) -> str:
    return str(path.relative_to(project.root) if path.is_relative_to(project.root) else path)
