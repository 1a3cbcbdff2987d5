"""Names from outside: whatever they hold, they name what they name, and no other table."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from cdcmig.config.settings import MetadataColumnOverride, Settings
from cdcmig.mapping.cdc_columns import metadata_columns
from cdcmig.sql.quoting import identifier, literal
from tests.postgres.merge.conftest import Create
from tests.postgres.merge.table import Counts, Table, lsn

HOSTILE = {
    "quotes": """it's "quoted" """,
    "injection": """a"; DROP SCHEMA cdc_management CASCADE; --""",
    "percent": "100% %s %(id)s %I %%",
    "dots": "a.b.c",
    "63 bytes": "Å" * 31 + "x",
    "dollar quote": "$cdcmig$ $cdcmig_$ $$",
    "newline": "a\nb\r\nc",
    "placeholder": "{{key}} {{final}} {{merge}}",
    "bind": ":id :1 $1 ?",
    "backslash": "\\ \\' E'\\n' \\",
    "comment": "*/ -- /* ",
    "case": "MiXed",
    "reserved": "select",
    "system": "pg_class",
    "blank": " ",
    "null": "NULL",
}
EVERY = pytest.mark.parametrize("name", list(HOSTILE.values()), ids=list(HOSTILE))


def merge_versions(table: Table) -> None:
    """Merge three versions of two keys, in one statement and in batches."""
    first = [table.event(n, n % 2, f"v{n}", at=n) for n in range(4)]
    assert table.merge(*first) == Counts(staged=4, inserted=2, updated=0, stale=0, duplicates=2, deleted=0)
    second = [table.event(4, 0, "v4", at=4), table.event(3, 1, "v3", at=3), table.event(5, 2, "v5", at=5)]
    counts = table.merge(*second, batch_size=1)
    assert counts == Counts(staged=3, inserted=1, updated=1, stale=1, duplicates=0, deleted=0)
    assert table.rows() == {0: ("v4", False), 1: ("v3", False), 2: ("v5", False)}
    assert table.watermarks() == {0: 5}
    assert table.waiting() == 0


@EVERY
def test_of_tables_and_columns(create: Create, name: str) -> None:
    columns = {name: sa.Integer(), f"{name[:20]}2": sa.Text()}
    merge_versions(create(name, columns, key=[name]))


@EVERY
def test_of_schemas(connection: Connection, name: str) -> None:
    schema = f"s{name}" if name.startswith("pg_") else name  # PostgreSQL keeps that prefix for itself
    connection.exec_driver_sql(
        f"CREATE SCHEMA {identifier(schema)}", execution_options={"no_parameters": True}
    )
    table = Table.create(connection, schema, tombstones=True)
    merge_versions(table)
    merged = table.scalar(f"CALL cdc_management.run_pending_merges(p_schema => {literal(schema)})")
    assert merged == 0
    table.stage(table.event(6, 0, "v6", at=6))
    assert table.scalar(f"CALL cdc_management.run_pending_merges(p_schema => {literal(schema)})") == 1
    assert table.rows()[0] == ("v6", False)


def test_of_the_metadata_columns(create: Create) -> None:
    hostile = list(HOSTILE.values())
    settings = Settings(
        metadata_columns={
            column.name: MetadataColumnOverride(name=hostile[number])
            for number, column in enumerate(metadata_columns(Settings()))
        }
    )
    merge_versions(create(settings=settings))


VARIABLES = (
    "run", "state", "staged", "blocks", "next_block", "first_row", "end_row", "keys", "before", "written",
    "inserted", "timeout", "outcome", "batch_size", "swap_wait", "work_mem", "one_step", "t", "n", "s", "excluded",
)  # fmt: skip


def test_that_a_procedure_might_use_itself(create: Create) -> None:
    """Columns and the table are called as variables, arguments and aliases of the procedure are or could be."""
    columns = {name: sa.Text() if name != "run" else sa.Integer() for name in VARIABLES}
    table = create("run", columns, key=["run", "t"], tombstones=True)
    for batch_size in (1_000_000, 1):
        offset = len(table.rows()) * 2
        events = [
            table.event(offset + n, number, *(f"{name} {n}" for name in VARIABLES[1:]), at=offset + n)
            for n, number in enumerate((1, 2))
        ]
        events = [{**event, "t": "same"} for event in events]
        table.merge(*events, batch_size=batch_size)
    assert set(table.rows()) == {(1, "same"), (2, "same")}
    assert [(line.inserted, line.updated) for line in table.log()] == [(2, 0), (0, 2)]


def test_equal_names_in_two_schemas_are_two_tables(
    create: Create, connection: Connection, schema: str
) -> None:
    """Two services have a table of one name; their topics have one name too."""
    other_schema = f"{schema}_other"
    connection.exec_driver_sql(f"CREATE SCHEMA {other_schema}")
    one, other = create(), Table.create(connection, other_schema)
    other.stage(other.event(0, 1, "other", at=1), other.event(1, 2, "other", at=1))
    assert one.merge(one.event(7, 1, "one", at=9)) == Counts(1, 1, 0, 0, 0, 0)
    assert (one.rows(), other.rows()) == ({1: ("one", False)}, {})
    assert (one.watermarks(), other.watermarks()) == ({0: 7}, {})
    assert other.waiting() == 2
    assert other.steps() == ["SWITCHED", "MERGED"]
    assert other.rows() == {1: ("other", False), 2: ("other", False)}
    assert (
        other.merge(other.event(2, 1, "newer", at=1)).updated == 1
    )  # 2 is beyond its own watermark, not the other's
    assert (one.watermarks(), other.watermarks()) == ({0: 7}, {0: 2})
    assert len(one.log()) == 1


def test_an_lsn_is_never_taken_for_a_number(create: Create) -> None:
    """Hex digits beyond 9, and two LSNs that a language's collation would order by their letters' accents or case."""
    table = create()
    for offset, position in enumerate((0x9, 0xA, 0xF, 0x10)):
        table.merge(table.event(offset, 1, lsn(position), at=position))
    assert table.rows() == {1: (lsn(0x10), False)}
