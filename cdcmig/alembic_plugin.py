"""Entry point ``alembic.plugins``: what the stock ``alembic`` command gains where cdcmig is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin


def setup(plugin: Plugin) -> None:
    """Called by Alembic while it is being imported."""
