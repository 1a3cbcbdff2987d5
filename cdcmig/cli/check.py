"""``cdcmig check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdcmig.cli import options

if TYPE_CHECKING:
    from cdcmig.errors import Problem


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
    A line a finding. Exit code 0: none, 1: some, 2: an error.

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
    if as_json:
        findings = [_as_dict(root, finding) for finding in report.findings]
        options.print_json({"ok": not findings, "findings": findings, "skipped": report.skipped})
    else:
        for finding in report.findings:
            place = (
                f"{_shown(root, finding.file)}:{finding.line}" if finding.line else _shown(root, finding.file)
            )
            click.echo(f"{place}: {finding.path}: {finding.message}")
        for skipped in report.skipped:
            click.echo(f"not looked at: {skipped}", err=True)
        if not report.findings:
            click.echo("ok")
    sys.exit(1 if report.findings else 0)


def _as_dict(root: Path, finding: Problem) -> dict[str, object]:
    file = _shown(root, finding.file)
    return {"check": finding.path, "file": file, "line": finding.line, "message": finding.message}


def _shown(root: Path, file: Path) -> str:
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()
