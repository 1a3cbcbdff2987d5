"""``cdcmig config``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdcmig.cli import options
from cdcmig.config.file_schemas import KINDS, file_schema
from cdcmig.errors import ConfigErrors, Finding

if TYPE_CHECKING:
    from cdcmig.config.project import Project


@click.group()
def config() -> None:
    """Check the configuration; print its JSON Schema.

    \b
    Example:
      cdcmig config check
      cdcmig config schema service
    """


@config.command()
@options.directory
@options.as_json
def check(root: Path, as_json: bool) -> None:
    """Validate all YAML files and the references between them; exit code 2 if something is wrong.

    \b
    Example:
      cdcmig config check
      cdcmig config check --json | jq '.problems[]'
    """
    from cdcmig.config.project import load_project
    from cdcmig.desired.planner import Planner

    try:
        project = load_project(root)
    except ConfigErrors as error:
        if not as_json:
            raise
        options.print_json(_result(error.problems, error.warnings))
        sys.exit(error.exit_code)
    for sink in sorted({sink for service in project.services.values() for sink in service.sinks}):
        _ = Planner(project, sink).plan  # raises what PostgreSQL cannot express
    if as_json:
        options.print_json(_result((), project.warnings))
        return
    for warning in project.warnings:
        click.echo(f"warning: {warning}")
    click.echo(f"ok: {_summary(project)}")


@config.command()
@click.argument("kind", type=click.Choice(KINDS), required=False)
def schema(kind: str | None) -> None:
    """Print the JSON Schema of a kind of file, or of all kinds in one object.

    \b
    Example:
      cdcmig config schema service > service.schema.json
    """
    options.print_json(file_schema(kind) if kind else {each: file_schema(each) for each in KINDS})


def _result(problems: Sequence[Finding], warnings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "ok": not problems,
        "problems": [_as_dict(problem) for problem in problems],
        "warnings": [_as_dict(warning) for warning in warnings],
    }


def _as_dict(finding: Finding) -> dict[str, Any]:
    line = finding.line or None
    return {"file": finding.file, "line": line, "path": finding.place, "message": finding.message}


def _summary(project: Project) -> str:
    """Say how much there is; a service of a db-shared group is one tenant."""
    tables = {
        (service.name, sink, table)
        for service in project.services.values()
        for sink, section in service.sinks.items()
        for table in section.tables
    }
    tenants = {
        (group.name, tenant)
        for group in map(project.source_group_of, project.services)
        for tenant in group.sources
    }
    return ", ".join(
        options.counted(len(things), noun)
        for things, noun in ((project.services, "service"), (tables, "table"), (tenants, "tenant"))
    )
