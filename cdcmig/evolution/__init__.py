"""Schema evolution: what autogenerate proposes, made safe, reversible and easy on locks."""

from __future__ import annotations

from cdcmig.evolution import operations
from cdcmig.evolution.draft import Policy, Refusal, raise_refused
from cdcmig.evolution.kept import keep
from cdcmig.evolution.settle import settle

__all__ = ["Policy", "Refusal", "keep", "operations", "raise_refused", "settle"]
