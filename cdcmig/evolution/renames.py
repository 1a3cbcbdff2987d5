"""Which columns are old ones under a new name, and who says so."""

from __future__ import annotations

from collections.abc import Mapping

from cdcmig.desired.plan import template_in
from cdcmig.evolution.markers import unmark
from cdcmig.mapping.cdc_columns import standard_name

Comments = Mapping[str, str | None]
"""Column → its comment."""


def renames(hints: Mapping[str, str], dropped: Comments, added: Comments) -> dict[str, str]:
    """Return old name → new name: what the config says, columns whose letters change case or that have one role."""
    found = {old: new for old, new in hints.items() if old in dropped and new in added}
    taken = set(found.values())
    for old, comment in dropped.items():
        role = _role(comment)
        for new, other in added.items():
            same = old.casefold() == new.casefold() or (role is not None and _role(other) == role)
            if same and old not in found and new not in taken:
                found[old] = new
                taken.add(new)
    return found


def asked_by(hints: Mapping[str, str], column: str, comment: str | None) -> str | None:
    """Return the key of the config that asks for a column's new name; None: only the letters' case is another."""
    if standard_name(unmark(comment)) is not None:
        return "metadata_columns:"
    if template_in(unmark(comment)) is not None:
        return "the column template"
    return "renames:" if column in hints else None


def _role(comment: str | None) -> str | None:
    """Return what a column is, whatever its name: which CDC column, or of which template; None: one of the source."""
    plain = unmark(comment)
    return standard_name(plain) or template_in(plain)
