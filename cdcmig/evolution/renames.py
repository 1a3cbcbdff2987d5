"""Which columns are old ones under a new name, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cdcmig.desired.plan import template_in
from cdcmig.evolution.markers import unmark
from cdcmig.mapping.cdc_columns import standard_name
from cdcmig.sql.quoting import identifier

Comments = Mapping[str, str | None]
"""Column → its comment."""


def renames(hints: Mapping[str, str], dropped: Comments, added: Comments) -> dict[str, str]:
    """Return old name → new name: what the config says, columns whose letters change case or that have one role."""
    found = {old: new for old, new in hints.items() if old in dropped and new in added}
    taken = set(found.values())
    for old in sorted(dropped):
        role = _role(dropped[old])
        for new in sorted(added):
            same = old.casefold() == new.casefold() or (role is not None and _role(added[new]) == role)
            if same and old not in found and new not in taken:
                found[old] = new
                taken.add(new)
    return found


_TOKENS = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|::\s*\w+|[^\W\d][\w$]*|.""", re.DOTALL
)
"""SQL cut into comments, literals, quoted names, types behind casts, words, and the rest."""


def renamed_in(sql: str, old: str, new: str) -> str:
    """Return an SQL expression with another name for a column; whoever uses it tries whether it is still one."""

    def token(match: re.Match[str]) -> str:
        text = match[0]
        is_function = match.end() < len(sql) and sql[match.end() :].lstrip().startswith("(")
        return (
            identifier(new) if text == identifier(old) or (text.lower() == old and not is_function) else text
        )

    return re.sub(_TOKENS, token, sql)


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
