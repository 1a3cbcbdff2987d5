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

_EMPTY = "''"
"""The lowest text there is, as SQL."""

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
    conversions: Mapping[str, Sequence[str]],
    header: str,
) -> Script:
    """Return the script that creates or replaces a merge procedure and registers its table.

    :param conversions: column → expression of its final value, and the part of it for values that do not fit
    :param header: the comment at the top of the body; with the schema it determines the rest
    :raises RepositoryError: no such template, no key column, an unknown role in ``metadata``, or a purge without
        the columns that it needs
    """
    roles = columns_by_role(metadata)
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
        "final_literal": literal(qualified(schema, table)),
        "schema_literal": literal(schema),
        "table_literal": literal(table),
        "staging_literal": literal(staging),
        "procedure_literal": literal(name),
        "purge_literal": literal(purge),
        "fingerprint": literal(fingerprint),
        "key_array": text_array(key),
        "source_ts_literal": literal(roles.get("source_ts_ms")),
        "deleted_literal": literal(roles.get("deleted")),
        "header": header,
        "staged": _staged(
            qualified(schema, staging), [*key, *columns, *roles.values(), *_KAFKA], conversions
        ),
        **_columns(key, columns, roles, _is_new(schema, table)),
    }
    main = _tagged(template, name, values)
    if purge is None:
        return main
    purging = _purge_script(schema, table, purge, retention_days, roles, header)
    return Script(purging.sql + main.sql, {**main.bodies, **purging.bodies})


def columns_by_role(metadata: Mapping[str, str | None]) -> dict[str, str]:
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


def _columns(
    key: Sequence[str], columns: Sequence[str], roles: Mapping[str, str], is_new: str
) -> dict[str, str]:
    """Return the placeholders that depend on the columns."""
    merged = [*key, *columns, *roles.values()]
    staged = [*merged, *_KAFKA]
    newest = [*(f"s.{identifier(column)}" for column in key), *_newest_first("s", roles)]
    return {
        "staged_columns": _lines(map(identifier, staged), 20),
        "staged_columns_of_n": _lines((f"n.{identifier(column)}" for column in staged), 20),
        "key_of_s": identifiers(key, "s."),
        "newest_first": _lines([*newest, 's."__kafka_offset" DESC'], 24),
        "merge": _merge(key, columns, roles, is_new),
    }


def _staged(staging: str, columns: Sequence[str], conversions: Mapping[str, Sequence[str]]) -> str:
    """Return what the merge reads: staging, or a query that converts what staging takes and the final table not.

    Keys are converted too, so this precedes the choice of the newest row of a key.
    """
    if not conversions:
        return staging
    items = (
        f"{conversions[column][0]} AS {identifier(column)}" if column in conversions else identifier(column)
        for column in columns
    )
    lines = ["(", f"    SELECT {_lines(items, 28)},", '        "__slot"', f"    FROM {staging}", ")"]
    return f"\n{' ' * 20}".join(lines)


def _order(alias: str, roles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what events are ordered by before the offset decides, each with the lowest value there is.

    That is LSN and sequence, else the source's time. The text of an LSN is compared bytewise; ``::text`` costs
    nothing for text, and makes hex digits of a bytea.
    """
    if "lsn" in roles:
        present = [roles[role] for role in ("lsn", "seq_val") if role in roles]
        return [(f"{alias}.{identifier(column)}::text", _EMPTY) for column in present]
    return [(f"{alias}.{identifier(roles['source_ts_ms'])}", "-1")] if "source_ts_ms" in roles else []


def _newest_first(alias: str, roles: Mapping[str, str]) -> list[str]:
    """Return the terms of an ``ORDER BY``; NULL (a row from a snapshot) is lowest.

    ``~>~`` compares bytewise like ``COLLATE "C"``, and leaves the column what it is: the sort needs no copy of it.
    """
    return [
        f"{value} {'USING ~>~' if lowest == _EMPTY else 'DESC'} NULLS LAST"
        for value, lowest in _order(alias, roles)
    ]


def _position(alias: str, roles: Mapping[str, str]) -> str:
    """Return the row value of the same order."""
    return f"({', '.join(f'coalesce({value}, {lowest}){_bytewise(lowest)}' for value, lowest in _order(alias, roles))})"


def _bytewise(lowest: str) -> str:
    return ' COLLATE "C"' if lowest == _EMPTY else ""


def _merge(key: Sequence[str], columns: Sequence[str], roles: Mapping[str, str], is_new: str) -> str:
    """Return what follows the source in ``MERGE``: the join, the guard, and the two actions."""
    merged = [*key, *columns, *roles.values()]
    synced = roles.get("sync_timestamp")
    values = {column: "now()" if column == synced else f"n.{identifier(column)}" for column in merged}
    joined = " AND ".join(f"t.{identifier(column)} = n.{identifier(column)}" for column in key)
    changes = [f"{identifier(column)} = {values[column]}" for column in merged[len(key) :]]
    lines = [
        f"ON {joined}",
        *_guarded_update(changes, roles, is_new),
        "WHEN NOT MATCHED THEN INSERT (",
        f"    {_lines(map(identifier, merged), 20)}",
        ") VALUES (",
        f"    {_lines(values.values(), 20)}",
        ")",
    ]
    return f"\n{' ' * 16}".join(lines)


def _guarded_update(changes: Sequence[str], roles: Mapping[str, str], is_new: str) -> list[str]:
    """Return the action on a row that is there (``t``), if it is older than the staged one (``n``).

    Otherwise the staged row is stale: it is counted where it is met, which costs nothing as long as there is none.
    """
    there, staged = _position("t", roles), _position("n", roles)
    guard = (
        f"{staged}\n{' ' * 20}> {there}\n{' ' * 20}OR {staged}\n{' ' * 20}= {there}\n{' ' * 20}AND {is_new}"
    )
    condition = guard if _order("t", roles) else is_new
    update = ["WHEN MATCHED AND (", f"    {condition}", ") THEN UPDATE SET", f"    {_lines(changes, 20)}"]
    stale = "set_config('cdcmig.stale', (current_setting('cdcmig.stale')::bigint + 1)::text, true) IS NULL"
    return [*(update if changes else []), f"WHEN MATCHED AND {stale} THEN DO NOTHING"]


def _is_new(schema: str, table: str) -> str:
    """Return the condition under which the staged row has not been merged before.

    Where LSN and sequence are equal, or unknown in both rows, the Kafka offset decides. The final table does not
    keep it, but the watermark does as well: a row beyond it is new, a row up to it has been here before.
    """
    return f"""n."__kafka_offset" > coalesce((
                        SELECT w.last_offset FROM cdc_management.watermarks AS w
                        WHERE w.schema_name = {literal(schema)} AND w.table_name = {literal(table)}
                          AND w.topic = n."__kafka_topic" AND w.partition = n."__kafka_partition"
                    ), -1)"""


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
