"""Schema evolution: what autogenerate proposes, made safe, reversible and easy on locks."""

from __future__ import annotations

from cdcmig import operations
from cdcmig.evolution.draft import Policy, Refusal, raise_refused
from cdcmig.evolution.kept import keep
from cdcmig.evolution.rewrite import rewrite

__all__ = ["Policy", "Refusal", "keep", "operations", "raise_refused", "rewrite"]
