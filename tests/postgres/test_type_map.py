"""Every type of the type map, created in PostgreSQL and read back: autogenerate finds nothing to do."""

from __future__ import annotations

import re
import warnings

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from cdcmig.config.settings import Settings
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, metadata_columns
from cdcmig.mapping.postgresql_types import _FAMILIES, parse_postgresql_type
from cdcmig.mapping.types import TypeMap, _package_rules

# citext and hstore come from extensions, which a server need not have.
BUILT_IN = sorted(_FAMILIES.keys() - {"citext", "hstore"})


def source_types() -> list[str]:
    """Each form of type_map.yaml, its letters replaced by the smallest and by the greatest number in use."""
    forms = [str(rule.form) for rules in _package_rules().values() for rule in rules]
    filled = [re.sub(r"\b[a-z]\b(<=\d+)?", number, form) for form in forms for number in ("1", "7")]
    return sorted(set(filled))


def differences(engine: sa.Engine, metadata: sa.MetaData) -> list[object]:
    """What autogenerate would write right after ``metadata`` was created."""
    with engine.begin() as connection, warnings.catch_warnings():
        warnings.simplefilter("error")
        metadata.create_all(connection)
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_mapped_types_compare_clean(engine: sa.Engine) -> None:
    type_map = TypeMap.from_yaml()
    metadata = sa.MetaData()
    columns = [sa.Column(text, type_map.resolve(text, "here").type) for text in source_types()]
    sa.Table("mapped", metadata, *columns)
    assert len(columns) > 60
    assert differences(engine, metadata) == []


def test_postgresql_types_compare_clean(engine: sa.Engine) -> None:
    texts = [text for name in BUILT_IN for text in (name, f"{name}[]")]
    texts += [
        "numeric(10,2)",
        "varchar(20)",
        "timestamptz(3)",
        "time(0)",
        'varchar(5) collate "C"',
        'char(3) collate "C"',
    ]
    metadata = sa.MetaData()
    sa.Table("typed", metadata, *(sa.Column(text, parse_postgresql_type(text, "here")) for text in texts))
    assert differences(engine, metadata) == []


def test_cdc_columns_compare_clean(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    columns = (*metadata_columns(Settings()), *KAFKA_COLUMNS)
    sa.Table(
        "cdc",
        metadata,
        *(
            sa.Column(
                column.name,
                column.type,
                nullable=column.nullable,
                server_default=sa.text(column.server_default) if column.server_default else None,
                comment=column.comment,
            )
            for column in columns
        ),
    )
    assert differences(engine, metadata) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("nvarchar(50)", "nvarchar(60)"),
        ("nvarchar(50)", "nvarchar(max)"),
        ("int", "bigint"),
        ("decimal(10,2)", "decimal(12,2)"),
        ("decimal(10,2)", "decimal(10,3)"),
        ("datetime", "datetime2(7)"),
        ("datetime2(7)", "datetimeoffset(7)"),
        ("time(0)", "time(3)"),
        ("char(3)", "char(4)"),
    ],
)
def test_a_changed_type_is_seen(engine: sa.Engine, before: str, after: str) -> None:
    """The control: the comparison above is able to find something."""
    assert differences(engine, _one_column(before)) == []
    assert len(differences(engine, _one_column(after))) == 1


def _one_column(source_type: str) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("one", metadata, sa.Column("c", TypeMap.from_yaml().resolve(source_type, "here").type))
    return metadata


def test_char_compares_like_sql_server(engine: sa.Engine) -> None:
    """Why char(n) stays char(n): padding is kept, and makes no difference to a key."""
    metadata = sa.MetaData()
    table = sa.Table(
        "kommune", metadata, sa.Column("Kode", TypeMap.from_yaml().resolve("nchar(5)", "here").type)
    )
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(table.insert(), [{"Kode": "ab"}])
        assert connection.scalars(sa.select(table.c.Kode).where(table.c.Kode == "ab   ")).all() == ["ab   "]
        assert connection.scalars(sa.select(table.c.Kode).where(table.c.Kode == "ab")).all() == ["ab   "]
