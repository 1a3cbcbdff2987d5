"""Changesets that have pg_cron run the merges: one whenever a sink's ``schedule`` in ``cdcmig.yaml`` changes."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from cdcmig.repository.rendering import docstring

NAME = "merge_schedule"
"""What follows the number in such a changeset's name."""


def after(changesets: Iterable[str]) -> str | None:
    """Return the schedule that is in force after the upgrades of these changesets, given by their texts."""
    schedule = None
    for text in changesets:
        for call in _calls(text):
            schedule = ast.literal_eval(call.args[0]) if _name(call) == "schedule_merges" else None
    return schedule


def _calls(changeset: str) -> Iterable[ast.Call]:
    for function in ast.parse(changeset).body:
        if isinstance(function, ast.FunctionDef) and function.name == "upgrade":
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _name(node) in {"schedule_merges", "unschedule_merges"}:
                    yield node


def _name(call: ast.Call) -> str | None:
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def changeset(before: str | None, wanted: str | None) -> str:
    """Return the text of the changeset that goes from one schedule to another; None: no jobs at all."""
    title = f"pg_cron runs the merges: {wanted}" if wanted else "pg_cron runs no merges"
    return (
        f"{docstring(title)}\n\nfrom alembic import op\n\n\n"
        f"def upgrade(schema: str) -> None:\n    {_operation(before, wanted)}\n\n\n"
        f"def downgrade(schema: str) -> None:\n    {_operation(wanted, before)}\n"
    )


def _operation(before: str | None, wanted: str | None) -> str:
    if wanted is None:
        return f"op.unschedule_merges({before!r}, schema=schema)"
    return f"op.schedule_merges({wanted!r}, schema=schema)"  # a job of the same name is replaced
