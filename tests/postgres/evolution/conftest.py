"""A world per test: one schema in a fresh database, with the infrastructure."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

# --import-mode=importlib gives test folders no package; the helper beside the tests is imported by its path.
_spec = importlib.util.spec_from_file_location("evolution_world", Path(__file__).with_name("world.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
sys.modules["evolution_world"] = _module
_spec.loader.exec_module(_module)


@pytest.fixture
def world(engine: sa.Engine):
    """A schema without tables."""
    return _module.World(engine)
