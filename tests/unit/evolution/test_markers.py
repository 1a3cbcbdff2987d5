"""What a column's comment remembers."""

from __future__ import annotations

import pytest

from cdcmig.evolution import markers
from cdcmig.evolution.markers import ADDED, GONE


@pytest.mark.parametrize("comment", [None, "dbo.T.c", "dbo.T.c: x; y"])
def test_marks_replace_each_other_and_come_off(comment: str | None) -> None:
    marked = markers.mark(markers.mark(comment, GONE), ADDED)
    assert markers.has(marked, ADDED)
    assert not markers.has(marked, GONE)
    assert markers.unmark(marked) == comment


def test_a_comment_that_speaks_of_it_is_no_mark() -> None:
    assert not markers.has(f"{GONE} since May", GONE)
    assert markers.unmark(f"{GONE} since May") == f"{GONE} since May"
