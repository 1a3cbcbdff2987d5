"""What docs/add-an-object.md says, tried: a view per table as a new kind of object, in this one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import api, produce_migrations
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult
from sqlalchemy import Engine

from cdcmig.evolution.lint import lint_changeset
from cdcmig.generation.description import describe
from cdcmig.operations.base import ObjectOperation, operation
from cdcmig.operations.compared import OPTION, DesiredObjects, desired_objects
from cdcmig.operations.hazards import DESTRUCTIVE, Hazard
from cdcmig.repository.rendering import render_changeset
from cdcmig.sql import script
from cdcmig.sql.quoting import identifiers, qualified


@dataclass(frozen=True)
class LiveView:
    """The rows of a table that are not deleted."""

    name: str
    table: str
    columns: tuple[str, ...] = ()


class _ViewOperation(ObjectOperation[LiveView]):
    kind = LiveView


@operation("create_live_view")
class CreateLiveViewOp(_ViewOperation):
    """Create a view of the rows that are not deleted."""

    def run(self, operations: Operations) -> None:
        view, schema = self.definition, self.schema
        script.run(
            operations,
            f"CREATE VIEW {qualified(schema, view.name)} AS"
            f" SELECT {identifiers(view.columns) or '*'} FROM {qualified(schema, view.table)};",
        )

    def describe(self) -> Iterator[str]:
        yield f"added view {self.definition.name}"


@operation("drop_live_view", undoes=CreateLiveViewOp)
class DropLiveViewOp(_ViewOperation):
    """Drop the view."""

    def run(self, operations: Operations) -> None:
        script.run(operations, f"DROP VIEW {qualified(self.schema, self.definition.name)};")

    def describe(self) -> Iterator[str]:
        yield f"dropped view {self.definition.name}"

    def hazards(self) -> Iterator[Hazard]:
        yield Hazard(DESTRUCTIVE, f"{self.definition.name}: its readers fail at once")


@dataclass(frozen=True)
class Desired(DesiredObjects):
    """The desired state with the new kind of object: in the product, a field of `DesiredObjects` itself."""

    live_views: Mapping[str, LiveView] = field(default_factory=dict)


def compare_views(context: api.AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    desired = desired_objects(context)
    assert isinstance(desired, Desired)
    assert context.connection is not None
    found = set(sa.inspect(context.connection).get_view_names(desired.schema))
    upgrade_ops.ops += [
        CreateLiveViewOp(view, schema=desired.schema)
        for name, view in desired.live_views.items()
        if name not in found
    ]
    return PriorityDispatchResult.CONTINUE


VIEW = LiveView("live_T", table="T", columns=("id",))


@pytest.fixture
def context(engine: Engine) -> Iterator[MigrationContext]:
    """A schema with one table."""
    with engine.connect() as connection:
        connection.exec_driver_sql('CREATE SCHEMA acme; CREATE TABLE acme."T" (id integer, note text)')
        yield MigrationContext.configure(connection)


def views(context: MigrationContext) -> list[str]:
    return sa.inspect(context.bind).get_view_names("acme")


def test_it_is_called_by_name_and_reversed(context: MigrationContext) -> None:
    op = Operations(context)
    op.create_live_view("live_T", table="T", columns=("id",), schema="acme")
    assert views(context) == ["live_T"]
    op.invoke(CreateLiveViewOp(VIEW, schema="acme").reverse())
    assert views(context) == []


def test_it_is_compared(context: MigrationContext) -> None:
    Plugin("test.views").add_autogenerate_comparator(compare_views, "autogenerate", "views")
    metadata = sa.MetaData()
    options = {
        OPTION: Desired("acme", metadata, live_views={VIEW.name: VIEW}),
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: kind != "table",
        "autogenerate_plugins": ["alembic.autogenerate.*", "test.views"],
    }
    comparing = MigrationContext.configure(context.connection, opts=options)
    proposed = produce_migrations(comparing, metadata).upgrade_ops
    assert proposed is not None
    assert proposed.ops == [CreateLiveViewOp(VIEW, schema="acme")]
    Operations(context).invoke(proposed.ops[0])
    again = produce_migrations(comparing, metadata).upgrade_ops
    assert again is not None
    assert again.ops == []


def test_it_is_rendered_described_and_linted(context: MigrationContext, tmp_path: Path) -> None:
    create = CreateLiveViewOp(VIEW, schema="acme")
    text = render_changeset("a view", [("T", [create.reverse()])], [("T", [create])], context, "acme")
    assert "op.drop_live_view('live_T', table='T', columns=['id'], schema=schema)" in text
    assert describe("T", [create]) == ["added view live_T"]
    file = tmp_path / "0001_view.py"
    file.write_text(text)
    found = [finding.message for finding in lint_changeset(file) if finding.check.endswith(DESTRUCTIVE)]
    assert found == ["live_T: its readers fail at once"]
