"""Reflects a schema created by changesets as the desired state of a baseline."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from sqlalchemy import Connection, MetaData, Table, text

from cdcmig.config.settings import Roles
from cdcmig.desired.state import access_to
from cdcmig.mapping.postgresql_types import family_name, parse_postgresql_type, type_text
from cdcmig.operations.compared import DesiredObjects
from cdcmig.operations.merge_procedure import definitions_in
from cdcmig.operations.staging_table import StagingTable, partition_names

_LOGGED = """\
SELECT c.relname
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relispartition AND c.relpersistence = 'p'"""


def reflect(connection: Connection, schema: str, moved_to: str, roles: Roles) -> DesiredObjects:
    """Reflect the objects of ``schema`` as objects of the schema ``moved_to``.

    Args:
        connection: the dev database.
        schema: the schema to read.
        moved_to: the schema of the returned objects.
        roles: the roles to grant privileges to; privileges are not reflected.
    """
    partitions = partition_names(connection, schema)
    reflected = MetaData()
    reflected.reflect(connection, schema=schema, only=lambda name, _metadata: name not in partitions)
    procedures = definitions_in(connection, schema)
    logged = set(connection.scalars(text(_LOGGED), {"schema": schema}))
    by_table = {procedure.table: procedure for procedure in procedures.values()}
    finals = {procedure.staging: procedure.table for procedure in procedures.values()}
    metadata = MetaData()
    for table in reflected.sorted_tables:
        _normalize(table.to_metadata(metadata, schema=moved_to))
    names = [table.name for table in reflected.sorted_tables]
    return DesiredObjects(
        moved_to,
        metadata,
        staging={name: _staging(name, finals[name], logged) for name in names if name in finals},
        merge_procedures=procedures,
        grants={name: access_to(name, by_table.get(name), roles) for name in names if name not in finals},
    )


def _staging(name: str, final: str, logged: Set[str]) -> StagingTable:
    """Return the definition of a staging table; ``logged`` are the names of the logged partitions."""
    staging = StagingTable(name, final)
    return replace(staging, logged=staging.partitions[0] in logged)


def _normalize(table: Table) -> None:
    """Normalize a reflected table to the planner's form, so that a baseline reads like other changesets."""
    for column in table.columns:
        text = type_text(column.type)
        if family_name(text) is not None:
            collation = getattr(column.type, "collation", None)
            written = f'{text} COLLATE "{collation}"' if collation else text
            column.type = parse_postgresql_type(written, column.name)
        if len(table.primary_key) > 1 or not column.primary_key:
            column.autoincrement = "auto"
    options = table.dialect_options["postgresql"]
    if options["with"]:
        options["with"] = {
            name: int(value) if str(value).isdecimal() else value for name, value in options["with"].items()
        }
    for index in table.indexes:
        if not index.dialect_options["postgresql"]["include"]:
            index.dialect_kwargs.pop("postgresql_include", None)
