"""The Python text of a call to a custom operation, as a person would write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

_WIDTH = 96


def call(context: AutogenContext, operation: str, *arguments: Any, **options: Any) -> str:
    """Return ``op.<operation>(…)`` on one line if it fits, else with one argument a line.

    Options that are ``None`` are left out: every operation has ``None`` as the default of what may be absent.
    """
    prefix = context.opts.get("alembic_module_prefix") or "op."
    parts = [_literal(value) for value in arguments]
    parts += [f"{name}={_literal(value)}" for name, value in options.items() if value is not None]
    line = f"{prefix}{operation}({', '.join(parts)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    return f"{prefix}{operation}(\n    " + ",\n    ".join(parts) + ",\n)"


def _literal(value: Any) -> str:
    """Return ``repr(value)``, with long lists and mappings broken into lines."""
    if isinstance(value, Mapping):
        return _bracketed("{", [f"{key!r}: {_literal(item)}" for key, item in value.items()], "}")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _bracketed("[", [_literal(item) for item in value], "]")
    return repr(value)


def _bracketed(opening: str, items: list[str], closing: str) -> str:
    line = f"{opening}{', '.join(items)}{closing}"
    if len(line) <= _WIDTH - 20 and "\n" not in line:
        return line
    return f"{opening}\n        " + "\n        ".join(_filled(items)) + f"\n    {closing}"


def _filled(items: list[str]) -> list[str]:
    """Return lines of items, each with its comma, as many a line as fit."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > _WIDTH - 12:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{item},"
    return lines
