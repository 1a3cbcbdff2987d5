"""The command ``cdcmig``: parse, call, print. Each subcommand is a module, imported when it is used."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from cdcmig import __version__
from cdcmig.errors import CdcmigError

_COMMANDS = {
    "check": "Look for what should not land or run; the gate for CI.",
    "config": "Check the configuration; print its JSON Schema.",
    "diff": "Show what would change, table by table.",
    "gaps": "Show missing offsets and lag; exit code 1 if there are any.",
    "history": "Show which steps a database has gone through.",
    "init": "Make a migration repository.",
    "inspect": "Read SQL Server's tables into the snapshot.",
    "lint": "Look for dangerous statements in changesets.",
    "merge": "Merge staged rows into the final tables, once or as a service.",
    "offsets": "Print or set the offsets to consume from again.",
    "promote": "Bind a canary's changeset to the other schemas.",
    "repair": "Record files that were written, edited or deleted by hand.",
    "revision": "Write the changesets and tenant revisions that are missing.",
    "server": "Start or stop the embedded PostgreSQL.",
    "source": "Look at the SQL Server side.",
    "squash": "Fold a long history into one baseline per branch.",
    "tenants": "List the schemas of every sink and where their branches stand.",
    "validate": "Check the tables that exist already.",
}

_FORMER_NAMES = {"seal": "repair"}
"""Commands that were renamed; the former name is accepted for one release."""


class _LazyGroup(click.Group):
    """Loads ``cdcmig.cli.<name>`` when the subcommand is used; help texts of the overview stand here."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name in _FORMER_NAMES:
            click.echo(f"note: cdcmig {cmd_name} is now cdcmig {_FORMER_NAMES[cmd_name]}", err=True)
            cmd_name = _FORMER_NAMES[cmd_name]
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"cdcmig.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview without importing the subcommands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Turn an error of ours, or of the database, into its message and exit code."""
        try:
            return super().invoke(ctx)
        except CdcmigError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(error.exit_code)
        except Exception as error:
            message = _refusal(error)
            if message is None:
                raise
            click.echo(f"Error: {message}", err=True)
            sys.exit(CdcmigError.exit_code)


def _refusal(error: Exception) -> str | None:
    """Return what the database said, for an error of its driver; SQLAlchemy is loaded then."""
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    if sqlalchemy is None or not isinstance(error, sqlalchemy.DBAPIError):
        return None
    return str(error.orig).strip()


@click.group(
    cls=_LazyGroup, epilog='Shell completion: eval "$(_CDCMIG_COMPLETE=bash_source cdcmig)"  (or zsh, fish)'
)
@click.version_option(__version__, prog_name="cdcmig")
def main() -> None:
    """Alembic migration repositories for the PostgreSQL side of a SQL Server CDC pipeline.

    \b
    Example:
      cdcmig init my-migrations
      cdcmig config check
      cdcmig revision -m "initial import"
      alembic upgrade head -x schema=avansas
    """
