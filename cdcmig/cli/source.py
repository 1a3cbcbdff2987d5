"""``cdcmig source``: the SQL Server side."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdcmig.cli import options

if TYPE_CHECKING:
    from cdcmig.source.ping import Ping


@click.group()
def source() -> None:
    """Look at the SQL Server side.

    \b
    Example:
      cdcmig source ping
    """


@source.command()
@click.option("--service", "services", multiple=True, help="Only this service; repeatable.")
@click.option("--env", "environment", help="Environment of the source groups, such as prod.")
@click.option("--url", help="A SQLAlchemy URL instead of the configured server: mssql+pyodbc://…")
@click.option("--timeout", type=click.IntRange(1), default=30, show_default=True, help="Seconds a statement.")
@options.as_json
@click.option(
    "-C",
    "--directory",
    "root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The migration repository; default: the nearest folder upward with an alembic.ini.",
)
@click.pass_context
def ping(
    context: click.Context,
    /,
    services: tuple[str, ...],
    environment: str | None,
    url: str | None,
    timeout: int,
    as_json: bool,
    root: Path | None,
) -> None:
    """Say what a server is, what the login may do there, and what is missing, with the fix.

    Without --url, the reference database of every service is asked. Exit code 1 if `cdcmig inspect` could not
    work with one of them.

    \b
    Example:
      cdcmig source ping
      cdcmig source ping --url 'mssql+pyodbc://sa:secret@localhost/master?TrustServerCertificate=yes'
    """
    from cdcmig.cli.inspect import parsed_url
    from cdcmig.config.project import load_project
    from cdcmig.source.inspection import Request
    from cdcmig.source.ping import ping as ping_services
    from cdcmig.source.ping import ping_url

    address = parsed_url(url)
    if address is not None and not services:
        pings = [ping_url(address, timeout)]
    else:
        project = load_project(options.find_root(context, context.command.params[0], root), seen={})
        request = Request(services, environment=environment, url=address, timeout=timeout)
        with options.progress("asking", quiet=as_json) as tell:
            pings = ping_services(project, request, tell)
    if as_json:
        options.print_json([_as_json(ping) for ping in pings])
    else:
        click.echo("\n\n".join(map(_text, pings)))
    context.exit(0 if all(ping.usable for ping in pings) else 1)


def _as_json(ping: Ping) -> dict[str, object]:
    values = asdict(ping) | {"usable": ping.usable}
    if ping.facts and ping.facts.rights is not None:
        values["facts"] = asdict(ping.facts) | {"rights": sorted(ping.facts.rights)}
    return values


def _text(ping: Ping) -> str:
    title = f"{', '.join(ping.services)}: " if ping.services else ""
    lines = [f"{title}{ping.database} on {ping.server}"]
    if ping.error or ping.facts is None:
        return "\n".join([*lines, f"  cannot be used: {ping.error}"])
    facts = ping.facts
    cdc = f"{'' if facts.cdc_enabled else 'not '}enabled, tracks {ping.tracked} of {ping.tables} tables"
    rights = "unknown" if facts.rights is None else ", ".join(sorted(facts.rights)) or "none"
    lines += [
        f"  driver   {ping.driver}",
        f"  server   SQL Server {facts.version}, {facts.edition}",
        f"  login    {facts.login}, in the database {facts.user}",
        f"  rights   {rights}",
        f"  CDC      {cdc}",
    ]
    lines += [f"  missing  {fix.missing}\n           fix: {fix.fix}" for fix in ping.fixes]
    return "\n".join(lines if ping.fixes else [*lines, "  nothing is missing"])
