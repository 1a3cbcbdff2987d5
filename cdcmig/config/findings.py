"""Collects the findings of a run, instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from cdcmig.config.yaml_source import Document, Place, quoted
from cdcmig.errors import CONFIG, ConfigErrors, Finding, nearest

_FEW = 12
_COMPARISONS = 30_000
"""How many names a run compares for its suggestions: about a second. A slip that is everywhere needs no more."""


@dataclass
class Findings:
    """The problems and warnings of a run, each once, in the order in which they were found."""

    _problems: dict[Finding, None] = field(default_factory=dict)
    _warnings: dict[Finding, None] = field(default_factory=dict)
    _compared: int = 0

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What must be mended."""
        return tuple(self._problems)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What should be known; sorted."""
        return tuple(sorted(self._warnings))

    def raise_problems(self) -> None:
        """Stop here if there are problems.

        Raises:
            ConfigErrors: holds all of them.
        """
        if self._problems:
            raise ConfigErrors(self.problems, self.warnings)

    def add(self, problems: Iterable[Finding]) -> None:
        """Add problems that were found elsewhere."""
        self._problems.update(dict.fromkeys(problems))

    def error(self, document: Document, place: Place, message: str) -> None:
        """Add a problem at a place of a file."""
        self.add([document.problem(place, message)])

    def warn(self, document: Document, place: Place, message: str, check: str = CONFIG) -> None:
        """Add a warning at a place of a file."""
        self._warnings[document.problem(place, message, check)] = None

    def unknown(self, document: Document, place: Place, kind: str, name: str, known: Collection[str]) -> None:
        """Add the problem that ``name`` is none of the ``known`` things of a kind."""
        self.error(document, place, f"there is no {kind} {quoted(name)}{self.suggestion(name, known)}")

    def suggestion(self, name: str, known: Collection[str]) -> str:
        """Do as :func:`suggestion` does, as long as that has not compared too many names in this run."""
        self._compared += len(known)
        return suggestion(name, known) if self._compared <= _COMPARISONS else ""


def suggestion(name: str, known: Collection[str]) -> str:
    """Return the names nearest to ``name``, or all where they are few, as the end of a message."""
    close = nearest(name, list(known))
    if close or not known:
        return close
    some = ", ".join(quoted(other) for other in sorted(known)[:_FEW])
    return f"; expected one of {some}" + (", …" if len(known) > _FEW else "")
