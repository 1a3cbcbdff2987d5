"""The schema ``cdc_management``: ``op.create_cdc_management`` and ``op.drop_cdc_management``; and pg_cron's jobs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.operations import Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from cdcmig.errors import TargetError
from cdcmig.operations.access import ensure_roles
from cdcmig.operations.base import ObjectOperation, inverse_of
from cdcmig.operations.calls import call
from cdcmig.operations.compared import desired_objects
from cdcmig.sql import script, templates
from cdcmig.sql.quoting import dollar_tag, identifier, literal

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

SCHEMA = "cdc_management"
LOGIN_ROLE = "cdcmig_login_role"
"""The option of a migration context that names the role to be granted the pipeline's and the merge runner's."""


@dataclass(frozen=True)
class CdcManagement:
    """A version of the infrastructure.

    Attributes:
        version: of the SQL template; a released one is never edited.
        pipeline: the group role that inserts into staging; it is created here, its rights come with the tables.
        merge: the group role that runs the merges.
        reader: the group role that may look.
    """

    version: int = 1
    pipeline: str = "cdc_pipeline"
    merge: str = "cdc_merge"
    reader: str = "cdc_reader"


@Operations.register_operation("create_cdc_management")
class CreateCdcManagementOp(ObjectOperation[CdcManagement]):
    """Create the infrastructure, and the group roles that are missing."""

    name = "create_cdc_management"

    @classmethod
    def create_cdc_management(
        cls,
        operations: Operations,
        *,
        version: int = 1,
        schema: str = SCHEMA,
        pipeline: str = "cdc_pipeline",
        merge: str = "cdc_merge",
        reader: str = "cdc_reader",
    ) -> None:
        """Create what the merge procedures of a database share; the schema is always ``cdc_management``."""
        operations.invoke(cls(CdcManagement(version, pipeline, merge, reader), schema))


@Operations.register_operation("drop_cdc_management")
@inverse_of(CreateCdcManagementOp)
class DropCdcManagementOp(ObjectOperation[CdcManagement]):
    """Drop the infrastructure with its logs; the empty schema and the roles stay."""

    name = "drop_cdc_management"

    @classmethod
    def drop_cdc_management(
        cls,
        operations: Operations,
        *,
        version: int = 1,
        schema: str = SCHEMA,
        pipeline: str = "cdc_pipeline",
        merge: str = "cdc_merge",
        reader: str = "cdc_reader",
    ) -> None:
        """Drop it; the arguments are those that it was created with."""
        operations.invoke(cls(CdcManagement(version, pipeline, merge, reader), schema))


@Operations.register_operation("schedule_merges")
class ScheduleMergesOp(ObjectOperation[str]):
    """Have pg_cron run the merges."""

    name = "schedule_merges"

    @classmethod
    def schedule_merges(cls, operations: Operations, schedule: str, *, schema: str = SCHEMA) -> None:
        """Schedule ``run_pending_merges`` and, once a day, ``run_purges``.

        :param schedule: pg_cron's: ``30 seconds``, ``*/5 * * * *``. Without the extension nothing is scheduled
            and a notice says so: ``cdcmig merge --watch`` does the same from outside.
        """
        operations.invoke(cls(schedule, schema))


@Operations.register_operation("unschedule_merges")
@inverse_of(ScheduleMergesOp)
class UnscheduleMergesOp(ObjectOperation[str]):
    """Take the jobs back from pg_cron."""

    name = "unschedule_merges"

    @classmethod
    def unschedule_merges(cls, operations: Operations, schedule: str, *, schema: str = SCHEMA) -> None:
        """Remove the jobs; ``schedule`` is what they were scheduled with."""
        operations.invoke(cls(schedule, schema))


@Operations.implementation_for(CreateCdcManagementOp)
def _create(operations: Operations, operation: CreateCdcManagementOp) -> None:
    management = operation.definition
    roles = list(dict.fromkeys((management.pipeline, management.merge, management.reader)))
    infrastructure = templates.render(
        f"cdc_management_v{management.version}",
        merge=identifier(management.merge),
        reader=identifier(management.reader),
    )
    login = operations.get_context().opts.get(LOGIN_ROLE)
    if login and not operations.get_context().as_sql:
        _refuse_unknown(operations, login)
    members = _login_script(login, management) if login else ""
    script.run(operations, ensure_roles(roles) + infrastructure + members)


def _refuse_unknown(operations: Operations, login: str) -> None:
    found = operations.get_bind().scalar(
        sa.text("SELECT true FROM pg_catalog.pg_roles WHERE rolname = :login"), {"login": login}
    )
    if not found:
        raise TargetError(
            f'there is no role "{login}", which CDC_DB_USER names',
            hint="CREATE ROLE … LOGIN first, or leave CDC_DB_USER unset",
        )


def _login_script(login: str, management: CdcManagement) -> str:
    """Return the SQL that makes a login role a member of the roles that work: pipeline and merge."""
    values = {"login": login, "pipeline": management.pipeline, "merge": management.merge}
    return templates.render(
        "login_v1",
        tag=dollar_tag("".join(values.values())),
        **{name: identifier(role) for name, role in values.items()},
        **{f"{name}_literal": literal(role) for name, role in values.items()},
    )


@Operations.implementation_for(DropCdcManagementOp)
def _drop(operations: Operations, operation: DropCdcManagementOp) -> None:
    management = operation.definition
    script.run(
        operations,
        templates.render(
            f"cdc_management_v{management.version}_drop",
            merge=identifier(management.merge),
            reader=identifier(management.reader),
        ),
    )


@Operations.implementation_for(ScheduleMergesOp)
def _schedule(operations: Operations, operation: ScheduleMergesOp) -> None:
    tag = dollar_tag(operation.definition)
    script.run(operations, templates.render("schedule_v1", schedule=literal(operation.definition), tag=tag))


@Operations.implementation_for(UnscheduleMergesOp)
def _unschedule(operations: Operations, operation: UnscheduleMergesOp) -> None:  # noqa: ARG001 - Alembic's signature
    script.run(operations, templates.render("unschedule_v1"))


def _render(name: str, context: AutogenContext, management: CdcManagement, schema: str) -> str:
    return call(context, name, **asdict(management), schema=schema)


@renderers.dispatch_for(CreateCdcManagementOp)
def _render_create(context: AutogenContext, operation: CreateCdcManagementOp) -> str:
    return _render("create_cdc_management", context, operation.definition, operation.schema)


@renderers.dispatch_for(DropCdcManagementOp)
def _render_drop(context: AutogenContext, operation: DropCdcManagementOp) -> str:
    return _render("drop_cdc_management", context, operation.definition, operation.schema)


@renderers.dispatch_for(ScheduleMergesOp)
def _render_schedule(context: AutogenContext, operation: ScheduleMergesOp) -> str:
    return call(context, "schedule_merges", operation.definition, schema=operation.schema)


@renderers.dispatch_for(UnscheduleMergesOp)
def _render_unschedule(context: AutogenContext, operation: UnscheduleMergesOp) -> str:
    return call(context, "unschedule_merges", operation.definition, schema=operation.schema)


# Comparison
# ---------------------------------------------------------------------------------------------------------------


def compare_infrastructure(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Propose nothing for the infrastructure: its changesets come from SQL templates, not from a comparison."""
    desired = desired_objects(context)
    if desired is not None and desired.schema == SCHEMA:
        upgrade_ops.ops = []
    return PriorityDispatchResult.CONTINUE


def register(plugin: Plugin) -> None:
    """Keep autogenerate away from the infrastructure's tables."""
    plugin.add_autogenerate_comparator(
        compare_infrastructure, "autogenerate", "infrastructure", priority=DispatchPriority.LAST
    )
