"""``cdcmig tenants``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cdcmig.cli import options


@click.command()
@click.option("--sink", help="Only this sink.")
@options.as_json
@options.directory
def tenants(root: Path, sink: str | None, as_json: bool) -> None:
    """List the schemas of every sink: tenant, group, the head of the branch, and whether the config knows it.

    Schemas of one group have the same changesets and the same desired state. A customer who was removed from the
    config keeps its schema and its branch.

    \b
    Example:
      cdcmig tenants
      cdcmig tenants --json | jq -r '.[] | select(.steps == 0).schema'
    """
    from cdcmig.config.project import load_project
    from cdcmig.generation.tenants import list_tenants

    found = list_tenants(load_project(root), sink)
    if as_json:
        options.print_json([asdict(tenant) | {"branch": tenant.has_branch} for tenant in found])
        return
    options.print_table(
        ("sink", "schema", "tenant", "group", "steps", "head", "state"),
        [
            (each.sink, each.schema, ", ".join(each.tenants), each.group, each.steps, each.head, each.state)
            for each in found
        ],
    )
