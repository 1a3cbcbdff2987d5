"""What a run finds wrong or worth telling, gathered instead of raised at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from cdcmig.config.yaml_source import Document, Place, quoted
from cdcmig.errors import Problem, nearest


@dataclass
class Findings:
    """The problems and warnings of a run, each once, in the order in which they were found."""

    _problems: dict[Problem, None] = field(default_factory=dict)
    _warnings: dict[Problem, None] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What must be mended."""
        return tuple(self._problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What should be known; sorted by file and line."""
        return tuple(
            sorted(self._warnings, key=lambda warning: (str(warning.file), warning.line or 0, warning.path))
        )

    def add(self, problems: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere."""
        self._problems.update(dict.fromkeys(problems))

    def error(self, document: Document, place: Place, message: str) -> None:
        """Add a problem at a place of a file."""
        self.add([document.problem(place, message)])

    def warn(self, document: Document, place: Place, message: str) -> None:
        """Add a warning at a place of a file."""
        self._warnings[document.problem(place, message)] = None

    def unknown(self, document: Document, place: Place, kind: str, name: str, known: Collection[str]) -> None:
        """Add the problem that ``name`` is none of the ``known`` things of a kind."""
        self.error(document, place, f"there is no {kind} {quoted(name)}{suggestion(name, known)}")


def suggestion(name: str, known: Collection[str]) -> str:
    """Return the names nearest to ``name``, or all where they are few, as the end of a message."""
    close = nearest(name, list(known))
    if close or not known:
        return close
    some = ", ".join(quoted(other) for other in sorted(known)[:_FEW])
    return f"; expected one of {some}" + (", …" if len(known) > _FEW else "")


_FEW = 12
