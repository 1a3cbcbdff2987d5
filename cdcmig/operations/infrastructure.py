"""The schema ``cdc_management``: ``op.create_cdc_management`` and ``op.drop_cdc_management``; and pg_cron's jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from inspect import Parameter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic.operations import Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from cdcmig.errors import TargetError
from cdcmig.operations.access import ensure_roles
from cdcmig.operations.base import Definition, ObjectOperation, Operation, operation
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


class _InfrastructureOperation(ObjectOperation[Definition]):
    @classmethod
    def build(cls, *arguments: Any, schema: str = SCHEMA, **options: Any) -> Operation:
        """Return the operation that a call means; the schema is always ``cdc_management``."""
        return super().build(*arguments, schema=schema, **options)

    @classmethod
    def parameters(cls) -> Iterator[Parameter]:
        """Yield the parameters; the schema can be omitted."""
        for each in super().parameters():
            yield each.replace(default=SCHEMA) if each.name == "schema" else each


class _ManagementOperation(_InfrastructureOperation[CdcManagement]):
    kind = CdcManagement

    def render(self, autogen: AutogenContext) -> str:
        """Return the call as Python code."""
        return call(autogen, self.function, **asdict(self.definition), schema=self.schema)

    def _script(self, suffix: str = "") -> str:
        """Return the rendered template of this version."""
        return templates.render(
            f"cdc_management_v{self.definition.version}{suffix}",
            merge=identifier(self.definition.merge),
            reader=identifier(self.definition.reader),
        )


@operation("create_cdc_management")
class CreateCdcManagementOp(_ManagementOperation):
    """Create what the merge procedures of a database share, and the group roles that are missing."""

    def run(self, operations: Operations) -> None:
        """Create the roles, the tables, functions and views, and the memberships of the login role."""
        management, context = self.definition, operations.get_context()
        roles = list(dict.fromkeys((management.pipeline, management.merge, management.reader)))
        login = context.opts.get(LOGIN_ROLE)
        if login and not context.as_sql:
            _refuse_unknown(operations, login)
        members = _login_script(login, management) if login else ""
        script.run(operations, ensure_roles(roles) + self._script() + members)


@operation("drop_cdc_management", undoes=CreateCdcManagementOp)
class DropCdcManagementOp(_ManagementOperation):
    """Drop the infrastructure with its logs; the empty schema and the roles stay."""

    def run(self, operations: Operations) -> None:
        """Drop the tables, functions and views."""
        script.run(operations, self._script("_drop"))


@dataclass(frozen=True)
class MergeSchedule:
    """When pg_cron runs the merges.

    Attributes:
        schedule: pg_cron's: ``30 seconds``, ``*/5 * * * *``.
    """

    schedule: str


class _ScheduleOperation(_InfrastructureOperation[MergeSchedule]):
    kind = MergeSchedule


@operation("schedule_merges")
class ScheduleMergesOp(_ScheduleOperation):
    """Schedule ``run_pending_merges`` and, once a day, ``run_purges`` with pg_cron.

    Without the extension nothing is scheduled and a notice says so: ``cdcmig merge --watch`` does the same from
    outside.
    """

    def run(self, operations: Operations) -> None:
        """Create the jobs; a job of the same name is replaced."""
        schedule = self.definition.schedule
        script.run(
            operations,
            templates.render("schedule_v1", schedule=literal(schedule), tag=dollar_tag(schedule)),
        )


@operation("unschedule_merges", undoes=ScheduleMergesOp)
class UnscheduleMergesOp(_ScheduleOperation):
    """Remove the jobs from pg_cron; the argument is the schedule that they had."""

    def run(self, operations: Operations) -> None:
        """Remove the jobs."""
        script.run(operations, templates.render("unschedule_v1"))


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
