"""``cdcmig config``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdcmig.cli import options
from cdcmig.errors import ConfigErrors, Problem

if TYPE_CHECKING:
    from cdcmig.config.project import Project

KINDS = ("service", "source-groups", "sink-groups", "column-templates", "snapshot", "settings")


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
    from cdcmig.config.file_schemas import file_schema

    options.print_json(file_schema(kind) if kind else {each: file_schema(each) for each in KINDS})


def _result(problems: Sequence[Problem], warnings: Sequence[Problem]) -> dict[str, Any]:
    return {
        "ok": not problems,
        "problems": [asdict(problem) for problem in problems],
        "warnings": [asdict(warning) for warning in warnings],
    }


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
