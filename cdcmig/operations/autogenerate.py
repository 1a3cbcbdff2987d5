"""Options of Alembic's autogenerate: one schema, comparison of types and defaults, cdcmig's comparators."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.runtime.plugins import Plugin
from sqlalchemy.types import TypeEngine

from cdcmig import alembic_internals, operations
from cdcmig.mapping.postgresql_types import family_name, limits
from cdcmig.operations.compared import OPTION, DesiredObjects
from cdcmig.operations.infrastructure import SCHEMA
from cdcmig.operations.staging_table import partition_names

PLUGIN = "cdcmig.comparators"


def options(connection: sa.Connection, desired: DesiredObjects) -> dict[str, Any]:
    """Return the options of ``context.configure`` or ``MigrationContext.configure`` for comparing one schema.

    Reflection is confined to its schema: a database of 1,000 tenants is not reflected 1,000 times.
    """
    if not alembic_internals.has_plugin(PLUGIN):
        operations.register(Plugin(PLUGIN))
    schema = desired.schema
    partitions = partition_names(connection, schema)

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        if kind == "schema":
            return name == schema
        return kind != "table" or (schema != SCHEMA and name not in partitions)

    return {
        "target_metadata": desired.metadata,
        OPTION: desired,
        "include_schemas": True,
        "include_name": include_name,
        "compare_type": _type_differs,
        "compare_server_default": _default_differs,
        "autogenerate_plugins": ["alembic.autogenerate.*", PLUGIN],
    }


def _type_differs(
    context: MigrationContext,
    _there: sa.Column[Any],
    _wanted: sa.Column[Any],
    found: TypeEngine[Any],
    wanted: TypeEngine[Any],
) -> bool | None:
    """Compare limits too: to Alembic, ``numeric`` and ``numeric(10,2)`` are one type, as are ``varchar``s."""
    texts = [type_.compile(context.dialect).lower() for type_ in (found, wanted)]
    same_family = len({family_name(text) for text in texts}) == 1
    if same_family and limits(texts[0]) != limits(texts[1]):
        return True
    return None  # Alembic's own comparison


def _default_differs(
    context: MigrationContext,
    there: sa.Column[Any],
    wanted: sa.Column[Any],
    found_default: str | None,
    _desired: Any,
    rendered_default: str | None,
) -> bool | None:
    """Compare defaults as text where the type changes too; Alembic would ask PostgreSQL whether ``false = 'x'``."""
    dialect = context.dialect
    if there.type.compile(dialect) == wanted.type.compile(dialect):
        return None  # Alembic's own comparison
    return found_default != rendered_default
