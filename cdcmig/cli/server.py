"""``cdcmig server``: the embedded PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import click

from cdcmig.cli import options


@click.group()
def server() -> None:
    """Start or stop the embedded PostgreSQL below .cdcmig/.

    Commands that need it start it themselves; it runs until it is stopped.

    \b
    Example:
      cdcmig server start
      cdcmig server stop
    """


@server.command()
@options.as_json
@options.directory
def start(root: Path, as_json: bool) -> None:
    """Start it, and print the URL of its maintenance database.

    \b
    Example:
      psql "$(cdcmig server start)"
    """
    from cdcmig.runtime import embedded

    found = embedded.url(root, "postgres").set(drivername="postgresql")  # as psql and others read it
    url = found.render_as_string(hide_password=False)
    options.print_json({"url": url}) if as_json else click.echo(url)


@server.command()
@options.directory
def stop(root: Path) -> None:
    """Stop it; the data stays.

    \b
    Example:
      cdcmig server stop
    """
    from cdcmig.runtime import embedded

    click.echo("stopped" if embedded.stop(root) else "was not running")
