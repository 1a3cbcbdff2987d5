"""Collects all findings of a run instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from cdcmig.config.yaml_source import Document, Place, quoted
from cdcmig.errors import CONFIG, ConfigErrors, Finding, nearest

_FEW = 12
_COMPARISONS = 30_000
"""Limit on the names compared for suggestions in one run, about one second of work."""


@dataclass
class Findings:
    """The problems and warnings of a run without duplicates, in the order they were found."""

    _problems: dict[Finding, None] = field(default_factory=dict)
    _warnings: dict[Finding, None] = field(default_factory=dict)
    _compared: int = 0

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Errors, which have to be fixed."""
        return tuple(self._problems)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Warnings, sorted; they do not stop a run."""
        return tuple(sorted(self._warnings))

    def raise_problems(self) -> None:
        """Raise the collected problems, if any.

        Raises:
            ConfigErrors: contains all problems and warnings.
        """
        if self._problems:
            raise ConfigErrors(self.problems, self.warnings)

    def add(self, problems: Iterable[Finding]) -> None:
        """Add problems."""
        self._problems.update(dict.fromkeys(problems))

    def error(self, document: Document, place: Place, message: str) -> None:
        """Add a problem at a place of a file."""
        self.add([document.problem(place, message)])

    def warn(self, document: Document, place: Place, message: str, check: str = CONFIG) -> None:
        """Add a warning at a place of a file."""
        self._warnings[document.problem(place, message, check)] = None

    def unknown(self, document: Document, place: Place, kind: str, name: str, known: Collection[str]) -> None:
        """Report a reference to an unknown name, with a suggestion from the ``known`` names."""
        self.error(document, place, f"there is no {kind} {quoted(name)}{self.suggestion(name, known)}")

    def suggestion(self, name: str, known: Collection[str]) -> str:
        """Return :func:`suggestion`, or nothing once this run has compared too many names."""
        self._compared += len(known)
        return suggestion(name, known) if self._compared <= _COMPARISONS else ""


def suggestion(name: str, known: Collection[str]) -> str:
    """Return the end of a message: the known names nearest to ``name``, else the first known names."""
    close = nearest(name, list(known))
    if close or not known:
        return close
    some = ", ".join(quoted(other) for other in sorted(known)[:_FEW])
    return f"; expected one of {some}" + (", …" if len(known) > _FEW else "")
