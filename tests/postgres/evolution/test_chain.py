"""Two years of one table: more than twenty changes with rows in the table and in staging, and all the way back."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from evolution_world import World, in_any_order, table

from cdcmig.desired.plan import TablePlan

START = {"id": "integer NOT NULL", "navn": "varchar(50) NOT NULL", "beløp": "numeric(8,2)", "kode": "char(2)"}


def chain() -> list[tuple[list[TablePlan], dict[str, bool]]]:  # noqa: PLR0915 - a list, told step by step
    """Plans in order, each with the policy that it needs; columns as a source would change them."""
    steps: list[tuple[list[TablePlan], dict[str, bool]]] = []
    now = dict(START)
    others: list[TablePlan] = []
    key = "id"

    def step(*, policy: dict[str, bool] | None = None, **more: Any) -> None:
        origin = more.pop("origin", "dbo.Actor")
        steps.append(([table("Actor", dict(now), key=key, origin=origin, **more), *others], policy or {}))

    def rename(old: str, new: str) -> dict[str, str]:
        renamed = {new if name == old else name: text for name, text in now.items()}
        now.clear()
        now.update(renamed)
        return {old: new}

    step()
    now["epost"] = "varchar(100) NOT NULL"
    step()
    now["navn"] = "varchar(80) NOT NULL"
    step()
    now["beløp"] = "numeric(12,2)"
    step()
    now["beløp"] = "numeric(14,4)"
    step()
    step(renames=rename("navn", "Fullt navn"))
    now["Fullt navn"] = "text"
    step()
    now["tenant"] = "text NOT NULL DEFAULT 'avansas'"
    step()
    key = "id, tenant"
    step()
    now["id"] = "bigint NOT NULL"
    step()
    del now["kode"]
    step()
    others.append(table("Aktivitet", {"id": "integer NOT NULL", "tekst": "text"}))
    step()
    now["kode"] = "char(2) NOT NULL"
    step()
    step(origin="crm.Person")
    step(renames=rename("Fullt navn", "Visningsnavn"), origin="crm.Person")
    now["beløp"] = "numeric(14,4) NOT NULL"
    step()
    others.clear()
    step()
    now["Visningsnavn"] = "varchar(40)"
    step(policy={"allow_destructive": True}, using={"Visningsnavn": 'left("Visningsnavn", 40)'})
    del now["epost"]
    step()
    now["når"] = "timestamp(3)"
    step()
    now["når"] = "timestamp(6)"
    step()
    now["token"] = "uuid NOT NULL DEFAULT gen_random_uuid()"
    step()
    key = "id"
    step()
    now["tenant"] = "text DEFAULT 'ukjent'"
    step()
    return steps


def test_all_the_way_and_back(world: World) -> None:
    offsets = count(1)
    dumps: list[str] = []
    for number, (plans, policy) in enumerate(chain()):
        dumps.append(world.dump())
        world.evolve(*plans, **policy)
        names = {column.name for column in plans[0].columns}
        name = next(c for c in ("Visningsnavn", "Fullt navn", "navn") if c in names)
        values = {"id": number, name: f"n{number}", "beløp": number}
        if "tenant" in plans[0].key:
            values["tenant"] = "avansas"
        if "epost" in names:
            values["epost"] = "x"
        world.stage(
            "Actor", next(offsets), **values
        )  # is merged by the next step's test, or waits through it
        if number % 2:
            world.merge("Actor")
    world.merge("Actor")
    found = world.rows('SELECT id, "Visningsnavn", beløp FROM {s}."Actor" ORDER BY id')
    assert found == [(number, f"n{number}", pytest.approx(number)) for number in range(len(dumps))]
    assert len(dumps) > 20
    while dumps:
        world.undo(allow_data_loss=True)
        assert _comparable(world.dump()) == _comparable(dumps.pop()), f"after {len(dumps)} changes"


def test_what_moves_columns_and_back(world: World) -> None:
    """The two changes after which `pg_dump` shows another order; docs/operations.md says why."""
    start = START | {"navn": "varchar(50)"}
    wide = start | {"beløp": "numeric(14,4)", "id": "bigint NOT NULL"}
    less = {name: text for name, text in wide.items() if name != "navn"}
    steps: list[tuple[dict[str, str], dict[str, bool]]] = [
        (start, {}),
        (wide, {"online": True}),
        (less, {"allow_destructive": True}),
        (less, {"prune_staging": True}),
        (less | {"navn": "text"}, {}),
    ]
    dumps: list[str] = []
    for number, (columns, policy) in enumerate(steps):
        dumps.append(world.dump())
        world.evolve(table("Actor", columns), **policy)
        name = {"navn": f"n{number}"} if "navn" in columns else {}
        world.stage("Actor", number, id=number, beløp=number, **name)
        if number % 2:
            world.merge("Actor")
    world.merge("Actor")
    assert world.rows('SELECT id, beløp, navn FROM {s}."Actor" ORDER BY id') == [
        (number, number, "n4" if number == 4 else None) for number in range(len(steps))
    ]
    while dumps:
        world.undo(allow_data_loss=True)
        found, wanted = world.dump(), dumps.pop()
        assert _comparable(in_any_order(found)) == _comparable(in_any_order(wanted)), (
            f"after {len(dumps)} changes"
        )
        if dumps:
            kept = world.rows('SELECT id, beløp FROM {s}."Actor" ORDER BY id')
            assert kept == [(number, number) for number in range(len(steps))]


def _comparable(dump: str) -> list[str]:
    """Leave out the right to use the schema, which stays."""
    return [line for line in dump.splitlines() if "ON SCHEMA" not in line]
