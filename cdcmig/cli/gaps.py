"""``cdcmig gaps``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cdcmig.cli import options

_HEADINGS = ("schema", "table", "topic", "part", "merged to", "lag", "missing", "offsets", "kind")


@click.command()
@click.option("--schema", "schemas", multiple=True, help="Only schemas like this (fnmatch); repeatable.")
@click.option("--table", "tables", multiple=True, help="Only tables like this (fnmatch); repeatable.")
@click.option("--only-gaps", is_flag=True, help="Leave out partitions without a gap.")
@options.target
@options.as_json
@options.directory
def gaps(
    root: Path,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    only_gaps: bool,
    sink: str | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Show gaps and lag per customer, table, topic and partition; exit code 1 if there is a gap.

    A gap is a range of offsets of which rows never came to staging. The lag is the age of the newest merged event:
    a source that is quiet lags too.

    \b
    Example:
      cdcmig gaps --schema avansas
      cdcmig gaps --only-gaps --env prod --json
    """
    from cdcmig.merging import views
    from cdcmig.merging.tasks import Filter
    from cdcmig.runtime import target

    url = target.select(root, sink, environment)
    with target.connect(url) as connection:
        rows = views.partitions(connection, Filter(schemas, tables))
    found = [row for row in rows if row["kind"] is not None]
    shown = found if only_gaps else rows
    if as_json:
        options.print_json(shown)
    elif shown:
        options.print_table(_HEADINGS, [_line(row) for row in shown])
    click.echo(_summary(found, rows), err=True)
    sys.exit(1 if found else 0)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    from cdcmig.merging.views import short

    place = (row["schema_name"], row["table_name"], row["topic"], row["partition"])
    progress = (row["last_offset"], short(row["lag"]))
    if row["kind"] is None:
        return (*place, *progress, None, None, None)
    first, last = row["first_offset"], row["last_missing"]
    return (*place, *progress, row["missing"], f"{first}–{last}", row["kind"].lower())


def _summary(found: list[dict[str, Any]], rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "nothing was merged yet"
    if not found:
        return f"no gaps in {options.counted(len(rows), 'partition')} of tables"
    missing = sum(row["missing"] for row in found)
    customers = sorted({row["schema_name"] for row in found})
    counts = f"{options.counted(len(found), 'gap')}, {options.counted(missing, 'offset')} missing"
    return f"{counts}, in {', '.join(customers)}"
