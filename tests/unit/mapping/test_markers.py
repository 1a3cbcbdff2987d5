"""What comments remember: markers, and the words of version 0.1 that databases have in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcmig.config.settings import Settings
from cdcmig.mapping import markers
from cdcmig.mapping.cdc_columns import metadata_columns
from cdcmig.mapping.markers import ADDED, GONE, Comment, parse

# As version 0.1 wrote them. Databases hold them: this list only ever grows.
RELEASED = {
    "when this row was last written here": Comment(role="sync_timestamp"),
    "where the event came from": Comment(role="source"),
    "when the source committed the change, in milliseconds since 1970-01-01 UTC": Comment(
        role="source_ts_ms"
    ),
    "the row is gone from the source; kept as a tombstone against late events": Comment(role="deleted"),
    "last operation: c, u, d or, from a snapshot, r": Comment(role="operation"),
    "commit LSN of the change in SQL Server; with __seq_val it orders all events": Comment(role="lsn"),
    "place of the change within its transaction in SQL Server": Comment(role="seq_val"),
    "commit LSN of the change in SQL Server; with __seq_val it orders all events; no longer replicated": Comment(
        role="lsn", history=GONE
    ),
    "template customer_id": Comment("template customer_id", template="customer_id"),
    "template customer_id: who it is; really": Comment(
        "template customer_id: who it is; really", template="customer_id"
    ),
    "template region; NOT NULL in the source": Comment("template region", template="region", history=ADDED),
    "Replicated from dbo.Actor (service adopus)": Comment(
        "Replicated from dbo.Actor (service adopus)", table=True
    ),
    "Replicated from dbo.Actor (service adopus): people": Comment(
        "Replicated from dbo.Actor (service adopus): people", table=True
    ),
    "dbo.Actor.Navn": Comment("dbo.Actor.Navn"),
    "dbo.Actor.Navn: a; b": Comment("dbo.Actor.Navn: a; b"),
    "dbo.Actor.Navn; NOT NULL in the source": Comment("dbo.Actor.Navn", history=ADDED),
    "dbo.Actor.Navn: a; b; no longer replicated": Comment("dbo.Actor.Navn: a; b", history=GONE),
    "no longer replicated": Comment(history=GONE),
}

COMMENTS = st.builds(
    Comment,
    text=st.text() | st.sampled_from(sorted(RELEASED)),
    role=st.none() | st.sampled_from(["lsn", "deleted"]),
    template=st.none() | st.text(min_size=1),
    table=st.booleans(),
    history=st.none() | st.sampled_from([ADDED, GONE]),
)


@pytest.mark.parametrize("comment", RELEASED)
def test_comments_of_version_0_1_are_recognised(comment: str) -> None:
    found, expected = parse(comment), RELEASED[comment]
    assert (found.role, found.template, found.table, found.history) == (
        (expected.role, expected.template, expected.table, expected.history)
    )
    assert expected.role or found.text == expected.text


@given(COMMENTS)
def test_parsing_is_the_inverse_of_writing(comment: Comment) -> None:
    assert parse(str(comment)) == comment


@given(COMMENTS)
def test_better_words_change_nothing_that_is_recognised(comment: Comment) -> None:
    reworded = str(
        Comment(f"x{comment.text}", comment.role, comment.template, comment.table, comment.history)
    )
    found = parse(reworded)
    assert (found.role, found.template, found.table, found.history) == (
        (comment.role, comment.template, comment.table, comment.history)
    )


def test_every_cdc_column_has_its_role_in_its_comment() -> None:
    for column in metadata_columns(Settings()):
        assert parse(column.comment).role == column.role
    assert str(Comment("words", role="lsn")) == "words [cdcmig role=lsn]"


def test_a_description_that_reads_like_a_comment_of_version_0_1_is_a_description() -> None:
    comment = str(Comment("dbo.T.c: gone; no longer replicated"))
    assert comment == "dbo.T.c: gone; no longer replicated [cdcmig]"
    assert not markers.has(comment, GONE)


@pytest.mark.parametrize("comment", [None, "dbo.T.c", "dbo.T.c: x; y", "template k: x [cdcmig template=k]"])
def test_histories_replace_each_other(comment: str | None) -> None:
    marked = markers.mark(markers.mark(comment, GONE), ADDED)
    assert markers.has(marked, ADDED)
    assert not markers.has(marked, GONE)
    assert parse(marked).text == parse(comment).text


def test_words_that_only_mention_it_are_no_history() -> None:
    assert not markers.has("no longer replicated since May", GONE)


def test_a_marker_or_other_words_about_a_cdc_column_are_no_change() -> None:
    old = "commit LSN of the change in SQL Server; with __seq_val it orders all events"
    assert markers.same(old, "the LSN [cdcmig role=lsn]")
    assert markers.same(
        "Replicated from dbo.T (service s)", "Replicated from dbo.T (service s) [cdcmig table]"
    )
    assert markers.same("dbo.T.c; no longer replicated", markers.mark("dbo.T.c", GONE))
    assert not markers.same(f"{old}; no longer replicated", "the LSN [cdcmig role=lsn]")
    assert not markers.same("dbo.T.c: old", "dbo.T.c: new")
    assert not markers.same(None, "dbo.T.c")


def test_changesets_are_compared_without_markers() -> None:
    text = f"comment='{Comment('template ]x', template=']x')}'"
    assert markers.without_markers(text) == "comment='template ]x'"
