"""The objects of a schema as comparable text, independent of how the schema was made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

from cdcmig.repository.layout import INFRASTRUCTURE
from cdcmig.sql import templates
from cdcmig.sql.quoting import identifier, literal


class Object(NamedTuple):
    """What a definition is of: ``column``, ``Actor.navn``. A part's name starts with its table's."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


State = Mapping[Object, str]
"""Definition by object. The order of columns is no part of it."""

GRANT = "grant"

_WORDED = frozenset({"view", "materialized view", "rule"})

_PIECES = re.compile(r"""--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"-]+|-""")
"""SQL text cut into comments, literals, quoted names and the rest."""


# The registration of each table: what the procedure's own body does not say, and a merge needs. Left out is the
# fingerprint, which depends on the schema's name, and all that a merge changes as it runs.
_MERGE_STATE = """
SELECT 'merge state', m.table_name, concat_ws(', ',
    'staging ' || quote_ident(m.staging_name),
    'procedure ' || quote_ident(m.procedure_name),
    'purge ' || quote_ident(m.purge_procedure),
    'key (' || (SELECT string_agg(quote_ident(k.name), ', ' ORDER BY k.place)
                FROM unnest(m.key_columns) WITH ORDINALITY AS k(name, place)) || ')',
    'source time ' || quote_ident(m.source_ts_column),
    'deleted ' || quote_ident(m.deleted_column))
FROM cdc_management.merge_state AS m
WHERE m.schema_name = :schema
"""


def read_state(connection: Connection, schema: str) -> State:
    """Return what is in a schema, and how its tables are registered to be merged; nothing for one that is not there."""
    queries = [templates.load("schema_state")]
    registry = text("SELECT to_regclass(:name)").bindparams(name=f"{INFRASTRUCTURE}.merge_state")
    if connection.scalar(registry) is not None:
        queries.append(_MERGE_STATE)
    rows = [row for query in queries for row in connection.execute(text(query), {"schema": schema})]
    return {Object(kind, name): definition or "" for kind, name, definition in rows}


def moved(connection: Connection, state: State, scratch: str, schema: str) -> State:
    """Return the state that ``scratch`` would have under the name ``schema``.

    Args:
        scratch: lower-case letters, digits and underscores; nothing else in the schema may be called so.
    """
    quoted = str(connection.scalar(text("SELECT quote_ident(:schema)"), {"schema": schema}))

    def renamed(sql: str) -> str:
        return _renamed(sql, scratch, schema, quoted)

    # A function's name tells the types of its arguments, which may be the schema's own.
    return {Object(kind, renamed(name)): renamed(definition) for (kind, name), definition in state.items()}


def without_wording(state: State) -> State:
    """Return the state with no definitions of views and rules: major versions of PostgreSQL word them differently."""
    return {found: "" if found.kind in _WORDED else text for found, text in state.items()}


def _renamed(definition: str, scratch: str, schema: str, quoted: str) -> str:
    """Return SQL text with another schema name, quoted as each place asks for."""

    def identifiers(sql: str) -> str:
        quoted_everywhere = sql.replace(f'"{scratch}"', identifier(schema))
        return re.sub(rf"\b{scratch}\b", lambda _match: quoted, quoted_everywhere)

    def literals(match: re.Match[str]) -> str:
        found = match[0]
        if scratch not in found:
            return found
        if not found.startswith("'"):
            return identifiers(found)
        content = found[1:-1].replace("''", "'")
        return literal(schema if content == scratch else identifiers(content))

    return re.sub(_PIECES, literals, definition)


def differences(expected: State, found: State) -> Iterator[str]:
    """Yield how ``found`` differs from ``expected``, a line an object; the parts of a missing table go unsaid."""
    for each in sorted(expected.keys() | found.keys()):
        if _whole(each, expected, found):
            continue
        if each not in found:
            yield f"{each} is missing" + (f": expected {_brief(expected[each])}" if expected[each] else "")
        elif each not in expected:
            yield f"{each} is not from any changeset" + (f": {_brief(found[each])}" if found[each] else "")
        elif expected[each] != found[each]:
            yield f"{each}: {_contrast(expected[each], found[each])}"


def _whole(each: Object, expected: State, found: State) -> bool:
    """Return whether an object is a part of a table that one side has and the other has not."""
    if each.kind == "table":
        return False
    granted = re.sub("^(table|column) ", "", each.name.partition(" to ")[0])
    owner = granted if each.kind == GRANT else each.name
    tables = [Object("table", owner[:end]) for end in _ends(owner)]
    return any((table in expected) != (table in found) for table in tables)


def _ends(name: str) -> list[int]:
    """Return where a table's name may end in the name of a part; names hold dots themselves."""
    return [match.start() for match in re.finditer(r"\.", name)] + [len(name)]


def _contrast(expected: str, found: str) -> str:
    if "\n" not in expected + found:
        return f"expected {_brief(expected) or 'nothing'}, found {_brief(found) or 'nothing'}"
    changed = [line.strip() for line in found.splitlines() if line not in expected.splitlines()]
    return f"differs: {_brief(' '.join(changed) or 'lines are missing')}"


def _brief(definition: str, limit: int = 120) -> str:
    one_line = " ".join(definition.split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"
