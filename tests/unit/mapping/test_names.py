"""Names fit PostgreSQL's 63 bytes, and two objects never share one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cdcmig.errors import NameCollisionError
from cdcmig.mapping.names import (
    check_collisions,
    merge_procedure_name,
    purge_procedure_name,
    schema_name,
    shorten,
    staging_name,
)

# SQL Server's identifiers have 1 to 128 characters; a NUL is no part of one.
identifiers = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=128
)


@given(identifiers, st.integers(10, 63))
@example("ø" * 128, 63)
@example("x" * 53 + "ø" + "x" * 20, 63)
@example("🏔" * 30, 62)
@example("a" + "\u0301" * 100, 63)
def test_short_names_stay_and_long_ones_fit(name: str, limit: int) -> None:
    short = shorten(name, limit)
    assert len(short.encode()) <= limit
    if len(name.encode()) <= limit:
        assert short == name
    else:
        kept, _, digest = short.rpartition("_")
        assert name.startswith(kept)
        assert len(digest) == 8
        assert not unicodedata.combining(name[len(kept)])
        assert len(kept.encode()) > limit - 9 - 4 or unicodedata.combining(name[len(kept) + 1])


@given(identifiers, identifiers)
def test_different_names_stay_different(one: str, other: str) -> None:
    assume(one != other)
    assert shorten(one) != shorten(other)


@given(
    st.integers(60, 128).flatmap(
        lambda n: st.tuples(st.just("n" * n), st.integers(0, 10**6), st.integers(0, 10**6))
    )
)
def test_names_that_begin_alike_stay_different(parts: tuple[str, int, int]) -> None:
    beginning, one, other = parts
    assume(one != other)
    assert shorten(f"{beginning}{one}") != shorten(f"{beginning}{other}")


def test_shortening_is_the_same_everywhere() -> None:
    assert shorten("Tvangstiltak etter barnevernloven kapittel fire, begrunnelse for vedtaket") == (
        "Tvangstiltak etter barnevernloven kapittel fire, begru_8644844d"
    )


@pytest.mark.parametrize(
    ("key", "schema"),
    [
        ("Avansas", "avansas"),
        ("Blå Kors", "blå kors"),
        ("Bla\u030a Kors", "blå kors"),
        ("TROMSØ", "tromsø"),
        ("Weiß", "weiss"),
        ("O'Hara & 100% @home", "o'hara & 100% @home"),
    ],
)
def test_schema_names(key: str, schema: str) -> None:
    assert schema_name(key) == schema


@given(identifiers)
def test_schema_names_do_not_change_again(key: str) -> None:
    schema = schema_name(key)
    assert schema_name(schema) == schema
    assert unicodedata.is_normalized("NFC", schema)


@given(identifiers)
def test_upper_and_lower_case_give_one_schema(key: str) -> None:
    assume(key.casefold() == key.upper().casefold() == key.lower().casefold())
    assert schema_name(key.upper()) == schema_name(key.lower()) == schema_name(key)


@given(identifiers)
def test_the_parts_of_a_staging_table_fit(table: str) -> None:
    name = staging_name(table)
    assert name.startswith("stg_")
    for suffix in ("_0", "_1", "_w"):
        assert shorten(name + suffix) == name + suffix


def test_procedures() -> None:
    assert merge_procedure_name("ActorActor") == "sp_merge_actoractor"
    assert purge_procedure_name("Død") == "sp_purge_død"
    assert len(merge_procedure_name("Æ" * 128).encode()) <= 63


class TestCollisions:
    def test_none(self) -> None:
        check_collisions([("Actor", "dbo.Actor"), ("stg_Actor", "staging of dbo.Actor")])

    @pytest.mark.parametrize(("one", "other"), [("Navn", "Navn"), ("Navn", "NAVN"), ("BLÅ", "bla\u030a")])
    def test_both_are_named(self, one: str, other: str) -> None:
        with pytest.raises(NameCollisionError) as caught:
            check_collisions([(one, "dbo.Actor.A"), ("Alder", "dbo.Actor.X"), (other, "dbo.Actor.B")])
        for text in (one, other, "dbo.Actor.A", "dbo.Actor.B"):
            assert text in caught.value.message
        assert "Alder" not in caught.value.message

    def test_all_are_reported_together(self) -> None:
        with pytest.raises(NameCollisionError) as caught:
            check_collisions([("a", "1"), ("A", "2"), ("b", "3"), ("B", "4")])
        assert len(caught.value.message.splitlines()) == 2

    def test_a_name_that_equals_a_shortened_one(self) -> None:
        long = "n" * 100
        with pytest.raises(NameCollisionError):
            check_collisions([(shorten(long), "column one"), (shorten(shorten(long)), "column two")])
