"""Names of two parts: split outside of quotes, and found ignoring case."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdcmig.config.table_names import Spellings, TableName, fold, join_table_name, normal, split_table_name

NAMES = {
    "dbo.Actor": ("dbo", "Actor"),
    "dbo.Order Details": ("dbo", "Order Details"),
    "dbo.a.b": ("dbo", "a.b"),
    '"a.b".c': ("a.b", "c"),
    "[a.b].[c]]d]": ("a.b", "c]d"),
    '"a""b"."c.d"': ('a"b', "c.d"),
    "{{SCHEMA}}.Actor": ("{{SCHEMA}}", "Actor"),
    'dbo.a"; DROP': ("dbo", 'a"; DROP'),
    'a".b': ('a"', "b"),
    " dbo . Actor ": ("dbo", "Actor"),
    "dbo.«Død»": ("dbo", "«Død»"),
}


@pytest.mark.parametrize(("text", "parts"), NAMES.items())
def test_split(text: str, parts: tuple[str, str]) -> None:
    assert split_table_name(text) == TableName(*parts)


@pytest.mark.parametrize("text", ["", "Actor", ".Actor", "dbo.", " . ", "[a.b]", '"a.b"', '"".b', "[a].[]"])
def test_what_is_no_name_of_two_parts(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a name of two parts, schema\.Table"):
        split_table_name(text)


@given(schema=st.text(min_size=1), table=st.text(min_size=1))
def test_a_joined_name_splits_into_its_parts(schema: str, table: str) -> None:
    text = join_table_name(schema, table)
    assert split_table_name(text) == (schema, table)
    assert normal(text) == text


def test_a_joined_name_is_plain_where_it_can_be() -> None:
    assert normal('[dbo]."Order Details"') == "dbo.Order Details"
    assert normal("Actor") == "Actor"


@given(st.text())
def test_folding_ignores_case_and_composition(name: str) -> None:
    assert fold(name.upper()) == fold(name.upper().lower())
    assert fold(unicodedata.normalize("NFC", name)) == fold(unicodedata.normalize("NFD", name))


def test_spellings_prefer_the_same_spelling() -> None:
    names = Spellings(["Actor", "ACTOR", "Død"])
    assert [names.find(name) for name in ("ACTOR", "Actor", "actor", "DØD", "Ded")] == [
        "ACTOR",
        "Actor",
        "Actor",
        "Død",
        None,
    ]
