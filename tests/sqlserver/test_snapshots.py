"""Snapshot files: what is written is what is read, and differences tell what changed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdcmig.config.snapshot import (
    SnapshotCapture,
    SnapshotColumn,
    SnapshotForeignKey,
    SnapshotIndex,
    SnapshotUniqueKey,
    TableSnapshot,
)
from cdcmig.source.diff import differences
from cdcmig.source.snapshots import compare, dump, read_known, write

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=128).filter(str.strip)
TEXTS = st.none() | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200)
BOOLEANS = st.booleans()


@st.composite
def columns(draw: st.DrawFn) -> list[SnapshotColumn]:
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique_by=str.casefold))
    key = draw(st.integers(0, len(names)))
    return [
        SnapshotColumn(
            name=name,
            type=draw(st.sampled_from(["int", "nvarchar(50)", "decimal(18,4)", "datetime2(7)", "dbo.Point"])),
            nullable=draw(BOOLEANS),
            primary_key=position <= key,
            key_position=position if position <= key else None,
            identity=draw(BOOLEANS),
            computed=draw(TEXTS),
            persisted=draw(st.none() | BOOLEANS),
            default=draw(TEXTS),
            collation=draw(st.none() | st.just("Danish_Norwegian_CI_AS")),
            comment=draw(TEXTS),
            sparse=draw(BOOLEANS),
            hidden=draw(BOOLEANS),
        )
        for position, name in enumerate(names, start=1)
    ]


@st.composite
def tables(draw: st.DrawFn) -> TableSnapshot:
    lists = st.lists(NAMES, min_size=1, max_size=3)
    return TableSnapshot(
        database=draw(NAMES),
        schema=draw(NAMES),
        service="shop",
        table=draw(NAMES),
        columns=draw(columns()),
        comment=draw(TEXTS),
        foreign_keys=draw(
            st.lists(
                st.builds(
                    SnapshotForeignKey,
                    name=st.none() | NAMES,
                    columns=lists,
                    references=NAMES,
                    referred_columns=lists,
                ),
                max_size=2,
            )
        ),
        indexes=draw(
            st.lists(
                st.builds(SnapshotIndex, name=NAMES, columns=lists, include=lists, where=TEXTS), max_size=2
            )
        ),
        unique_keys=draw(
            st.lists(st.builds(SnapshotUniqueKey, name=st.none() | NAMES, columns=lists), max_size=2)
        ),
        row_estimate=draw(st.none() | st.sampled_from([0, 1, 900, 2_000_000])),
        cdc=draw(st.none() | st.lists(st.builds(SnapshotCapture, instance=NAMES, columns=lists), max_size=2)),
    )


@settings(deadline=None, max_examples=50)
@example(
    TableSnapshot(
        database="d",
        schema="s",
        service="shop",
        table="t",
        columns=[SnapshotColumn(name="a", type="int", comment="next\x85line \u2028 \u2029")],
    )
)
@given(tables())
def test_what_is_written_is_read_back_and_then_unchanged(snapshot: TableSnapshot) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = compare(root, "shop", [snapshot], [snapshot.qualified_name])
        (path,) = write(files)
        assert [read for _, read in read_known(root, "shop").values()] == [snapshot]
        assert path.read_text(encoding="utf-8") == dump(snapshot)
        (file,) = compare(root, "shop", [snapshot], [snapshot.qualified_name])
        assert file.state == "unchanged"


@settings(deadline=None, max_examples=50)
@given(tables(), tables())
def test_no_difference_goes_untold(one: TableSnapshot, other: TableSnapshot) -> None:
    assert list(differences(one, one)) == []
    assert (list(differences(one, other)) == []) == (facts(one) == facts(other))


def facts(snapshot: TableSnapshot) -> TableSnapshot:
    """Leave out what is no difference: the number of rows, and the order of captures."""
    captures = sorted(snapshot.cdc or [], key=lambda capture: capture.instance)
    return snapshot.model_copy(update={"row_estimate": None, "cdc": captures})


def table(**facts: object) -> TableSnapshot:
    first = SnapshotColumn(name="Id", type="int", nullable=False, primary_key=True, key_position=1)
    second = SnapshotColumn(name="Navn", type="nvarchar(50)", collation="Danish_Norwegian_CI_AS")
    content = {"database": "Db", "schema": "dbo", "table": "T", "columns": [first, second]} | facts
    return TableSnapshot.model_validate(content)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"comment": "ny"}, "~ comment: none → ny"),
        ({"temporal": "history"}, "~ temporal: none → history"),
        ({"columns": table().columns[::-1]}, "~ order of the columns"),
        ({"columns": table().columns[:1]}, "- column Navn nvarchar(50) NULL"),
        ({"cdc": []}, "~ cdc: not tracked → tracked"),
        ({"unique_keys": [{"columns": ["Navn"]}]}, "+ unique key (Navn)"),
        ({"indexes": [{"name": "ix", "columns": ["Navn"]}]}, "+ index ix"),
        (
            {"foreign_keys": [{"columns": ["Id"], "references": "dbo.U", "referred_columns": ["Id"]}]},
            "+ foreign key (Id)",
        ),
    ],
)
def test_differences_in_words(facts: dict[str, object], line: str) -> None:
    assert list(differences(table(), table(**facts))) == [line]


def test_columns_that_differ_by_case_alone_are_two() -> None:
    names = [SnapshotColumn(name=name, type="int") for name in ("Navn", "NAVN")]
    both, one = table(columns=names), table(columns=names[:1])
    assert list(differences(one, both)) == ["+ column NAVN int NULL"]


def test_a_file_that_cannot_be_read_is_written_anew(tmp_path: Path) -> None:
    (file,) = compare(tmp_path, "shop", [table()], ["dbo.T"])
    write([file])
    file.path.write_text("columns: [")
    (again,) = compare(tmp_path, "shop", [table()], ["dbo.T"])
    assert again.state == "changed"
    write([again])
    assert file.path.read_text() == dump(table())


def test_names_of_128_letters_of_three_bytes_have_a_file(tmp_path: Path) -> None:
    long = [table(schema="世" * 128, table="界" * 127 + end) for end in "ab"]
    files = compare(tmp_path, "shop", long, [snapshot.qualified_name for snapshot in long])
    assert len(set(write(files))) == 2
    assert all(
        f.state == "unchanged" for f in compare(tmp_path, "shop", long, [s.qualified_name for s in long])
    )
