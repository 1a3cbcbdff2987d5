"""``cdcmig check``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cdcmig.cli import findings, options


@click.command()
@click.option(
    "--no-pending", is_flag=True, help="Do not compare with the desired state; needs no dev database."
)
@click.option("--target", "live", is_flag=True, help="Look into the live database too: versions, drift.")
@options.schemas
@options.target
@options.as_json
@options.directory
def check(
    root: Path,
    no_pending: bool,
    live: bool,
    schemas: tuple[str, ...],
    sink: str | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Look for what should not land or run: files, checksums, heads, config, lint, pending changes.

    With --target (--env means it too) also: schemas that are not at their head, that differ from what their
    changesets make, and changesets that were edited after they were applied.
    A line a finding; what only should be known is a warning. Exit code 0: none, 1: some, 2: an error.

    \b
    Example:
      cdcmig check
      cdcmig check --target --env prod --schema avansas
    """
    from cdcmig.generation.check import Scope
    from cdcmig.generation.check import check as look

    scope = Scope(
        pending=not no_pending,
        target=live or environment is not None,
        environment=environment,
        sinks=frozenset({sink} if sink else ()),
        schemas=frozenset(schemas),
    )
    with options.progress("check", quiet=as_json) as tell:
        report = look(root, scope, tell)
    findings.show(root, report.findings, report.skipped, report.warnings, as_json=as_json)
    sys.exit(1 if report.findings else 0)
