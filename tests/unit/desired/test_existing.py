"""What the config expects of tables that exist already."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cdcmig.config.project import load_project
from cdcmig.desired.existing import ExpectedColumn, expected_columns, supplied_columns
from cdcmig.desired.planner import Planner
from cdcmig.generation.validation import unvalidated_tables, validations
from cdcmig.mapping.names import shorten

SINK = "sink_asma.directory"
SERVICE = """\
adopus:
  source:
    tables:
      dbo.Actor: {{ignore_columns: [Secret]}}
  sinks:
    sink_asma.directory:
      tables:
        public.person: {{target_exists: true, from: dbo.Actor{more}}}
"""
SNAPSHOT = """\
database: AdOpusTest
schema: dbo
service: adopus
table: Actor
columns:
- {name: ID, type: int, nullable: false, primary_key: true, computed: "(1)"}
- {name: Navn, type: nvarchar(50)}
- {name: Aktiv, type: bit, nullable: false}
- {name: Alder, type: int, nullable: false, computed: "datediff(...)"}
- {name: Secret, type: int}
"""
TEMPLATES = """\
templates:
  customer_id: {name: _customer_id, type: uuid, not_null: true}
  origin: {name: _origin, type: text, default: "'here'"}
"""

Expected = Callable[[str], dict[str, ExpectedColumn]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    data = Path(__file__).parents[1] / "config" / "data" / "repository"
    shutil.copytree(data, tmp_path, dirs_exist_ok=True)
    snapshots = tmp_path / "services" / "_schemas" / "adopus" / "dbo"
    (snapshots / "ActorActor.yaml").unlink()
    (snapshots / "Actor.yaml").write_text(SNAPSHOT, encoding="utf-8")
    (tmp_path / "column-templates.yaml").write_text(TEMPLATES, encoding="utf-8")
    (tmp_path / "services" / "adopus.yaml").write_text(SERVICE.format(more=""), encoding="utf-8")
    return tmp_path


@pytest.fixture
def expected(root: Path) -> Expected:
    """Returns by name the columns that ``public.person`` must have, with more keys in its config."""

    def found(more: str = "") -> dict[str, ExpectedColumn]:
        (root / "services" / "adopus.yaml").write_text(SERVICE.format(more=more), encoding="utf-8")
        return {column.column: column for column in expected_columns(Planner(load_project(root), SINK))}

    return found


def test_a_key_is_never_null_and_a_computed_column_may_always_be(expected: Expected) -> None:
    columns = expected("")
    assert {name: column.nullable for name, column in columns.items()} == {
        "ID": False,
        "Navn": True,
        "Aktiv": False,
        "Alder": True,
    }
    assert columns["Alder"].source == "dbo.Actor.Alder int, computed: CDC captures it as NULL"


def test_a_template_may_be_null_unless_it_says_otherwise(expected: Expected) -> None:
    columns = expected(", column_templates: [{template: customer_id}, {template: origin, name: origin}]")
    assert (columns["_customer_id"].nullable, columns["origin"].nullable) == (False, True)


def test_named_columns_alone_are_fed(expected: Expected) -> None:
    assert list(expected(", columns: {Navn: name}")) == ["name"]
    assert list(expected(", columns: {Navn: name}, replicate_structure: false")) == ["name"]


def test_names_are_as_short_as_those_of_tables_that_are_made(expected: Expected) -> None:
    long, template = "Navn" * 16, "mal_" * 16
    more = f", columns: {{Navn: {long}}}, column_templates: [{{template: origin, name: {template}}}]"
    assert list(expected(more)) == [shorten(long), shorten(template)] != [long, template]


def test_no_structure_is_the_templates_alone(expected: Expected) -> None:
    more = ", replicate_structure: false, column_templates: [{template: customer_id}]"
    assert list(expected(more)) == ["_customer_id"]


def test_events_bring_the_columns_of_cdc_under_their_own_names(root: Path) -> None:
    settings = "metadata_columns: {__lsn: {name: lsn}, __operation: {enabled: false}}\n"
    (root / "cdcmig.yaml").write_text(settings, encoding="utf-8")
    names = supplied_columns(Planner(load_project(root), SINK))
    assert {"__source_ts_ms", "lsn", "__kafka_offset"} <= set(names)
    assert not {"__lsn", "__operation"} & set(names)


def test_a_table_without_snapshot_is_not_judged_and_that_is_told(root: Path, expected: Expected) -> None:
    more = ", column_templates: [{template: customer_id}]"
    assert expected(more)
    assert unvalidated_tables(load_project(root), SINK) == []
    (root / "services" / "_schemas" / "adopus" / "dbo" / "Actor.yaml").unlink()
    assert expected(more) == {}
    assert validations(load_project(root), SINK) == {}
    assert unvalidated_tables(load_project(root), None) == [
        "services/adopus.yaml: public.person: not validated: it has no snapshot; write one"
        " with `cdcmig inspect`"
    ]
