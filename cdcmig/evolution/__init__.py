"""Schema evolution: what autogenerate proposes, made safe, reversible and easy on locks."""

from __future__ import annotations

from cdcmig import operations
from cdcmig.evolution.draft import Policy, Refusal, raise_refused
from cdcmig.evolution.retained import retain
from cdcmig.evolution.rewrite import rewrite

__all__ = ["Policy", "Refusal", "operations", "raise_refused", "retain", "rewrite"]
