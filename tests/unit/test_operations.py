"""How ``op.<operation>`` is called."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from cdcmig.operations.infrastructure import CdcManagement, CreateCdcManagementOp


@pytest.fixture
def operations() -> Operations:
    return Operations(MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True}))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (
            "create_staging_table",
            "(name: 'str', *, like: 'str', logged: 'bool' = False, schema: 'str')",
        ),
        (
            "require_no_rows",
            "(table: 'str', *, schema: 'str', reason: 'str', null_in: 'str | None' = None)",
        ),
        ("schedule_merges", "(schedule: 'str', *, schema: 'str' = 'cdc_management')"),
    ],
)
def test_help_shows_the_arguments(function: str, expected: str) -> None:
    assert str(inspect.signature(getattr(op, function))).removesuffix(" -> None") == expected


@pytest.mark.parametrize(
    ("function", "arguments", "options", "message"),
    [
        ("grant_cdc_access", ("T", "stg_T"), {"schema": "s"}, "too many positional arguments"),
        ("create_staging_table", ("stg_T",), {"like": "T"}, "missing a required argument: 'schema'"),
        (
            "drop_merge_procedure",
            ("p",),
            {"schema": "s", "tabel": "T"},
            "missing a required argument: 'table'",
        ),
        (
            "require_unique",
            ("T", ["id"]),
            {"schema": "s", "nul_in": "x"},
            "unexpected keyword argument 'nul_in'",
        ),
    ],
)
def test_a_wrong_call_names_the_function(
    operations: Operations, function: str, arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(operations, function)(*arguments, **options)
    assert str(caught.value).startswith(f"op.{function}(): ")
    assert message in str(caught.value)


def test_an_operation_without_a_description_of_its_own_is_named() -> None:
    created = CreateCdcManagementOp(CdcManagement(), schema="cdc_management")
    assert list(created.describe()) == ["create cdc management"]
