"""The custom Alembic operations. Importing this package makes them methods of ``op``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcmig.operations import access, infrastructure, merge_procedure, staging_table

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin


def register(plugin: Plugin) -> None:
    """Add the comparators of all custom objects to an Alembic plugin, in the order in which they have to run."""
    for module in (staging_table, merge_procedure, access, infrastructure):
        module.register(plugin)
