"""Keys of all kinds, and tables of all widths."""

from __future__ import annotations

import datetime
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from cdcmig.config.settings import MetadataColumnOverride, Settings
from cdcmig.mapping.cdc_columns import metadata_columns
from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Columns, Counts

BATCHES = pytest.mark.parametrize("batch_size", [1_000_000, 2], ids=["one statement", "batches"])


@BATCHES
def test_composite_keys(create: Create, batch_size: int) -> None:
    """The key's order is not that of the columns, and no part of it is a key by itself."""
    columns: Columns = {
        "note": sa.Text(),
        "day": sa.Date(),
        "id": sa.Integer(),
        "tenant": postgresql.UUID(as_uuid=True),
    }
    table = create(columns=columns, key=("tenant", "id", "day"))
    one, two = uuid.UUID(int=1), uuid.UUID(int=2)
    monday, tuesday = datetime.date(2026, 1, 5), datetime.date(2026, 1, 6)
    keys = [(tenant, number, day) for tenant in (one, two) for number in (1, 2) for day in (monday, tuesday)]
    events = [
        table.event(8 * version + n, f"v{version}", day, number, tenant, at=version)
        for version in (1, 2)
        for n, (tenant, number, day) in enumerate(keys)
    ]
    counts = table.merge(*events, batch_size=batch_size)
    assert counts == Counts(staged=16, inserted=8, updated=0, stale=0, duplicates=8, deleted=0)
    assert table.rows() == dict.fromkeys(keys, ("v2", False))
    last = table.event(99, None, tuesday, 2, one, at=3, deleted=True)
    assert table.merge(last, batch_size=batch_size).updated == 1
    assert table.rows() == {**dict.fromkeys(keys, ("v2", False)), (one, 2, tuesday): (None, True)}


def text_key(create: Create, kind: sa.types.TypeEngine[str], *keys: str, batch_size: int = 1_000_000) -> dict:
    """Merge two versions of each key, the first ones in a generation before; return key → note."""
    table = create(columns={"id": kind, "note": sa.Text()})
    for version in (1, 2):
        table.merge(
            *(
                table.event(10 * version + n, key, f"{key} {version}", at=10 * version + n)
                for n, key in enumerate(keys)
            ),
            batch_size=batch_size,
        )
    table.merge(*(table.event(30 + n, key, "old", at=1) for n, key in enumerate(keys)), batch_size=batch_size)
    assert table.log()[-1].stale == len(table.rows())
    return {key: note for key, (note, _deleted) in table.rows().items()}


@BATCHES
@pytest.mark.parametrize("collation", [None, "C", "nb-x-icu"])
def test_keys_that_differ_in_case_accents_or_blanks_only(
    create: Create, connection: Connection, collation: str | None, batch_size: int
) -> None:
    require_collation(connection, collation)
    keys = ("a", "A", "a ", " a", "á", "a\u0301", "aa", "å", "-a", "a-", "ß", "ss", "10", "9", "", "\t", "Ａ")
    found = text_key(create, sa.Text(collation=collation), *keys, batch_size=batch_size)
    assert found == {key: f"{key} 2" for key in keys}


def require_collation(connection: Connection, name: str | None) -> None:
    if name is not None:
        try:
            connection.exec_driver_sql(f"SELECT 'a' < 'b' COLLATE \"{name}\"")
        except DBAPIError as error:
            pytest.skip(f"this server lacks the collation: {error.orig}")


def test_keys_of_fixed_length_are_equal_up_to_trailing_blanks(create: Create) -> None:
    found = text_key(create, sa.CHAR(4), "a", "A", "ab")
    assert found == {"a   ": "a 2", "A   ": "A 2", "ab  ": "ab 2"}
    table = create("U", columns={"id": sa.CHAR(4), "note": sa.Text()})
    counts = table.merge(table.event(0, "a", "old", at=1), table.event(1, "a  ", "new", at=2))
    assert (counts.inserted, counts.duplicates) == (1, 1)
    assert table.rows() == {"a   ": ("new", False)}


@pytest.fixture
def case_insensitive(connection: Connection, schema: str) -> str:
    """A nondeterministic collation, like SQL Server's usual one."""
    try:
        connection.exec_driver_sql(
            f"CREATE COLLATION {schema}.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
    except DBAPIError as error:
        pytest.skip(f"this server has no ICU: {error.orig}")
    connection.exec_driver_sql(f"CREATE DOMAIN {schema}.ci_text AS text COLLATE {schema}.ci")
    return schema


class Domain(sa.types.UserDefinedType[str]):
    """The domain of that collation."""

    cache_ok = True

    def __init__(self, schema: str) -> None:
        self.schema = schema

    def get_col_spec(self, **_options: object) -> str:
        return f"{self.schema}.ci_text"


@BATCHES
def test_keys_that_a_collation_takes_for_equal_are_one_row(
    create: Create, case_insensitive: str, batch_size: int
) -> None:
    table = create(columns={"id": Domain(case_insensitive), "note": sa.Text()})
    spellings = ("Ab", "aB", "AB", "c")
    first = table.merge(
        *(table.event(n, key, key, at=n) for n, key in enumerate(spellings)), batch_size=batch_size
    )
    assert first == Counts(staged=4, inserted=2, updated=0, stale=0, duplicates=2, deleted=0)
    second = table.merge(table.event(4, "ab", "newest", at=4), batch_size=batch_size)
    assert second.updated == 1
    assert sorted(note for note, _deleted in table.rows().values()) == ["c", "newest"]
    assert table.merge(table.event(2, "aB", "old", at=2), batch_size=batch_size).stale == 1


@BATCHES
def test_a_table_of_its_key_alone(create: Create, batch_size: int) -> None:
    table = create(columns={"id": sa.Integer()})
    counts = table.merge(
        *(table.event(n, n % 3, at=n, deleted=n == 4) for n in range(6)), batch_size=batch_size
    )
    assert counts == Counts(staged=6, inserted=3, updated=0, stale=0, duplicates=3, deleted=1)
    assert table.merge(table.event(6, 1, at=6, deleted=True), batch_size=batch_size).updated == 1
    assert table.rows() == {0: (False,), 1: (True,), 2: (False,)}


@BATCHES
def test_a_table_of_one_column_in_all(create: Create, batch_size: int) -> None:
    """Without any CDC metadata there is nothing to update: what is there stays, and counts as stale."""
    off = MetadataColumnOverride(enabled=False)
    settings = Settings(metadata_columns={column.name: off for column in metadata_columns(Settings())})
    table = create(columns={"id": sa.Integer()}, settings=settings)
    assert table.merge(*(table.event(n, n % 3) for n in range(6)), batch_size=batch_size) == (
        6,
        3,
        0,
        0,
        3,
        0,
    )
    assert table.merge(table.event(6, 1), table.event(7, 3), batch_size=batch_size) == (2, 1, 0, 1, 0, 0)
    assert table.rows() == {0: (), 1: (), 2: (), 3: ()}


@BATCHES
def test_a_table_of_300_columns(create: Create, batch_size: int) -> None:
    kinds = (sa.Text(), sa.Integer(), sa.Boolean(), sa.Numeric(10, 2))
    payload = {f"column {n:03d} with quite a long name": kinds[n % 4] for n in range(299)}
    table = create(columns={"id": sa.Integer(), **payload})

    def values(version: int) -> list[object]:
        made = [f"text {version}", version, version % 2 == 0, version + 0.5]
        return [None if n == version else made[n % 4] for n in range(299)]

    table.merge(*(table.event(n, n % 3, *values(n), at=n) for n in range(6)), batch_size=batch_size)
    assert table.rows() == {n % 3: (*values(n), False) for n in (3, 4, 5)}
    table.merge(table.event(6, 0, *values(6), at=6), batch_size=batch_size)
    assert table.rows()[0] == (*values(6), False)
