"""What ``-x schema=`` means to the commands that Alembic runs without ``env.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cdcmig.errors import RepositoryError
from cdcmig.repository.branches import ONE_CHAIN
from cdcmig.repository.layout import Layout
from cdcmig.runtime.arguments import Arguments

if TYPE_CHECKING:
    from alembic.config import Config


def apply(config: Config, layout: Layout, command: str, x: Sequence[str]) -> None:
    """Make a command that reads or writes files work on one branch.

    Commands that read see the branch's folder alone. ``revision`` runs ``env.py``, which knows the branch and what
    the template needs.

    Raises:
        SchemaSelectionError: an argument that is not understood, no such sink or schema.
        RepositoryError: ``merge``, which no branch needs.
    """
    if command == "merge":
        raise RepositoryError(
            "branches are not merged: each is one chain, and schemas stay apart", hint=ONE_CHAIN
        )
    if command == "revision":
        config.set_main_option("revision_environment", "true")
        return
    arguments = Arguments.parse(x)
    if arguments.schema is None and arguments.sink is None:
        return
    sink = layout.select_sink(arguments.sink, arguments.schema)
    folder = layout.versions / sink if arguments.schema is None else layout.branch(sink, arguments.schema)
    # A folder's name may hold whatever else Alembic splits at.
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder).replace("%", "%%"))


def layout_of(config: Config) -> Layout | None:
    """Return the layout of a repository that cdcmig made; None for any other Alembic repository."""
    if not config.get_alembic_option("script_location"):
        return None
    layout = Layout.of(config)
    environment = layout.scripts / "env.py"
    ours = layout.changesets.is_dir() or (
        environment.is_file()
        and b"cdcmig" in environment.read_bytes()  # a repository before its first revision
    )
    return layout if ours else None
