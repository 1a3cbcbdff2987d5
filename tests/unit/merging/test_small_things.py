"""Durations, patterns, pauses: what is written and what is meant."""

from __future__ import annotations

from datetime import timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcmig.cli.duration import seconds
from cdcmig.merging.run import rest
from cdcmig.merging.tasks import Filter
from cdcmig.merging.views import short


@pytest.mark.parametrize(
    ("text", "meant"),
    [("250ms", 0.25), ("5s", 5), ("5", 5), ("2m", 120), ("1.5h", 5400), (" 3 S ", 3), (None, None)],
)
def test_durations(text: str | None, meant: float | None) -> None:
    assert seconds(None, None, text) == meant


@pytest.mark.parametrize("text", ["", "s", "-1s", "0", "1d", "five", "1s2", "1e3", "nan", "inf"])
def test_no_durations(text: str) -> None:
    with pytest.raises(click.BadParameter):
        seconds(None, None, text)


@pytest.mark.parametrize(
    ("duration", "told"),
    [(0, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (3600, "1 h"), (90_061, "1 d 1 h"), (-5, "0 s")],
)
def test_short_durations(duration: float, told: str) -> None:
    assert short(timedelta(seconds=duration)) == told
    assert short(None) is None


def test_patterns() -> None:
    assert Filter().wants("nord", "Item")
    assert Filter(("n*", "sør"), ("It?m",)).wants("sør", "Item")
    assert not Filter(("n*",)).wants("Nord", "Item")  # names that differ by case are different
    assert not Filter((), ("Item",)).wants("nord", "Items")


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_name_is_a_pattern_of_itself(schema: str, table: str) -> None:
    assert Filter((schema,), (table,)).wants(schema, table)


def test_failing_tables_rest_longer_and_longer_within_bounds() -> None:
    assert rest(0, 5) == 0
    assert [rest(failures, 5) for failures in (1, 2, 3)] == [10, 20, 40]
    assert rest(10_000, 5) == 600
