"""One branch: a schema's folder of revisions, its version table, and its options for Alembic."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from cdcmig import alembic_internals
from cdcmig.repository.layout import INFRASTRUCTURE, Layout

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

log = logging.getLogger(__name__)

CommandFunction = Callable[[Any, Any], Any]
"""What an Alembic command does to a migration context: (current heads, context) → steps."""


@dataclass(frozen=True)
class Branch:
    """The branch of one schema in one sink."""

    layout: Layout
    sink: str
    schema: str

    @property
    def folder(self) -> Path:
        """The folder of the branch's revisions."""
        return self.layout.branch(self.sink, self.schema)

    @property
    def is_infrastructure(self) -> bool:
        """Whether this is the branch of ``cdc_management``."""
        return self.schema == INFRASTRUCTURE

    def select_in(self, script: ScriptDirectory) -> None:
        """Make ``script`` see this branch alone: its revisions, its head, and where new files go."""
        alembic_internals.point_at(script, self.folder)

    def options(self) -> dict[str, Any]:
        """Return the options of ``context.configure`` for this branch, for every command."""
        return {
            "version_table_schema": self.schema,
            "transaction_per_migration": True,
            # Read by op.create_cdc_management; the dev database, which may lack that role, knows nothing of it.
            "cdcmig_login_role": os.environ.get("CDC_DB_USER"),
        }

    def comparison_options(self, connection: Connection) -> dict[str, Any]:
        """Return what ``alembic check`` and ``revision --autogenerate`` need on top.

        Raises:
            ConfigErrors: the snapshot of a table that landed is missing.
        """
        from cdcmig.config.project import load_project
        from cdcmig.desired.planner import Planner
        from cdcmig.desired.state import desired_state
        from cdcmig.errors import ConfigErrors
        from cdcmig.evolution import Policy, raise_refused, retain, rewrite
        from cdcmig.operations import autogenerate
        from cdcmig.repository.rendering import with_schema_variable

        project = load_project(self.layout.root)
        sink_plan = Planner(project, self.sink).plan
        plan = sink_plan.schemas.get(self.schema, ())  # none: the config knows it no more
        unplanned = sink_plan.unplanned.get(self.schema, {})
        present = inspect(connection).get_table_names(schema=self.schema) if unplanned else ()
        if lost := [table for name, table in unplanned.items() if name in present]:
            raise ConfigErrors([table.lost([self.schema]) for table in lost])
        plan = retain(plan, connection, self.schema, Policy())
        desired = desired_state(plan, self.schema, project.settings, self.sink)

        def rewritten(_context: Any, _revision: Any, directives: list[Any]) -> None:
            for script in directives:
                draft = rewrite(script, desired, Policy(), connection)
                raise_refused(draft.refusals.values())
                for note in draft.notes:
                    log.warning("%s", note)

        return {
            "dont_mutate": True,  # as for `alembic current`: a schema without a version table gets none
            "process_revision_directives": rewritten,
            **autogenerate.options(connection, desired),
            "template_args": {
                "schema": self.schema,
                "with_schema_variable": partial(with_schema_variable, schema=self.schema),
            },
        }
