"""Findings as the commands `check` and `lint` print them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from cdcmig.cli import options
from cdcmig.errors import Finding


def show(
    root: Path,
    found: Sequence[Finding],
    skipped: Sequence[str] = (),
    warnings: Sequence[str] = (),
    *,
    as_json: bool,
) -> None:
    """Print a line a finding, with its file; or one JSON document.

    Args:
        root: the repository; files in it are shown relative to it.
        skipped: what could not be looked at, and why.
        warnings: what should be known besides.
    """
    if as_json:
        entries = [_as_dict(root, finding) for finding in found]
        others = {"skipped": list(skipped), "warnings": list(warnings)}
        options.print_json({"ok": not entries, "findings": entries} | others)
        return
    for finding in found:
        entry = _as_dict(root, finding)
        line = f":{finding.line}" if finding.line else ""
        click.echo(f"{entry['file']}{line}: {finding.check}: {entry['message']}")
    for each in skipped:
        click.echo(f"not looked at: {each}", err=True)
    options.warn(warnings)
    if not found:
        click.echo("ok")


def _as_dict(root: Path, finding: Finding) -> dict[str, object]:
    file = finding.file.relative_to(root) if finding.file.is_relative_to(root) else finding.file
    message = ": ".join(filter(None, (finding.place, finding.message)))
    return {"check": finding.check, "file": file.as_posix(), "line": finding.line or None, "message": message}
