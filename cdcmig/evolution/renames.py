"""Which columns are old ones under a new name, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cdcmig.mapping import markers
from cdcmig.sql.quoting import identifier

Comments = Mapping[str, str | None]
"""Column → its comment."""


def renames(hints: Mapping[str, str], dropped: Comments, added: Comments) -> dict[str, str]:
    """Return old name → new name: what the config says, columns whose letters change case or that have one role."""
    found = {old: new for old, new in hints.items() if old in dropped and new in added}
    taken = set(found.values())
    for old in sorted(dropped):
        identity = _identity(dropped[old])
        for new in sorted(added):
            same_letters = old.casefold() == new.casefold()
            same = same_letters or (identity is not None and _identity(added[new]) == identity)
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
    parsed = markers.parse(comment)
    if parsed.role is not None:
        return "metadata_columns:"
    if parsed.template is not None:
        return "the column template"
    return "renames:" if column in hints else None


def _identity(comment: str | None) -> tuple[str | None, str | None] | None:
    """Return the role or template of a column, whatever its name; None: it is one of the source."""
    parsed = markers.parse(comment)
    return (parsed.role, parsed.template) if parsed.role or parsed.template else None
