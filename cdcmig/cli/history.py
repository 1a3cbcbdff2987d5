"""``cdcmig history``."""

from __future__ import annotations

from pathlib import Path

import click

from cdcmig.cli import options

_HEADINGS = ("started", "schema", "", "changeset", "revision", "ms", "user", "by")
_ARROWS = {"upgrade": "↑", "downgrade": "↓"}


@click.command()
@options.schemas
@click.option("-n", "--limit", type=click.IntRange(min=1), help="Only the latest rows.")
@options.target
@options.as_json
@options.directory
def history(
    root: Path,
    schemas: tuple[str, ...],
    limit: int | None,
    sink: str | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Show which steps a database has gone through: what, when, by whom; the latest last.

    ↑ is an upgrade, ↓ a downgrade; stamp and squash say where a schema was found to be, and nothing ran.

    \b
    Example:
      cdcmig history --schema avansas
      cdcmig history -n 20 --env prod --json
    """
    from cdcmig.runtime import target
    from cdcmig.runtime.history import read

    with target.connect(target.select(root, sink, environment, schemas)) as connection:
        rows = read(connection, schemas, limit)
    if as_json:
        options.print_json(rows)
        return
    if not rows:
        click.echo(f"nothing was upgraded yet{' in ' + ', '.join(schemas) if schemas else ''}")
        return
    options.print_table(
        _HEADINGS,
        [
            (
                f"{row['started_at']:%Y-%m-%d %H:%M:%S%z}",
                row["schema_name"],
                _ARROWS.get(row["direction"], row["direction"]),
                row["changeset"],
                row["revision"],
                row["duration_ms"],
                row["db_user"],
                row["ci_job"] or row["os_user"],
            )
            for row in rows
        ],
    )
