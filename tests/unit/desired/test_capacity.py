import pytest

from cdcmig.desired.capacity import Holder, holders, type_text
from cdcmig.mapping.postgresql_types import parse_postgresql_type


def of(text: str) -> dict[str, Holder]:
    return {holder.type: holder for holder in holders(parse_postgresql_type(text, "test"))}


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("varchar(50)", Holder("varchar", length=50)),
        ("char(10)", Holder("varchar", length=10)),
        ("numeric(18,4)", Holder("numeric", whole=14, scale=4)),
        ("timestamp(3)", Holder("timestamp", fraction=3)),
        ("timestamptz", Holder("timestamptz", fraction=6)),
        ("integer", Holder("int4")),
        ("double precision", Holder("float8")),
        ("integer[]", Holder("_int4")),
        ("bytea", Holder("bytea")),
    ],
)
def test_a_type_holds_its_own_values(source: str, first: Holder) -> None:
    assert holders(parse_postgresql_type(source, "test"))[0] == first


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("bigint", "int4"),
        ("bigint", "float8"),
        ("integer", "float4"),
        ("timestamp", "timestamptz"),
        ("timestamptz", "timestamp"),
        ("numeric(10,2)", "int8"),
        ("numeric(10,0)", "int4"),
        ("bytea", "text"),
        ("boolean", "int2"),
        ("uuid", "bytea"),
    ],
)
def test_what_loses_values_is_no_holder(source: str, target: str) -> None:
    assert target not in of(source)


def test_whole_numbers_in_decimals() -> None:
    assert {"int4", "int8"} <= of("numeric(9,0)").keys()
    assert of("bigint")["numeric"].whole == 19
    assert of("integer")["varchar"].length == len("-2147483648")


def test_text_of_the_type_has_no_collation() -> None:
    assert type_text(parse_postgresql_type('varchar(5) COLLATE "C"', "test")) == "varchar(5)"
