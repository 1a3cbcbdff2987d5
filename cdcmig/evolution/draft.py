"""What a comparison is turned into: steps with their way back, in the order in which they are safe."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto
from typing import NamedTuple

from alembic.operations.ops import MigrateOperation

from cdcmig.errors import EvolutionError


@dataclass(frozen=True)
class Policy:
    """What the operator asked for.

    Attributes:
        allow_destructive: drop what the source no longer has, convert values that may not fit.
        online: change types that need a rewrite beside readers and writers, in several steps.
        prune_staging: let staging take no more than the final table: no columns that are not merged any more, no old
            names, no wider types.
    """

    allow_destructive: bool = False
    online: bool = False
    prune_staging: bool = False


class Refusal(NamedTuple):
    """A change that is not made: of which final table, why, and what to do."""

    table: str
    message: str
    hint: str


def raise_refused(refusals: Collection[Refusal]) -> None:
    """Raise the error that names all refusals, if there are any.

    Raises:
        EvolutionError: changes are not made without being asked for, or lack a hint how.
    """
    if refusals:
        hints = dict.fromkeys(refusal.hint for refusal in refusals)
        raise EvolutionError("\n".join(refusal.message for refusal in refusals), hint="\n  ".join(hints))


class Phase(IntEnum):
    """The order of steps within a table.

    The final table precedes staging, as in every merge (they would wait for each other otherwise); the
    procedure comes last, when all that it names is there.
    """

    BACK = auto()  # nothing in the upgrade: what a downgrade does last
    RENAME = auto()
    ADD = auto()
    CONVERT = auto()
    TIGHTEN = auto()
    KEY = auto()
    ADJUST = auto()
    TABLE = auto()
    DROP = auto()
    STAGING = auto()
    ACCESS = auto()
    REST = auto()


@dataclass(frozen=True)
class Step:
    """A change of one table and its way back."""

    table: str
    phase: Phase
    up: Sequence[MigrateOperation]
    down: Sequence[MigrateOperation]


@dataclass
class Draft:
    """Collects what a changeset is to do.

    Attributes:
        guards: questions to the rows, asked before anything else; ``guards_back``: those of the downgrade.
        preparations: work outside of a transaction, which can be repeated; ``preparations_back``: likewise.
        steps: the changes, all in one transaction.
        notes: what the reader of the changeset has to know.
        refusals: why there is no changeset, by (final table, column).
    """

    steps: list[Step] = field(default_factory=list)
    guards: list[MigrateOperation] = field(default_factory=list)
    guards_back: list[MigrateOperation] = field(default_factory=list)
    preparations: list[MigrateOperation] = field(default_factory=list)
    preparations_back: list[MigrateOperation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: dict[tuple[str, str], Refusal] = field(default_factory=dict)

    def step(
        self, table: str, phase: Phase, up: MigrateOperation, *down: MigrateOperation, reverse: bool = False
    ) -> None:
        """Add a change; with ``reverse`` the operation knows its own way back."""
        self.steps.append(Step(table, phase, [up], [up.reverse()] if reverse else list(down)))

    def steps_of(
        self, table: str, phase: Phase, up: Iterable[MigrateOperation], down: Iterable[MigrateOperation]
    ) -> None:
        """Add a change of several operations."""
        self.steps.append(Step(table, phase, list(up), list(down)))

    def upgrade(self) -> list[MigrateOperation]:
        """Return the operations of the upgrade."""
        return [*self.guards, *self.preparations, *(op for step in self._sorted() for op in step.up)]

    def downgrade(self) -> list[MigrateOperation]:
        """Return the operations of the downgrade."""
        back = [op for step in reversed(self._sorted()) for op in step.down]
        return [*self.guards_back, *self.preparations_back, *back]

    def _sorted(self) -> list[Step]:
        return sorted(self.steps, key=lambda step: (step.table, step.phase))
