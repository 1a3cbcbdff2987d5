"""What can go wrong, as one tree.

::

    CdcmigError                     every error a user can meet; exit code 2 unless said otherwise
    ├── ConfigErrors                problems in YAML files: all of a run, each with file and line
    ├── MappingError                the SQL Server side cannot be expressed in PostgreSQL
    │   ├── UnknownTypeError        a type, of the source or in the config, that cdcmig does not know
    │   └── NameCollisionError      two objects would get the same PostgreSQL name
    ├── RepositoryError             files below alembic/ are missing, inconsistent or foreign
    │   ├── ChecksumError           a landed file was edited, removed or added by hand
    │   └── SchemaSelectionError    `-x schema=` is missing, unknown or ambiguous
    ├── SourceError                 SQL Server: driver, connection, rights
    ├── EvolutionError              a change that is not made without being asked for, or without a hint how
    ├── BrokerError                 Kafka or Redpanda: connection, rights, what is not there
    └── TargetError                 PostgreSQL: connection, rights, locks
        ├── UnreachableError        the server does not answer, or no longer
        ├── LockTimeoutError        somebody else is migrating this schema; exit code 3
        ├── RowsForbidError         rows in a table stand against a step; nothing was changed
        └── DataLossError           a downgrade cannot bring data back, and nobody agreed to that

Every message names the file and line or the object, and says what to do. No message carries a password.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


class CdcmigError(Exception):
    """Base of the tree: a message for a person, a hint what to do, and an exit code."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


CONFIG = "config"
"""The check that finds what is wrong with YAML files."""


@dataclass(frozen=True, order=True)
class Finding:
    """Something wrong, or worth knowing, at a place of a file.

    Attributes:
        check: what found it: ``config``, ``checksum``, ``lint destructive``.
        line: from 1; 0 for the file as a whole.
        place: the keys inside the file, such as ``adopus.sinks``; may be empty.
    """

    check: str
    file: Path
    line: int
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return ": ".join(filter(None, (where, self.place, self.message)))


class ConfigErrors(CdcmigError):  # noqa: N818 - it holds several
    """Every problem found in the configuration files in one run, and the warnings beside them."""

    def __init__(self, problems: Sequence[Finding], warnings: Sequence[Finding] = ()) -> None:
        self.warnings = tuple(warnings)
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class MappingError(CdcmigError):
    """The SQL Server side cannot be expressed in PostgreSQL."""


class UnknownTypeError(MappingError):
    """A type, of the source or in the config, that cdcmig does not know."""


class NameCollisionError(MappingError):
    """Two objects would get the same PostgreSQL name."""


class RepositoryError(CdcmigError):
    """Files below ``alembic/`` are missing, inconsistent or foreign."""


class ChecksumError(RepositoryError):
    """A landed file was edited, removed or added by hand."""


class SchemaSelectionError(RepositoryError):
    """``-x schema=`` is missing, unknown or ambiguous."""


class SourceError(CdcmigError):
    """SQL Server: driver, connection, rights."""


class EvolutionError(CdcmigError):
    """A change that is not made without being asked for, or without a hint how."""


class BrokerError(CdcmigError):
    """Kafka or Redpanda: connection, rights, what is not there."""


class TargetError(CdcmigError):
    """PostgreSQL: connection, rights, locks."""


class UnreachableError(TargetError):
    """The server does not answer, or no longer."""


class LockTimeoutError(TargetError):
    """Somebody else is migrating this schema."""

    exit_code = 3


class RowsForbidError(TargetError):
    """Rows in a table stand against a step; nothing was changed."""


class DataLossError(TargetError):
    """A downgrade cannot bring data back, and nobody agreed to that."""


def nearest(name: str, candidates: Sequence[str], limit: int = 3) -> str:
    """Return ``; did you mean "a" or "b"?`` for the candidates nearest to ``name``, or an empty string."""
    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    close = [folded[match] for match in get_close_matches(name.casefold(), list(folded), n=limit)]
    return "; did you mean " + " or ".join(f'"{match}"' for match in close) + "?" if close else ""


def abridged(names: list[str], limit: int = 8) -> str:
    """Return the names in one line, cut after ``limit``."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
