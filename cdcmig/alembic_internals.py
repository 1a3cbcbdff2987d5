"""The private names of Alembic that cdcmig needs, in one place; each was tried on Alembic 1.20.1.

``pyproject.toml`` bounds Alembic below the next minor version, and ``make test-latest`` tries the newest.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.autogenerate import render
from alembic.autogenerate.api import AutogenContext
from alembic.runtime import plugins
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import Revision, RevisionMap
from sqlalchemy import ClauseElement, Executable, text
from sqlalchemy.schema import DDLElement
from sqlalchemy.types import TypeEngine


def environment_context(context: ModuleType) -> EnvironmentContext:
    """Return the object behind the module ``alembic.context``: only it has ``context_opts``, with the command."""
    found: EnvironmentContext = vars(context)["_proxy"]
    return found


def point_at(script: ScriptDirectory, folder: Path) -> None:
    """Make a script directory see the revisions of one folder; the public way is a new directory, loaded twice."""
    script.version_locations = [str(folder)]
    script.__dict__.pop("_version_locations", None)  # memoised from the former value
    script.revision_map = RevisionMap(script._load_revisions)


def upgrade_steps(script: ScriptDirectory, destination: str, current: Any) -> Iterable[Any]:
    """Return the steps from the current revision to another, as ``alembic upgrade`` plans them."""
    steps: Iterable[Any] = script._upgrade_revs(destination, current)
    return steps


def known_revisions(script: ScriptDirectory) -> dict[Any, Revision | None]:
    """Return the map from revision ids to revisions; the public look-ups raise for an unknown id."""
    known: dict[Any, Revision | None] = script.revision_map._revision_map
    return known


def execute(context: MigrationContext, statement: Executable) -> Any:
    """Run a statement, or write it to the script of ``--sql``; the public ``execute`` returns no result."""
    return context.impl._exec(statement)


def keep_tabs(context: MigrationContext) -> None:
    """Write the statements of ``--sql`` as they are: Alembic turns tabs into blanks, in comments and names too."""
    impl = context.impl

    def write(construct: ClauseElement | str, *_none: Any, **_nothing: Any) -> None:
        statement = text(construct) if isinstance(construct, str) else construct
        literal_binds = {} if isinstance(statement, DDLElement) else {"literal_binds": True}
        compiled = statement.compile(dialect=impl.dialect, compile_kwargs=literal_binds)
        impl.static_output(str(compiled).strip() + impl.command_terminator)

    vars(impl)["_exec"] = write


def type_code(type_: TypeEngine[Any], autogen: AutogenContext) -> str:
    """Return a type as Python code, with the imports noted in ``autogen``; Alembic renders types only in columns."""
    return render._repr_type(type_, autogen)


def has_plugin(name: str) -> bool:
    """Return whether an autogenerate plugin is registered; registering one twice raises."""
    return name in plugins._all_plugins


def migration_transaction(context: MigrationContext) -> AbstractContextManager[Any]:
    """Begin the transaction of one step, as ``transaction_per_migration`` does inside ``run_migrations``."""
    return context.begin_transaction(_per_migration=True)
