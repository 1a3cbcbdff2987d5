from pathlib import Path

import pytest
from alembic.script.revision import Revision
from hypothesis import example, given
from hypothesis import strategies as st

from cdcmig.errors import SchemaSelectionError
from cdcmig.repository.layout import Layout, branch_label, folder_name, revision_id, schema_of_folder

names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=63
).filter(lambda name: len(name.encode()) <= 63)


@given(names)
@example(".")
@example("..")
@example(" ")
def test_folder_name_round_trips(schema: str) -> None:
    assert schema_of_folder(folder_name(schema)) == schema


@given(names)
def test_folder_name_is_one_path_component(schema: str) -> None:
    folder = folder_name(schema)
    assert Path("x", folder).parent == Path("x")
    assert folder not in {".", ".."}
    assert not set(folder) & set('/\\:*?"<>|\n')
    assert len(folder.encode()) <= 255


@pytest.mark.parametrize("schema", ["avansas", "ålesund_øst", "blå kors", "o'hara"])
def test_folder_name_stays_readable(schema: str) -> None:
    assert folder_name(schema) == schema


@given(names, names)
def test_labels_are_legal_and_distinct(one: str, other: str) -> None:
    label = branch_label(one)
    Revision.verify_rev_id(label)
    assert label not in {"head", "heads", "base", "current"}
    assert (label == branch_label(other)) == (one == other)


@pytest.mark.parametrize("schema", ["head", "heads", "base", "current"])
def test_symbolic_names_are_legal_schemas(schema: str) -> None:
    assert branch_label(schema) == f"{schema}~"


def test_revision_id_depends_on_every_part() -> None:
    ids = {
        revision_id("a.b", "c", "0001_x"),
        revision_id("a.b", "c", "0002_x"),
        revision_id("a.b", "d", "0001_x"),
        revision_id("a", "b.c", "0001_x"),
    }
    assert len(ids) == 4
    assert revision_id("a.b", "c", "0001_x") == "9dbf50d3f6eccf0e"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    for folder in ("one.db/avansas", "one.db/cdc_management", "one.db/fretex", "two.db/avansas"):
        (tmp_path / "alembic" / "versions" / folder).mkdir(parents=True)
    return Layout(tmp_path, tmp_path / "alembic")


def test_infrastructure_comes_first(layout: Layout) -> None:
    assert layout.schemas("one.db") == ["cdc_management", "avansas", "fretex"]


def test_sink_follows_from_schema(layout: Layout) -> None:
    assert layout.select_sink(None, "fretex") == "one.db"


def test_sink_given(layout: Layout) -> None:
    assert layout.select_sink("two.db", "avansas") == "two.db"


@pytest.mark.parametrize(
    ("sink", "schema", "message"),
    [
        (None, "avansas", "several sinks fit: one.db, two.db"),
        (None, "avensas", 'no schema "avensas"; did you mean "avansas"?'),
        ("two.db", "fretex", 'no schema "fretex"'),
        ("tow.db", None, 'no sink "tow.db"; did you mean "two.db"'),
    ],
)
def test_selection_that_does_not_fit(
    layout: Layout, sink: str | None, schema: str | None, message: str
) -> None:
    with pytest.raises(SchemaSelectionError) as caught:
        layout.select_sink(sink, schema)
    assert message in str(caught.value)


def test_the_hint_names_the_options_of_both_kinds_of_command(layout: Layout) -> None:
    with pytest.raises(SchemaSelectionError, match=r"--sink <sink.*alembic: -x sink=<sink"):
        layout.select_sink(None, None)


def test_empty_repository_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SchemaSelectionError, match="cdcmig revision"):
        Layout(tmp_path, tmp_path / "alembic").select_sink(None, None)
