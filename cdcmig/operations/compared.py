"""What autogenerate compares: one schema, and the desired objects in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

    from cdcmig.operations.access import CdcAccess
    from cdcmig.operations.merge_procedure import MergeProcedure
    from cdcmig.operations.staging_table import StagingTable

OPTION = "cdcmig_desired"
"""Option of ``context.configure`` that holds the `DesiredObjects`; without it our comparators do nothing."""


@dataclass(frozen=True)
class DesiredObjects:
    """The desired objects of one schema.

    Attributes:
        metadata: final and staging tables, as SQLAlchemy knows them.
        staging: what makes a table of ``metadata`` a staging table, by name.
        merge_procedures: by name.
        grants: by final table.
    """

    schema: str
    metadata: sa.MetaData
    staging: Mapping[str, StagingTable] = field(default_factory=dict)
    merge_procedures: Mapping[str, MergeProcedure] = field(default_factory=dict)
    grants: Mapping[str, CdcAccess] = field(default_factory=dict)

    @property
    def final_of(self) -> dict[str, str]:
        """Staging table → final table."""
        return {name: staging.like for name, staging in self.staging.items()}


def desired_objects(context: AutogenContext) -> DesiredObjects | None:
    """Return what this comparison is about; None: a comparison that is not cdcmig's."""
    desired: DesiredObjects | None = context.opts.get(OPTION)
    return desired
