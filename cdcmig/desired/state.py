"""The desired state of one schema: what autogenerate compares a database with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from cdcmig.config.settings import Roles, Settings
from cdcmig.desired.plan import ColumnPlan, SchemaPlan, TablePlan
from cdcmig.mapping import names
from cdcmig.mapping.cdc_columns import KAFKA_COLUMNS, SLOT_COLUMN, STANDARD_NAMES, CdcColumn
from cdcmig.operations.access import CdcAccess
from cdcmig.operations.compared import DesiredObjects
from cdcmig.operations.merge_procedure import MergeProcedure
from cdcmig.operations.staging_table import StagingTable

MERGE_TEMPLATE = "merge_v1"
"""The template of new merge procedures; a newer one makes the next revision replace them."""


@dataclass(frozen=True)
class Desired(DesiredObjects):
    """The desired objects of one schema, and the plans that they come from.

    Attributes:
        plans: by final table.
        target_exists: the names of the tables that somebody else looks after.
    """

    plans: Mapping[str, TablePlan] = field(default_factory=dict)
    target_exists: frozenset[str] = frozenset()


def desired_state(plan: SchemaPlan, schema: str, settings: Settings, sink: str) -> Desired:
    """Return the desired state of ``schema``, which is in ``sink``."""
    metadata, sink_settings = sa.MetaData(), settings.sinks.get(sink)
    logged = sink_settings is not None and sink_settings.staging == "logged"
    staging: dict[str, StagingTable] = {}
    procedures: dict[str, MergeProcedure] = {}
    plans = {table.name: table for table in plan if not table.target_exists}
    for table in plans.values():
        _final_table(metadata, table, schema, settings)
        if table.key:
            procedure = procedures[table.name] = _merge_procedure(table)
            _staging_table(metadata, table, procedure.staging, schema)
            staging[procedure.staging] = StagingTable(procedure.staging, like=table.name, logged=logged)
    return Desired(
        schema,
        metadata,
        staging=staging,
        merge_procedures={procedure.name: procedure for procedure in procedures.values()},
        grants={name: access_to(name, procedures.get(name), settings.roles) for name in plans},
        plans=plans,
        target_exists=frozenset(table.name for table in plan if table.target_exists),
    )


def access_to(table: str, procedure: MergeProcedure | None, roles: Roles) -> CdcAccess:
    """Return the rights of the roles on a table, and on its staging table and procedures if it is merged."""
    return CdcAccess(
        table=table,
        staging=procedure.staging if procedure else None,
        procedure=procedure.name if procedure else None,
        purge=procedure.purge if procedure else None,
        pipeline=roles.pipeline,
        merge=roles.merge,
        reader=roles.reader,
    )


def _final_table(metadata: sa.MetaData, plan: TablePlan, schema: str, settings: Settings) -> None:
    table = sa.Table(
        plan.name,
        metadata,
        *(_column(column, given=plan.key == (column.name,)) for column in plan.columns),
        *(_cdc_column(column) for column in plan.metadata),
        schema=schema,
        comment=plan.comment,
        postgresql_with={"fillfactor": settings.fillfactor},
    )
    if plan.key:
        table.append_constraint(sa.PrimaryKeyConstraint(*plan.key, name=names.shorten(f"{plan.name}_pkey")))
    synced = next((column.name for column in plan.metadata if column.role == "sync_timestamp"), None)
    if synced is not None and settings.sync_timestamp_index != "none":
        sa.Index(
            names.sync_index_name(plan.name),
            table.c[synced],
            postgresql_using=settings.sync_timestamp_index,
        )


def _staging_table(metadata: sa.MetaData, plan: TablePlan, name: str, schema: str) -> None:
    table = sa.Table(
        name,
        metadata,
        *(_column(column, bare=True) for column in plan.columns),
        *(_cdc_column(column, bare=True) for column in (*plan.metadata, *KAFKA_COLUMNS)),
        sa.Column(SLOT_COLUMN, sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        schema=schema,
    )
    for column in plan.wide:
        table.c[column.name].type = column.type


def _column(plan: ColumnPlan, *, bare: bool = False, given: bool = False) -> sa.Column[object]:
    """Return a column.

    Args:
        bare: without a comment, as ``LIKE`` copies it for staging.
        given: it is the whole key, and its values come from the source: no sequence.
    """
    default = None if plan.server_default is None else sa.text(plan.server_default)
    return sa.Column(
        plan.name,
        plan.type,
        nullable=plan.nullable,
        autoincrement=False if given else "auto",
        server_default=default,
        comment=None if bare else plan.comment,
    )


def _cdc_column(column: CdcColumn, *, bare: bool = False) -> sa.Column[object]:
    default = None if column.server_default is None else sa.text(column.server_default)
    comment = None if bare else column.comment
    return sa.Column(
        column.name, column.type, nullable=column.nullable, server_default=default, comment=comment
    )


def _merge_procedure(plan: TablePlan) -> MergeProcedure:
    present = {column.role: column.name for column in plan.metadata}
    return MergeProcedure(
        name=names.merge_procedure_name(plan.name),
        table=plan.name,
        staging=names.staging_name(plan.name),
        key=plan.key,
        columns=[column.name for column in plan.columns if column.name not in plan.key],
        template=MERGE_TEMPLATE,
        metadata={
            role: present.get(role) for role, name in STANDARD_NAMES.items() if present.get(role) != name
        },
        purge=names.purge_procedure_name(plan.name) if plan.deletes == "tombstone" else None,
        retention_days=plan.retention_days,
        conversions={column.name: (column.expression, column.using) for column in plan.wide},
    )
