"""What becomes of a staging table.

Staging only ever gets laxer: rows wait in it, and the pipeline inserts with the columns and values of yesterday. New
columns are nullable or have a default, NOT NULL goes but never comes, a removed column stays, a renamed one is taken
under both names, a narrowed one keeps the wider type. What is no longer needed goes only when it is asked for by
itself (`Policy.prune_staging`), whatever else is destroyed.
"""

from __future__ import annotations

from cdcmig.evolution.staging.change import StagingChange
from cdcmig.evolution.staging.columns import rewrite_staging
from cdcmig.evolution.staging.shape import own_shape

__all__ = ["StagingChange", "own_shape", "rewrite_staging"]
