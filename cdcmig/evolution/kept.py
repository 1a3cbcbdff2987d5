"""What stays as it is although the source has it otherwise: keys that it lost, and staging that took more."""

from __future__ import annotations

from sqlalchemy import Connection

from cdcmig.desired.plan import SchemaPlan
from cdcmig.evolution.draft import Policy
from cdcmig.evolution.kept_keys import keep_keys
from cdcmig.evolution.kept_types import keep_wide_staging


def keep(plan: SchemaPlan, connection: Connection, schema: str, policy: Policy) -> SchemaPlan:
    """Return the plan of a schema, with what is to stay of that which is there."""
    kept = keep_keys(plan, connection, schema)
    return keep_wide_staging(kept, connection, schema, policy)
