"""What Alembic's autogenerate is told: look at one schema, compare types and defaults, use cdcmig's comparators."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.runtime.plugins import Plugin, _all_plugins

from cdcmig import operations
from cdcmig.operations.compared import SCHEMA_OPTION
from cdcmig.operations.infrastructure import SCHEMA
from cdcmig.operations.staging_table import partition_names

PLUGIN = "cdcmig.comparators"


def options(connection: sa.Connection, schema: str, metadata: sa.MetaData) -> dict[str, Any]:
    """Return the options of ``context.configure`` or ``MigrationContext.configure`` for comparing one schema.

    Reflection is confined to ``schema``: a database of 1,000 tenants is not reflected 1,000 times.
    """
    if PLUGIN not in _all_plugins:
        operations.register(Plugin(PLUGIN))
    partitions = partition_names(connection, schema)

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        if kind == "schema":
            return name == schema
        return kind != "table" or (schema != SCHEMA and name not in partitions)

    return {
        "target_metadata": metadata,
        SCHEMA_OPTION: schema,
        "include_schemas": True,
        "include_name": include_name,
        "compare_type": True,
        "compare_server_default": True,
        "autogenerate_plugins": ["alembic.autogenerate.*", PLUGIN],
    }
