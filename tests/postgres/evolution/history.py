"""Two years of one table: more than twenty changes, as a source would make them."""

from __future__ import annotations

from typing import Any

from cdcmig.desired.plan import TablePlan
from tests.postgres.evolution.world import table

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


def moving_columns() -> list[tuple[dict[str, str], dict[str, bool]]]:
    """The changes after which `pg_dump` shows another order of columns, each with the policy that it needs."""
    start = START | {"navn": "varchar(50)"}
    wide = start | {"beløp": "numeric(14,4)", "id": "bigint NOT NULL"}
    less = {name: text for name, text in wide.items() if name != "navn"}
    return [
        (start, {}),
        (wide, {"online": True}),
        (less, {"allow_destructive": True}),
        (less, {"prune_staging": True}),
        (less | {"navn": "text"}, {}),
    ]
