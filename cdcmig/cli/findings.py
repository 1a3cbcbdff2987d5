"""Findings as the commands `check` and `lint` print them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from cdcmig.cli import options
from cdcmig.errors import Problem


def show(
    root: Path,
    found: Sequence[Problem],
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
        line = f":{finding.line}" if finding.line else ""
        click.echo(f"{_shown(root, finding.file)}{line}: {finding.path}: {finding.message}")
    for each in skipped:
        click.echo(f"not looked at: {each}", err=True)
    options.warn(warnings)
    if not found:
        click.echo("ok")


def _as_dict(root: Path, finding: Problem) -> dict[str, object]:
    file = _shown(root, finding.file)
    return {"check": finding.path, "file": file, "line": finding.line, "message": finding.message}


def _shown(root: Path, file: Path) -> str:
    return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()
