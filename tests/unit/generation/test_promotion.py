import pytest

from cdcmig.errors import RepositoryError
from cdcmig.generation.promotion import find_changeset, obstacle
from cdcmig.repository.layout import Layout

CHAINS = {
    "canary": ("0001", "0002", "0003"),
    "ready": ("0001", "0002"),
    "behind": ("0001",),
    "other": ("0001", "0004"),
    "new": (),
}


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("ready", None),
        ("behind", "it lacks 0002, which comes first"),
        ("new", "it lacks 0001, 0002, which comes first"),
        ("other", "its history is another one; `cdcmig revision` finds out whether it needs the changeset"),
    ],
)
def test_a_branch_must_stand_where_the_canary_stood(schema: str, told: str | None) -> None:
    assert obstacle("0003", schema, CHAINS) == told


def test_a_changeset_that_no_branch_has_goes_on_top_of_all() -> None:
    assert {obstacle("0005_by_hand", schema, CHAINS) for schema in CHAINS} == {None}


@pytest.fixture
def layout(tmp_path) -> Layout:
    layout = Layout(tmp_path, tmp_path / "alembic")
    for name in ("a/0001_one", "a/0002_two", "a/0002_twin", "b/0001_one", "cdc_management/0003_x"):
        path = layout.changesets / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        layout.branch(path.parent.name, "customer").mkdir(parents=True, exist_ok=True)
    return layout


def test_changesets_are_found_by_number_and_name(layout: Layout) -> None:
    assert find_changeset(layout, "1", "b").stem == "0001_one"
    assert find_changeset(layout, "0002_twin").stem == "0002_twin"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("2", "0002_twin, a/0002_two"),
        ("0001_one", "a/0001_one, b/0001_one"),
        ("3", "no changeset"),
        ("0002_tow", "did you mean"),
    ],
)
def test_ambiguous_and_unknown_names_are_errors(layout: Layout, wanted: str, told: str) -> None:
    with pytest.raises(RepositoryError, match=told):
        find_changeset(layout, wanted)
