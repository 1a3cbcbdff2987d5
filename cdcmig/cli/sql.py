"""``cdcmig sql``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cdcmig.cli import options


@click.command()
@click.argument("statement")
@click.option("--schema", help="Where names without a schema are looked for first.")
@options.target
@options.as_json
@options.directory
def sql(
    root: Path, statement: str, schema: str | None, sink: str | None, environment: str | None, as_json: bool
) -> None:
    """Run one query in the target database and print what it finds; it runs in a read-only transaction.

    The server refuses to change tables there; functions with effects outside of transactions are not held back.

    STATEMENT is SQL, or - to read it from standard input.

    \b
    Example:
      cdcmig sql 'SELECT count(*) FROM "Actor"' --schema avansas
      cdcmig sql "SELECT * FROM cdc_management.migration_history" --json
      cdcmig validate --sql | cdcmig sql -
    """
    from cdcmig.repository.layout import Layout
    from cdcmig.runtime import query, target

    chosen = Layout.at(root).select_sink(sink, schema)
    with target.connect(target.resolve_at(root, chosen, environment)) as connection:
        written = sys.stdin.read() if statement == "-" else statement
        result = query.run(connection, written, schema)
    if as_json:
        options.print_json([dict(zip(result.columns, row, strict=True)) for row in result.rows])
        return
    if result.columns:
        options.print_table(result.columns, result.rows)
    click.echo(f"({len(result.rows)} row{'' if len(result.rows) == 1 else 's'})")
