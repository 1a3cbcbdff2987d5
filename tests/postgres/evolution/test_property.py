"""From any state to any other: upgrade reaches it, autogenerate is then empty, downgrade returns to the start.

The examples are the same in every run, so that a failure is about the change that is tested; look for new ones with
``CDCMIG_TEST_EXAMPLES=200 python -m pytest tests/postgres/evolution/test_property.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from hypothesis import given, note
from hypothesis import strategies as st

from cdcmig.desired.plan import TablePlan
from cdcmig.errors import EvolutionError
from cdcmig.evolution.types import text_of
from cdcmig.generation.schema_state import State, read_state
from tests.postgres.evolution.world import World, explored, table

# Types that widen, narrow or convert into each other, so that many pairs occur.
TYPES = ["smallint", "integer", "bigint", "numeric(8,2)", "numeric(12,2)", "varchar(10)", "varchar(90)", "text",
         "timestamp(3)", "date", "uuid", "boolean", "char(3)"]  # fmt: skip
NAMES = ["id", "Død", "order", 'a"b', "navn %s", ":x"]
DEFAULTS = {"integer": "7", "text": "'x'", "boolean": "false", "uuid": "gen_random_uuid()"}


@st.composite
def plans(draw: st.DrawFn, name: str) -> TablePlan:
    """A table: columns, a key out of those that are NOT NULL, and a hint for every change that could need one."""
    described: dict[str, str] = {}
    strict: list[str] = []
    for column in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=len(NAMES), unique=True)):
        text = draw(st.sampled_from(TYPES))
        not_null = draw(st.booleans())
        default = DEFAULTS.get(text) if draw(st.integers(0, 4)) == 0 else None
        described[column] = text + " NOT NULL" * not_null + (f" DEFAULT {default}" if default else "")
        strict += [column] * (not_null and default is None)
    key = draw(st.lists(st.sampled_from(strict), unique=True, max_size=3)) if strict else []
    using = {column: f"NULL::{text.partition(' ')[0]}" for column, text in described.items()}
    old, new = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    made = table(name, described, key="", using=using, renames={old: new} if old != new else {})
    return replace(made, key=tuple(key))


TABLES = ["Actor", "Aktivitet ø", 'x"y']
states = st.lists(st.sampled_from(TABLES), max_size=2, unique=True).flatmap(
    lambda names: st.tuples(*(plans(name) for name in names))
)


@explored(20)
@given(
    chain=st.lists(states, min_size=2, max_size=4),
    destructive=st.booleans(),
    online=st.booleans(),
    prune=st.booleans(),
)
def test_any_state_to_any_other(
    engine: sa.Engine, chain: list[tuple[TablePlan, ...]], destructive: bool, online: bool, prune: bool
) -> None:
    world = World.afresh(engine)
    states: list[State] = []
    for wanted in chain:
        before = _state(world)
        try:
            written = world.write(*wanted, allow_destructive=destructive, online=online, prune_staging=prune)
        except EvolutionError:
            assert not destructive
            continue
        note(written.text)
        world.run(written.module.upgrade)
        world.history.append(written)
        world.assert_settled(*wanted)
        _assert_reached(world, wanted)
        states.append(before)
    while states:
        world.undo(allow_data_loss=True)
        assert _differing(_state(world), states.pop()) == {}


def _differing(one: State, other: State) -> dict[str, tuple[str | None, str | None]]:
    return {
        str(thing): (one.get(thing), other.get(thing))
        for thing in one.keys() | other.keys()
        if one.get(thing) != other.get(thing)
    }


def _state(world: World) -> State:
    """What the schema holds; the right to use the schema itself stays when a table's rights are revoked."""
    with world.engine.connect() as connection:
        found = read_state(connection, world.schema)
    return {thing: text for thing, text in found.items() if not thing.name.startswith("schema to ")}


def _assert_reached(world: World, wanted: tuple[TablePlan, ...]) -> None:
    """Look at the catalog without autogenerate: columns, their types and the keys are there."""
    inspector = sa.inspect(world.engine)
    for plan in wanted:
        there: dict[str, Any] = {
            column["name"]: column for column in inspector.get_columns(plan.name, schema=world.schema)
        }
        for column in plan.columns:
            assert text_of(there[column.name]["type"]) == text_of(column.type)
        key = inspector.get_pk_constraint(plan.name, schema=world.schema)
        for column in plan.columns:
            if column.nullable and column.name not in key["constrained_columns"]:
                assert there[column.name]["nullable"]
        if plan.key:
            assert tuple(key["constrained_columns"]) == plan.key
