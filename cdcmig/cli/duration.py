"""Durations on the command line: ``250ms``, ``5s``, ``2m``, ``1.5h``; a bare number is seconds."""

from __future__ import annotations

import re

import click

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|)")


def seconds(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """Return what an option's text means in seconds; the callback of an option.

    Raises:
        click.BadParameter: it is no duration, or none at all.
    """
    if value is None:
        return None
    found = _WRITTEN.fullmatch(value.strip().lower())
    duration = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if not duration:
        raise click.BadParameter(f"{value!r} is no duration; write 250ms, 5s, 2m or 1h")
    return duration
