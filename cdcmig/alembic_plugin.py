"""Entry point ``alembic.plugins``: what the stock ``alembic`` command gains where cdcmig is installed.

* ``-x`` is accepted after the subcommand too (``alembic upgrade head -x schema=avansas``); both places add up.
* ``-x schema=`` limits the commands that read files too: ``history``, ``heads``, ``branches``, ``show``, ``edit``.
* An error of cdcmig's own, revisions that form no chain, Ctrl-C and a closed pipe end the command without a
  traceback.
* The post-write hook ``cdcmig_checksums`` records what ``alembic revision`` writes.

Other Alembic repositories in the same environment keep Alembic's own behaviour.

Alembic calls :func:`setup` while it is half imported, so everything here waits until the module it
concerns has been imported.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from types import ModuleType

    from alembic.runtime.plugins import Plugin

    from cdcmig.repository.layout import Layout


_WORK_ON_FILES = frozenset({"branches", "edit", "heads", "history", "merge", "revision", "show"})
"""Alembic runs these without ``env.py``."""


_FAULTY_REVISIONS = r"Revision \S+ (is present more than once|referenced from .* is not present)"
"""What Alembic warns of before it fails, or reads a branch as something that it is not."""


_INTERRUPTED = 130
"""The exit code after SIGINT: that of a shell, 128 and the signal's number."""


def setup(plugin: Plugin) -> None:  # noqa: ARG001 - the signature is Alembic's
    """Register the extensions; called by Alembic at import."""
    wrapt.when_imported("alembic.config")(_extend_command_line)
    wrapt.when_imported("alembic.script.write_hooks")(_register_write_hook)


def _extend_command_line(module: ModuleType) -> None:
    wrapt.wrap_function_wrapper(module, "CommandLine.register_command", _accept_x_after_subcommand)
    wrapt.wrap_function_wrapper(module, "CommandLine.run_cmd", _run_command)


def _accept_x_after_subcommand(
    wrapped: Callable[..., None], command_line: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    wrapped(*args, **kwargs)
    function = kwargs["fn"] if "fn" in kwargs else args[0]
    command_line.subparsers.choices[function.__name__].add_argument(
        "-x",
        action="append",
        dest="x_after_subcommand",
        default=argparse.SUPPRESS,
        metavar="NAME=VALUE",
        help="As -x before the subcommand: schema=NAME, sink=GROUP.DATABASE, env=NAME.",
    )


def _run_command(
    wrapped: Callable[..., None], command_line: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    config = kwargs["config"] if "config" in kwargs else args[0]
    options = kwargs["options"] if "options" in kwargs else args[1]
    from cdcmig.runtime import selection

    after = getattr(options, "x_after_subcommand", [])
    layout = selection.layout_of(config)
    if layout is not None:
        options.x = [*(options.x or ()), *after] or None
        _run_for_people(partial(wrapped, *args, **kwargs), config, options, layout)
        return
    if after:  # as Alembic itself says it in a repository that is not ours
        command_line.parser.error(f"unrecognized arguments: {' '.join(f'-x {each}' for each in after)}")
    wrapped(*args, **kwargs)


def _run_for_people(run: Callable[[], None], config: Any, options: Any, layout: Layout) -> None:
    """Run a command in a repository of cdcmig's; mistakes of users end in a message instead of a traceback."""
    command = options.cmd[0].__name__
    from cdcmig.errors import CdcmigError
    from cdcmig.runtime import selection

    try:
        if command in _WORK_ON_FILES:
            selection.apply(config, layout, command, options.x or ())
        with _chains_explained(layout, options.x or ()):
            run()
    except CdcmigError as error:
        if options.raiseerr:
            raise
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted: the current step is rolled back, or the next upgrade finishes it\n")
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # Without this, Python reports the closed pipe again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


@contextmanager
def _chains_explained(layout: Layout, x: Sequence[str]) -> Iterator[None]:
    """Say which file is at fault where Alembic stumbles over the revisions; its other errors stay what they are.

    Alembic warns of a revision that is missing or there twice, and ends in a KeyError later or works with one of the
    two; here the warning ends the command.
    """
    from alembic.script.revision import RevisionError

    from cdcmig.errors import RepositoryError

    with warnings.catch_warnings():
        warnings.filterwarnings("error", _FAULTY_REVISIONS, UserWarning)
        try:
            yield
        except (RevisionError, UserWarning) as error:
            if isinstance(error, UserWarning) and not re.match(_FAULTY_REVISIONS, str(error)):
                raise
            _refuse_broken_chains(layout, x)
            raise RepositoryError(str(error), hint="cdcmig check looks at all files") from error
        except SystemExit as error:  # Alembic has reported the error already
            reported = error.__context__
            if reported is not None and isinstance(reported.__cause__, RevisionError):
                _refuse_broken_chains(layout, x)
            raise


def _refuse_broken_chains(layout: Layout, x: Sequence[str]) -> None:
    """Read the branches that a command works on.

    Raises:
        RepositoryError: the revisions of one form no single chain.
    """
    from cdcmig.repository.branches import read_branch
    from cdcmig.runtime.arguments import Arguments

    arguments = Arguments.parse(x)
    for sink in layout.sinks():
        for schema in layout.schemas(sink):
            if arguments.sink in {None, sink} and arguments.schema in {None, schema}:
                read_branch(layout, sink, schema)


def _register_write_hook(module: ModuleType) -> None:
    @module.register("cdcmig_checksums")  # type: ignore[untyped-decorator] # write_hooks.register has no types
    def _record(path: str, _options: dict[str, Any]) -> None:
        from pathlib import Path

        from cdcmig.repository.checksums import record

        record([Path(path)])
