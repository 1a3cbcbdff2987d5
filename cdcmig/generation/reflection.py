"""A schema that changesets made, read back as a ``MetaData``: the desired state of a baseline."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, Table, text

from cdcmig.config.settings import Roles
from cdcmig.mapping.postgresql_types import family_name, parse_postgresql_type, type_text
from cdcmig.operations.access import CdcAccess
from cdcmig.operations.merge_procedure import MergeProcedure, definitions_in
from cdcmig.operations.staging_table import StagingTable, partition_names

_LOGGED = """\
SELECT c.relname
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relispartition AND c.relpersistence = 'p'"""


def reflect(connection: Connection, schema: str, moved_to: str, roles: Roles) -> MetaData:
    """Return what ``schema`` holds, as tables of the schema ``moved_to``.

    Args:
        roles: who has the rights on the tables; rights are not read back.
    """
    partitions = partition_names(connection, schema)
    reflected = MetaData()
    reflected.reflect(connection, schema=schema, only=lambda name, _metadata: name not in partitions)
    procedures = definitions_in(connection, schema)
    logged = set(connection.scalars(text(_LOGGED), {"schema": schema}))
    by_table = {procedure.table: procedure for procedure in procedures.values()}
    staging = {procedure.staging: procedure.table for procedure in procedures.values()}
    metadata = MetaData(info={"merge_procedures": procedures, "grants": {}})
    for table in reflected.sorted_tables:
        copy = table.to_metadata(metadata, schema=moved_to)
        _as_written(copy)
        if table.name in staging:
            definition = StagingTable(table.name, staging[table.name])
            is_logged = definition.partitions[0] in logged
            copy.info["staging"] = StagingTable(definition.name, definition.like, is_logged)
        else:
            metadata.info["grants"][table.name] = _access(table.name, by_table.get(table.name), roles)
    return metadata


def _as_written(table: Table) -> None:
    """Give a table the form that the planner's have, so that a baseline reads like other changesets."""
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


def _access(table: str, procedure: MergeProcedure | None, roles: Roles) -> CdcAccess:
    return CdcAccess(
        table=table,
        staging=procedure.staging if procedure else None,
        procedure=procedure.name if procedure else None,
        purge=procedure.purge if procedure else None,
        pipeline=roles.pipeline,
        merge=roles.merge,
        reader=roles.reader,
    )
