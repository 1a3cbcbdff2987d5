"""A world per test: one schema in a fresh database, with the infrastructure."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.postgres.evolution.world import World


@pytest.fixture
def world(engine: sa.Engine) -> World:
    """A schema without tables."""
    return World(engine)
