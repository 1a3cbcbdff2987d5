"""``cdcmig lint``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cdcmig.cli import findings, options


@click.command()
@click.argument("revisions", nargs=-1, metavar="[REV]...")
@click.option("--pending", is_flag=True, help="Only what the target database has still to run.")
@options.schemas
@options.target
@options.as_json
@options.directory
def lint(
    root: Path,
    revisions: tuple[str, ...],
    pending: bool,
    schemas: tuple[str, ...],
    sink: str | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Look for dangerous statements in changesets, hand-written ones too: all, or those named.

    REV is a changeset's number or name, a revision id, or a file. With --pending (--env and --schema mean it
    too) those that the target database has still to run. docs/lint.md explains the codes; a line that ends with
    `# cdcmig: allow CODE` is meant so. Exit code 0: no finding, 1: some, 2: an error.

    \b
    Example:
      cdcmig lint
      cdcmig lint 0007
      cdcmig lint --env prod
    """
    from cdcmig.generation import linting
    from cdcmig.repository.layout import Layout
    from cdcmig.runtime import target

    layout = Layout.at(root)
    if revisions:
        files = linting.named(layout, revisions, sink)
    elif pending or environment is not None or schemas:
        chosen = layout.sink_of(sink, schemas)
        with target.connect(target.resolve_at(root, chosen, environment)) as connection:
            files = linting.pending(connection, layout, chosen, schemas)
    else:
        files = linting.migrations(layout, sink)
    found = list(linting.lint(files))
    findings.show(root, found, as_json=as_json)
    sys.exit(1 if found else 0)
