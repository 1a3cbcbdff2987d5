"""Whatever changes, the pipeline goes on with the columns and values of before, and no row is lost, up or down.

Types change within their family here; where text becomes a number, staging has to follow, as the docs say.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from hypothesis import given, note
from hypothesis import strategies as st

from cdcmig.desired.plan import TablePlan
from tests.postgres.evolution.world import World, explored, table


class Family(NamedTuple):
    """Types of one kind.

    Attributes:
        types: type → its largest value.
        hints: type → how a value too large becomes one, with ``{c}`` for the column.
        names: what the column is called, in turn.
    """

    types: dict[str, object]
    hints: dict[str, str]
    names: tuple[str, str]


_INTEGERS: dict[str, object] = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
FAMILIES = [
    Family(
        {"varchar(3)": "x" * 3, "varchar(10)": "x" * 10, "varchar(90)": "x" * 90, "text": "x" * 200},
        {f"varchar({length})": f"left({{c}}, {length})" for length in (3, 10, 90)},
        ("name", 'full "name"'),
    ),
    Family(
        {**_INTEGERS, "numeric(22,2)": Decimal("10000000000000000000.5")},
        {type_: f"least({{c}}, {largest})" for type_, largest in _INTEGERS.items()},
        ("n", "order"),
    ),
    Family(
        {"date": "2026-11-26", "timestamp(3)": "2026-11-26 01:02:03.456", "timestamp": "2026-11-26 01:02:03.456789"},
        {"date": "{c}::date", "timestamp(3)": "{c}::timestamp(3)"},
        ("at", "changed at"),
    ),
]  # fmt: skip
KEYS = list(_INTEGERS)


class State(NamedTuple):
    """The type of each family's column, if there is one, which of its names it has, and the key's type."""

    types: tuple[str | None, ...]
    turns: tuple[int, ...]
    strict: tuple[bool, ...]
    key: str


states = st.builds(
    State,
    st.tuples(*(st.none() | st.sampled_from(sorted(family.types)) for family in FAMILIES)),
    st.tuples(*(st.integers(0, 1) for _ in FAMILIES)),
    st.tuples(*(st.booleans() for _ in FAMILIES)),
    st.sampled_from(sorted(KEYS)),
)


def plan_of(chain: list[State]) -> TablePlan:
    """The plan of the last state, with the hints that an operator would write after the one before.

    A column is NOT NULL only where every row has a value: the upgrade refuses otherwise. Numbers never are, for one
    that is too large is emptied on the way back; texts then have a default too.
    """
    state, before = chain[-1], chain[-2] if len(chain) > 1 else None
    columns, using, renames = {"id": f"{state.key} NOT NULL"}, {"id": "least(id, 32767)"}, {}
    for number, (family, type_) in enumerate(zip(FAMILIES, state.types, strict=True)):
        if type_ is None:
            continue
        name = family.names[state.turns[number]]
        always = all(earlier.types[number] is not None for earlier in chain)
        strict = state.strict[number] and always and type_ not in FAMILIES[1].types
        columns[name] = type_ + " NOT NULL" * strict + " DEFAULT 'std'" * (strict and number == 0)
        if type_ in family.hints:
            quoted = '"' + name.replace('"', '""') + '"'
            using[name] = family.hints[type_].format(c=quoted)
        if before is not None and before.types[number] is not None:
            old = family.names[before.turns[number]]
            renames |= {old: name} if old != name else {}
    return table("T", columns, using=using, renames=renames)


def row_of(state: State, number: int) -> dict[str, object]:
    """The largest values of the state's columns."""
    row: dict[str, object] = {"id": number}
    for place, (family, type_) in enumerate(zip(FAMILIES, state.types, strict=True)):
        if type_ is not None:
            row[family.names[state.turns[place]]] = family.types[type_]
    return row


@explored(25)
@given(
    chain=st.lists(states, min_size=2, max_size=5),
    merges=st.lists(st.booleans(), min_size=5, max_size=5),
    online=st.booleans(),
)
def test_rows_of_yesterday_arrive(
    engine: sa.Engine, chain: list[State], merges: list[bool], online: bool
) -> None:
    world = World.afresh(engine)
    count = 0
    for length, merge in zip(range(1, len(chain) + 1), merges, strict=False):
        written = world.evolve(plan_of(chain[:length]), allow_destructive=length > 1, online=online)
        note(written.text)
        for known in chain[:length]:
            count += 1
            world.stage("T", count, **row_of(known, count))
        if merge:
            world.merge("T")
    world.merge("T")
    assert world.rows('SELECT count(*), max(id) FROM {s}."T"') == [(count, count)]
    while len(world.history) > 1:
        count += 1
        world.stage("T", count, **row_of(chain[len(world.history) - 1], count))
        if merges[len(world.history) - 1]:
            world.merge("T")
        world.undo(allow_data_loss=True)
    world.merge("T")
    assert world.rows('SELECT count(*), max(id) FROM {s}."T"') == [(count, count)]
