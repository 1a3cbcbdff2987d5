"""The operations that changesets of an evolving schema need; importing this package registers them."""

from cdcmig.evolution.operations.column_type import ConvertColumnOp
from cdcmig.evolution.operations.concurrent_index import CreateIndexConcurrentlyOp, RenameIndexOp
from cdcmig.evolution.operations.guards import RequireDataLossConsentOp, RequireNoRowsOp, RequireUniqueOp
from cdcmig.evolution.operations.not_null import ProveNotNullOp, RestoreNotNullOp, SetProvenNotNullOp
from cdcmig.evolution.operations.online_type import CopyColumnOp, TakeOverColumnsOp
from cdcmig.evolution.operations.primary_key import ReplacePrimaryKeyOp
from cdcmig.evolution.operations.renamed_columns import AcceptRenamedColumnsOp

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
