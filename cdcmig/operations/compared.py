"""What autogenerate compares: one schema, and the desired objects in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

SCHEMA_OPTION = "cdcmig_schema"
"""Option of ``context.configure`` that names the schema; without it our comparators do nothing."""


def compared_schema(context: AutogenContext) -> str | None:
    """Return the schema that this comparison is about."""
    schema = context.opts.get(SCHEMA_OPTION)
    return None if schema is None else str(schema)


def desired_tables(context: AutogenContext, schema: str) -> Iterator[sa.Table]:
    """Yield the desired tables in ``schema``."""
    for metadata in _metadata(context):
        yield from (table for table in metadata.sorted_tables if table.schema == schema)


def desired_objects(context: AutogenContext, kind: str) -> dict[str, Any]:
    """Return what ``MetaData.info[kind]`` holds by name, for objects that SQLAlchemy has no class for."""
    found: dict[str, Any] = {}
    for metadata in _metadata(context):
        found |= metadata.info.get(kind, {})
    return found


def _metadata(context: AutogenContext) -> list[sa.MetaData]:
    given = context.metadata
    if given is None:
        return []
    return [given] if isinstance(given, sa.MetaData) else list(given)
