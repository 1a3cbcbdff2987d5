"""The one line of a tenant revision: it binds a changeset to a schema."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

Step = Callable[..., None]


def bind(changeset: str, *, schema: str) -> tuple[Step, Step]:
    """Return ``upgrade`` and ``downgrade`` of a changeset, bound to a schema.

    Args:
        changeset: its path below ``alembic/changesets``, without ``.py``: ``"sink_asma.directory/0001_initial"``.
        schema: the tenant's schema. Both functions take ``schema=`` to run in another one (the dev database).
    """

    def upgrade(schema: str = schema) -> None:
        load(_folder() / f"{changeset}.py").upgrade(schema)

    def downgrade(schema: str = schema) -> None:
        load(_folder() / f"{changeset}.py").downgrade(schema)

    upgrade.__doc__ = changeset
    return upgrade, downgrade


def register_operations() -> None:
    """Make the custom operations known to ``op``; imported lazily: commands that run no step start faster."""
    import cdcmig.operations  # noqa: F401 - importing registers them


@cache
def load(path: Path) -> ModuleType:
    """Import a changeset or revision from its file, once a process; the custom operations become known to ``op``."""
    register_operations()
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _folder() -> Path:
    from alembic import op

    script = op.get_context().script
    assert script is not None
    return Path(script.dir) / "changesets"
