"""``cdcmig validate``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cdcmig.cli import options


@click.command()
@options.schemas
@click.option("--sql", is_flag=True, help="Print the query that a DBA can run instead; needs no database.")
@options.target
@options.as_json
@options.directory
def validate(
    root: Path, schemas: tuple[str, ...], sql: bool, sink: str | None, environment: str | None, as_json: bool
) -> None:
    """Check the tables that exist already (target_exists: true): that they and their columns exist and can
    hold what the source sends. Exit code 0: all is well, 1: something is not, 2: an error.

    \b
    Example:
      cdcmig validate --env prod
      cdcmig validate --sql > for-the-dba.sql
    """  # noqa: D205 - the summary is two lines, so that it can be read as one sentence
    from cdcmig.config.project import load_project
    from cdcmig.generation.validation import find_faults, unvalidated_tables, validations
    from cdcmig.runtime import target

    project = load_project(root)
    queries = validations(project, sink, schemas)
    warnings = unvalidated_tables(project, sink)
    if not as_json:
        options.warn(warnings)
    if sql:
        for each, query in queries.items():
            click.echo(f"-- {each}\n{query.rstrip()};")
        return
    faults = {}
    for each, query in queries.items():
        with target.connect(target.resolve_at(root, each, environment)) as connection:
            faults[each] = find_faults(connection, query)
    found = any(faults.values())
    if as_json:
        found_by_sink = {s: [f._asdict() for f in faults[s]] for s in faults}
        options.print_json({"ok": not found, "faults": found_by_sink, "warnings": warnings})
    else:
        for each, of_sink in faults.items():
            for fault in of_sink:
                click.echo(f"{each}: {fault}")
        if queries and not found:
            click.echo("ok")
        elif not queries and not warnings:
            click.echo("no table has target_exists: true")
    sys.exit(1 if found else 0)
