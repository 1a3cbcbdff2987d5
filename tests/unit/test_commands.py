"""What every command has in common, over the whole tree of commands."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from cdcmig.cli import main

WITHOUT_REPOSITORY = {"init", "config schema"}
WRITING = {"init", "inspect", "merge", "offsets", "promote", "revision", "repair", "squash"}
WITHOUT_A_LIST = {"config schema", "init", "repair", "server stop"}


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield path + name, command


COMMANDS = dict(commands(main))
every_command = pytest.mark.parametrize("name", COMMANDS)


def options(name: str) -> set[str]:
    return {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_the_sets_name_commands() -> None:
    assert COMMANDS.keys() >= WITHOUT_REPOSITORY | WRITING | WITHOUT_A_LIST


def test_the_overview_names_every_command() -> None:
    overview = CliRunner().invoke(main, ["--help"]).output
    assert {name.split()[0] for name in COMMANDS} <= set(overview.split())


@every_command
def test_help_shows_an_example(name: str) -> None:
    shown = CliRunner().invoke(main, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert f"cdcmig {name}" in shown.output.partition("Example:\n")[2]


@every_command
def test_the_repository_can_be_named(name: str) -> None:
    assert ("-C" in options(name)) == (name not in WITHOUT_REPOSITORY)


@every_command
def test_lists_are_there_for_programs(name: str) -> None:
    assert ("--json" in options(name)) == (name not in WITHOUT_A_LIST)


@every_command
def test_what_is_written_can_be_seen_before(name: str) -> None:
    assert ("--dry-run" in options(name)) == (name in WRITING)


@every_command
def test_every_option_is_explained(name: str) -> None:
    assert not [
        option.name
        for option in COMMANDS[name].params
        if isinstance(option, click.Option) and not option.help
    ]
