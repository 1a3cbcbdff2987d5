"""The script of a merge procedure: a template, and the lists of columns that go into it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cdcmig.errors import RepositoryError
from cdcmig.sql import templates
from cdcmig.sql.quoting import dollar_tag, identifier, identifiers, literal, qualified, text_array

_ROLES = {
    "sync_timestamp": "__sync_timestamp",
    "source": "__source",
    "source_ts_ms": "__source_ts_ms",
    "deleted": "__deleted",
    "operation": "__operation",
    "lsn": "__lsn",
    "seq_val": "__seq_val",
}
"""The CDC metadata columns of template ``merge_v1``; landed changesets rely on these names."""

_KAFKA = ("__kafka_topic", "__kafka_partition", "__kafka_offset", "__kafka_timestamp")


@dataclass(frozen=True)
class Script:
    """SQL that creates routines, and their bodies by name as ``pg_proc.prosrc`` will hold them."""

    sql: str
    bodies: Mapping[str, str]


def script(
    *,
    schema: str,
    name: str,
    table: str,
    staging: str,
    key: Sequence[str],
    columns: Sequence[str],
    template: str,
    metadata: Mapping[str, str | None],
    purge: str | None,
    retention_days: int,
    header: str,
) -> Script:
    """Return the script that creates or replaces a merge procedure and registers its table.

    :param header: the comment at the top of the body; with the schema it determines the rest
    :raises RepositoryError: no such template, no key column, an unknown role in ``metadata``, or a purge without
        the columns that it needs
    """
    roles = _roles(metadata)
    if not key:
        raise RepositoryError(f'merge procedure "{name}": without a key column there is nothing to merge by')
    fingerprint = hashlib.sha256(f"{schema}\n{header}".encode()).hexdigest()[:16]
    values = {
        "procedure": qualified(schema, name),
        "final": qualified(schema, table),
        "staging": qualified(schema, staging),
        "work": qualified(schema, f"{staging}_w"),
        "work_literal": literal(qualified(schema, f"{staging}_w")),
        "staging_regclass": literal(qualified(schema, staging)),
        "schema_literal": literal(schema),
        "table_literal": literal(table),
        "staging_literal": literal(staging),
        "procedure_literal": literal(name),
        "purge_literal": literal(purge),
        "fingerprint": literal(fingerprint),
        "key_array": text_array(key),
        "source_ts_literal": literal(roles.get("source_ts_ms")),
        "header": header,
        **_columns(key, columns, roles),
    }
    main = _tagged(template, name, values)
    if purge is None:
        return main
    purging = _purge_script(schema, table, purge, retention_days, roles, header)
    return Script(purging.sql + main.sql, {**main.bodies, **purging.bodies})


def _roles(metadata: Mapping[str, str | None]) -> dict[str, str]:
    """Return the metadata columns by role, without those that do not exist."""
    unknown = sorted(metadata.keys() - _ROLES.keys())
    if unknown:
        raise RepositoryError(
            f"no CDC metadata column has the role {', '.join(unknown)}", hint=f"roles: {', '.join(_ROLES)}"
        )
    merged: dict[str, str | None] = {**_ROLES, **metadata}
    return {role: column for role, column in merged.items() if column is not None}


def _tagged(template: str, name: str, values: Mapping[str, str]) -> Script:
    """Render a template that creates one routine, with a dollar quote that its body does not contain."""
    tag = dollar_tag("\n".join(values.values()))
    sql = templates.render(template, **values, tag=tag)
    return Script(sql, {name: sql.split(tag)[1]})


def _columns(key: Sequence[str], columns: Sequence[str], roles: Mapping[str, str]) -> dict[str, str]:
    """Return the placeholders that depend on the columns."""
    merged = [*key, *columns, *roles.values()]
    staged = [*merged, *_KAFKA]
    synced = roles.get("sync_timestamp")
    values = ["now()" if column == synced else f"n.{identifier(column)}" for column in merged]
    newest = [f"s.{identifier(column)}" for column in key] + [
        f"{expression} DESC NULLS LAST" for expression in _order("s", roles)
    ]
    return {
        "staged_columns": _lines(map(identifier, staged), 20),
        "staged_columns_of_s": _lines((f"s.{identifier(column)}" for column in staged), 20),
        "merged_columns_of_s": _lines((f"s.{identifier(column)}" for column in merged), 24),
        "target_columns": _lines(map(identifier, merged), 24),
        "source_values": _lines(values, 24),
        "key_of_s": identifiers(key, "s."),
        "newest_first": _lines([*newest, 's."__kafka_offset" DESC'], 24),
        "on_conflict": _on_conflict(key, columns, roles),
        "is_deleted": f"t.{identifier(roles['deleted'])}" if "deleted" in roles else "false",
    }


def _order(alias: str, roles: Mapping[str, str]) -> list[str]:
    """Return what events are ordered by before the offset decides: LSN and sequence, else the source's time.

    The text of an LSN is compared bytewise; ``::text`` costs nothing for text, and makes hex digits of a bytea.
    """
    if "lsn" in roles:
        present = [roles[role] for role in ("lsn", "seq_val") if role in roles]
        return [f'{alias}.{identifier(column)}::text COLLATE "C"' for column in present]
    return [f"{alias}.{identifier(roles['source_ts_ms'])}"] if "source_ts_ms" in roles else []


def _position(alias: str, roles: Mapping[str, str]) -> str:
    """Return a row value of that order, in which NULL (a row from a snapshot) is lowest."""
    parts = [f"{part} IS NOT NULL, {part}" for part in _order(alias, roles)]
    return f"({', '.join(parts)})"


def _on_conflict(key: Sequence[str], columns: Sequence[str], roles: Mapping[str, str]) -> str:
    changed = [identifier(column) for column in (*columns, *roles.values())]
    if not changed:
        return f"ON CONFLICT ({identifiers(key)}) DO NOTHING"
    assignments = _lines((f"{column} = excluded.{column}" for column in changed), 24)
    return (
        f"ON CONFLICT ({identifiers(key)}) DO UPDATE SET\n                        {assignments}\n"
        f"                    WHERE {_guard(roles)}"
    )


def _guard(roles: Mapping[str, str]) -> str:
    """Return the condition under which the staged row (``excluded``) is newer than the one that is there (``t``).

    A row comparison stops at the first NULL and is NULL then: both are rows from a snapshot, neither is newer.
    """
    if not _order("t", roles):
        return "run.fresh"
    there, staged = _position("t", roles), _position("excluded", roles)
    return (
        "CASE WHEN run.fresh\n"
        f"                        THEN ({there} > {staged}) IS NOT TRUE\n"
        f"                        ELSE ({staged} > {there}) IS TRUE END"
    )


def _lines(items: Iterable[str], indent: int, width: int = 110) -> str:
    """Return items with commas between them, broken into lines of at most ``width`` characters."""
    lines = [""]
    for item in items:
        if lines[-1] and indent + len(lines[-1]) + len(item) > width:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{item},"
    return f"\n{' ' * indent}".join(lines).removesuffix(",")


def _purge_script(
    schema: str, table: str, purge: str, retention_days: int, roles: Mapping[str, str], header: str
) -> Script:
    """Return the procedure that deletes tombstones; it needs to know which rows those are, and how old."""
    if not {"deleted", "sync_timestamp"} <= roles.keys():
        raise RepositoryError(
            f'purge procedure "{purge}": the table has no column for deleted rows, or none for their age',
            hint="enable __deleted and __sync_timestamp, or leave the purge out",
        )
    values = {
        "procedure": qualified(schema, purge),
        "final": qualified(schema, table),
        "deleted": identifier(roles["deleted"]),
        "sync_timestamp": identifier(roles["sync_timestamp"]),
        "retention_days": str(int(retention_days)),
        "header": header.replace("-- cdcmig merge_", "-- cdcmig purge of merge_", 1),
    }
    return _tagged("purge_v1", purge, values)
