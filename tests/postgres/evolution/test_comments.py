"""Databases whose comments version 0.1 wrote, without markers: recognised, and no reason for a changeset."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cdcmig.config.settings import Settings
from cdcmig.desired.plan import TablePlan
from cdcmig.mapping.markers import Comment, without_markers
from tests.postgres.evolution.world import World, table

COLUMNS = {"id": "integer NOT NULL", "name": "text"}


def actor(columns: dict[str, str] = COLUMNS, template_name: str = "customer", **more: Any) -> TablePlan:
    """A table with a template's column, commented as the planner does."""
    plan = table("Actor", {**columns, template_name: "text"}, **more)
    *others, last = plan.columns
    template = replace(last, comment=str(Comment("template customer", template="customer")))
    return replace(plan, comment=str(Comment(plan.comment, table=True)), columns=(*others, template))


def evolve_by_version_0_1(world: World, *plan: TablePlan) -> None:
    """Run the changeset that leads to the plan as version 0.1 wrote it."""
    module: dict[str, Any] = {}
    text = world.write(*plan).text
    assert "[cdcmig" in text
    exec(without_markers(text), module)
    world.run(module["upgrade"])


def test_an_upgrade_of_cdcmig_changes_nothing(world: World) -> None:
    changed = actor({"id": "integer NOT NULL", "new": "text NOT NULL"})
    evolve_by_version_0_1(world, actor())
    world.assert_settled(actor())
    evolve_by_version_0_1(world, changed)
    found = world.rows(
        "SELECT pg_catalog.col_description('{s}.\"Actor\"'::regclass, a) FROM generate_series(1, 20) AS a"
    )
    assert {("dbo.Actor.name; no longer replicated",), ("dbo.Actor.new; NOT NULL in the source",)} <= set(
        found
    )
    world.assert_settled(changed)


def test_columns_that_get_another_name_are_recognised(world: World) -> None:
    evolve_by_version_0_1(world, actor())
    settings = Settings(metadata_columns={"__source": {"name": "origin"}})
    written = world.evolve(actor(template_name="tenant", settings=settings))
    assert "new_column_name='origin'" in written.upgrade_text
    assert "new_column_name='tenant'" in written.upgrade_text
    assert "drop_column" not in written.upgrade_text
    assert "comment=" not in written.upgrade_text.replace("existing_comment=", "")


def test_a_table_is_recognised_as_cdcmigs_own(world: World) -> None:
    evolve_by_version_0_1(world, actor(), table("Other", COLUMNS))
    written = world.evolve(table("Other", COLUMNS), allow_destructive=True)
    assert "drop_table('Actor'" in written.upgrade_text


def test_other_words_about_a_cdc_column_are_no_change(world: World) -> None:
    world.evolve(actor())
    reworded = tuple(
        column._replace(comment=f"better words for {column.role} [cdcmig role={column.role}]")
        for column in actor().metadata
    )
    world.assert_settled(replace(actor(), metadata=reworded))


def test_a_description_that_changes_is_a_change(world: World) -> None:
    evolve_by_version_0_1(world, actor())
    described = replace(actor(), comment="Replicated from dbo.Actor (service test): people [cdcmig table]")
    assert "people" in world.evolve(described).upgrade_text
