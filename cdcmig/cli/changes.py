"""Pending changes as `diff` and `revision --dry-run` show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cdcmig.errors import abridged

if TYPE_CHECKING:
    from cdcmig.generation.proposal import PlannedChange, Proposal


def as_json(proposal: Proposal) -> list[dict[str, Any]]:
    """Return the changes for programs."""
    return [
        {
            "sink": change.sink,
            "schemas": list(change.schemas),
            "new_schemas": list(change.new),
            "notes": list(change.notes),
            "refusals": [{"change": refused.message, "hint": refused.hint} for refused in change.refusals],
            "tables": change.tables(),
        }
        for change in proposal.changes
    ]


def show(proposal: Proposal) -> None:
    """Print the changes, a group of schemas after the other; or that there are none."""
    for change in proposal.changes:
        _show(change)
    if not proposal.changes:
        missing = f"{len(proposal.files)} files of the infrastructure are missing"
        click.echo(missing if proposal.files else _nothing_to_write(proposal))


def _show(change: PlannedChange) -> None:
    click.echo(f"{change.sink}: {abridged(list(change.schemas))}")
    if change.new:
        click.echo(f"  new: {abridged(list(change.new))}")
    for table, lines in change.tables().items():
        click.echo(f"  {table}")
        for line in lines:
            click.echo(f"    {line}")
    for note in change.notes:
        click.echo(f"  note: {note}")
    for refusal in change.refusals:
        click.echo(f"  refused: {refusal.message}\n    hint: {refusal.hint}")


def _nothing_to_write(proposal: Proposal) -> str:
    """Return the message for a proposal without files."""
    if proposal.layout.sinks():
        return "nothing changed: every branch leads to the desired state"
    return (
        "there are no changesets yet, and no table in services/ to make them from: describe a service there"
        " (services/README.md; cdcmig inspect --url … --discover prints one), then run cdcmig revision"
    )
