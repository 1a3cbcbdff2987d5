"""Reads the definitions of a schema's objects as text, and compares two schemas however they were created."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

from cdcmig.repository.layout import INFRASTRUCTURE
from cdcmig.sql import templates
from cdcmig.sql.quoting import identifier, literal


class Object(NamedTuple):
    """Kind and name of an object, such as ``column``, ``Actor.navn``; a part's name starts with its table's name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


State = Mapping[Object, str]
"""Definitions, keyed by object; the order of columns is ignored."""

GRANT = "grant"

_DEPARSED = frozenset({"view", "materialized view", "rule"})

_PIECES = re.compile(r"""--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"-]+|-""")
"""SQL text cut into comments, literals, quoted names and the rest."""


# The registration of each table for merging. Left out are the fingerprint, which depends on the schema's name, and
# everything that a running merge updates.
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
    """Read a schema's objects and the registration of its tables for merging; empty if it does not exist."""
    queries = [templates.load("schema_state")]
    registry = text("SELECT to_regclass(:name)").bindparams(name=f"{INFRASTRUCTURE}.merge_state")
    if connection.scalar(registry) is not None:
        queries.append(_MERGE_STATE)
    rows = [row for query in queries for row in connection.execute(text(query), {"schema": schema})]
    return {Object(kind, name): definition or "" for kind, name, definition in rows}


def with_schema_renamed(connection: Connection, state: State, scratch: str, schema: str) -> State:
    """Return the state of ``scratch`` as if the schema were named ``schema``.

    Args:
        connection: used to quote the name.
        state: the state to convert.
        scratch: lower-case letters, digits and underscores; no other object may have this name.
        schema: the new name.
    """
    quoted = str(connection.scalar(text("SELECT quote_ident(:schema)"), {"schema": schema}))

    def renamed(sql: str) -> str:
        return _renamed(sql, scratch, schema, quoted)

    # A function's name includes its argument types, which may belong to the schema.
    return {Object(kind, renamed(name)): renamed(definition) for (kind, name), definition in state.items()}


def without_deparsed_sql(state: State) -> State:
    """Return the state without the SQL of views and rules, which major versions of PostgreSQL deparse differently."""
    return {found: "" if found.kind in _DEPARSED else text for found, text in state.items()}


def _renamed(definition: str, scratch: str, schema: str, quoted: str) -> str:
    """Replace the schema name in SQL text, quoted as each occurrence requires."""

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
    """Yield one line per object that differs; parts of a missing or extra table are left out."""
    for each in sorted(expected.keys() | found.keys()):
        if _belongs_to_unmatched_table(each, expected, found):
            continue
        if each not in found:
            yield f"{each} is missing" + (f": expected {_brief(expected[each])}" if expected[each] else "")
        elif each not in expected:
            yield f"{each} is not from any changeset" + (f": {_brief(found[each])}" if found[each] else "")
        elif expected[each] != found[each]:
            yield f"{each}: {_contrast(expected[each], found[each])}"


def _belongs_to_unmatched_table(each: Object, expected: State, found: State) -> bool:
    """Check whether an object is part of a table that exists on one side only."""
    if each.kind == "table":
        return False
    granted = re.sub("^(table|column) ", "", each.name.partition(" to ")[0])
    owner = granted if each.kind == GRANT else each.name
    tables = [Object("table", owner[:end]) for end in _possible_ends(owner)]
    return any((table in expected) != (table in found) for table in tables)


def _possible_ends(name: str) -> list[int]:
    """Return the positions where the table's name may end in a part's name; names may contain dots."""
    return [match.start() for match in re.finditer(r"\.", name)] + [len(name)]


def _contrast(expected: str, found: str) -> str:
    if "\n" not in expected + found:
        return f"expected {_brief(expected) or 'nothing'}, found {_brief(found) or 'nothing'}"
    changed = [line.strip() for line in found.splitlines() if line not in expected.splitlines()]
    return f"differs: {_brief(' '.join(changed) or 'lines are missing')}"


def _brief(definition: str, limit: int = 120) -> str:
    one_line = " ".join(definition.split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"
