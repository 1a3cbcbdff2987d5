"""The custom Alembic operations. Importing this package makes them methods of ``op``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdcmig.operations import access, infrastructure, merge_procedure, staging_table
from cdcmig.operations.column_type import ConvertColumnOp
from cdcmig.operations.concurrent_index import CreateIndexConcurrentlyOp, RenameIndexOp
from cdcmig.operations.guards import RequireDataLossConsentOp, RequireNoRowsOp, RequireUniqueOp
from cdcmig.operations.not_null import ProveNotNullOp, RestoreNotNullOp, SetProvenNotNullOp
from cdcmig.operations.online_type import CopyColumnOp, TakeOverColumnsOp
from cdcmig.operations.primary_key import ReplacePrimaryKeyOp
from cdcmig.operations.renamed_columns import AcceptRenamedColumnsOp

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin

__all__ = [
    "AcceptRenamedColumnsOp",
    "ConvertColumnOp",
    "CopyColumnOp",
    "CreateIndexConcurrentlyOp",
    "ProveNotNullOp",
    "RenameIndexOp",
    "ReplacePrimaryKeyOp",
    "RequireDataLossConsentOp",
    "RequireNoRowsOp",
    "RequireUniqueOp",
    "RestoreNotNullOp",
    "SetProvenNotNullOp",
    "TakeOverColumnsOp",
]


def register(plugin: Plugin) -> None:
    """Add the comparators of all custom objects to an Alembic plugin, in the order in which they have to run."""
    for module in (staging_table, merge_procedure, access, infrastructure):
        module.register(plugin)
