import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcmig.repository import checksums
from cdcmig.repository.audit import audit, bound_changeset
from cdcmig.repository.branches import render_revision
from cdcmig.repository.layout import INFRASTRUCTURE, Layout, revision_id

SINK = "sink.db"
ONE, TWO = (revision_id(SINK, "a", name) for name in ("0001_one", "0002_two"))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Two tenants with two changesets, as `cdcmig revision` leaves them."""
    scripts = tmp_path / "alembic"
    layout = Layout(tmp_path, scripts)
    (scripts / "changesets" / SINK).mkdir(parents=True)
    (scripts / "env.py").write_text("")
    for name in ("0001_one", "0002_two"):
        write(scripts / "changesets" / SINK / f"{name}.py", f'"""{name}"""\n')
    for schema in ("a", "b"):
        down = None
        for name in ("0001_one", "0002_two"):
            text = render_revision(SINK, schema, name, name, down_revision=down, label=None)
            write(layout.branch(SINK, schema) / f"{name}.py", text)
            down = revision_id(SINK, schema, name)
    return layout


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    checksums.record([path])


def found(layout: Layout) -> list[tuple[str, str, str]]:
    return [
        (problem.check, problem.file.relative_to(layout.scripts).as_posix(), problem.message)
        for problem in audit(layout)
    ]


def test_what_revision_writes_has_no_faults(layout: Layout) -> None:
    assert found(layout) == []


def test_edited_removed_and_added_files_are_named(layout: Layout) -> None:
    folder = layout.changesets / SINK
    (folder / "0001_one.py").write_text("# edited")
    (layout.branch(SINK, "b") / "0002_two.py").unlink()
    (folder / "0003_three.py").write_text("")
    assert {(check, file, message.split()[1]) for check, file, message in found(layout)} == {
        ("checksum", f"changesets/{SINK}/0001_one.py", "edited"),
        ("checksum", f"changesets/{SINK}/0003_three.py", "added"),
        ("checksum", f"versions/{SINK}/b/0002_two.py", "removed"),
        ("binding", f"changesets/{SINK}/0003_three.py", "branch"),
    }


def test_two_heads_in_a_branch(layout: Layout) -> None:
    rival = render_revision(
        SINK, "a", "0002_two", "x", down_revision=revision_id(SINK, "a", "0001_one"), label=None
    )
    write(
        layout.branch(SINK, "a") / "0002_rival.py", rival.replace(revision_id(SINK, "a", "0002_two"), "feed")
    )
    assert (
        "head",
        f"versions/{SINK}/a",
        "the revisions form no single chain from base to head: 0002_rival.py and 0002_two.py follow the same step",
    ) in found(layout)


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        (
            "0001_one",
            "down_revision = None",
            "down_revision = 'feed'",
            "0001_one.py follows feed, which no file has",
        ),
        (
            "0002_two",
            "down_revision = .*",
            "down_revision = None",
            "0001_one.py and 0002_two.py follow no step",
        ),
        (
            "0002_two",
            "revision = .*",
            f"revision = '{ONE}'",
            "0002_two.py has the revision id of 0001_one.py",
        ),
        ("0002_two", "down_revision = .*", f"down_revision = '{TWO}'", "0002_two.py follows itself"),
        (
            "0001_one",
            "down_revision = None",
            f"down_revision = '{TWO}'",
            "0001_one.py and 0002_two.py follow each other in a circle",
        ),
    ],
)
def test_what_is_wrong_with_a_chain_is_told(
    layout: Layout, name: str, before: str, after: str, told: str
) -> None:
    file = layout.branch(SINK, "a") / f"{name}.py"
    write(file, re.sub(f"^{before}$", after, file.read_text(), flags=re.MULTILINE))
    [message] = [message for _, path, message in found(layout) if path == f"versions/{SINK}/a"]
    assert message == f"the revisions form no single chain from base to head: {told}"


def test_a_renamed_changeset_is_not_to_be_promoted(layout: Layout) -> None:
    file = layout.changesets / SINK / "0002_two.py"
    file.rename(file.with_name("0002_second.py"))
    [told] = [message for _, path, message in found(layout) if path == f"changesets/{SINK}/0002_second.py"]
    assert told == "was renamed from 0002_two.py: rename it back"


def test_a_revision_that_binds_a_missing_changeset(layout: Layout) -> None:
    file = layout.changesets / SINK / "0002_two.py"
    file.unlink()
    checks = [(check, path) for check, path, _ in found(layout)]
    assert ("binding", f"versions/{SINK}/a/0002_two.py") in checks
    assert ("binding", f"versions/{SINK}/b/0002_two.py") in checks


def test_a_revision_copied_from_another_tenant(layout: Layout) -> None:
    text = (layout.branch(SINK, "a") / "0002_two.py").read_text()
    text = text.replace(revision_id(SINK, "a", "0001_one"), revision_id(SINK, "b", "0001_one"))
    write(layout.branch(SINK, "b") / "0002_two.py", text)
    messages = [message for _, path, message in found(layout) if path == f"versions/{SINK}/b/0002_two.py"]
    assert any("has the revision id of" in message for message in messages)
    assert 'binds the schema "a"; expected "b"' in messages


@given(st.text(min_size=1).filter(lambda schema: schema != INFRASTRUCTURE and "\0" not in schema))
def test_bindings_are_read_back_for_any_schema(schema: str) -> None:
    text = render_revision(SINK, schema, "0001_one", "m", down_revision=None, label=None)
    assert bound_changeset(text) == (f"{SINK}/0001_one", schema)
