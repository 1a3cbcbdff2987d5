"""Where the files of a migration repository lie; names of folders, labels and revision ids."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from cdcmig.errors import RepositoryError, SchemaSelectionError, abridged, nearest

if TYPE_CHECKING:
    from alembic.config import Config

INFRASTRUCTURE = "cdc_management"
"""The schema of what all tenants share: merge state, watermarks, logs, history."""

_SAFE_IN_FOLDERS = " !#$&'()+,;=@[]{}~^`"
_ILLEGAL_IN_LABELS = re.compile(
    r"[@\-+:~]"
)  # alembic.script.revision._revision_illegal_chars, and our own escape
_SYMBOLS = frozenset({"head", "heads", "base", "current"})


def folder_name(schema: str) -> str:
    """Return the folder of a schema: its name, with percent-encoding for what file systems refuse.

    Letters of any script stay readable. Encoded are the characters that POSIX or Windows refuse, ``%`` itself,
    and a dot or blank at either end.
    """
    name = "".join(
        char if char.isalnum() or char in "_-." or char in _SAFE_IN_FOLDERS else quote(char, safe="")
        for char in schema
    )
    if len(name) > 1 and name[-1] in ". ":
        name = f"{name[:-1]}%{ord(name[-1]):02X}"
    if name[:1] in {".", " "}:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return name


def schema_of_folder(folder: str) -> str:
    """Return the schema that :func:`folder_name` made ``folder`` for."""
    return unquote(folder)


def branch_label(schema: str) -> str:
    """Return Alembic's branch label for a schema; ``@ - + :`` are illegal there and become ``~40`` and so on."""
    label = _ILLEGAL_IN_LABELS.sub(lambda match: f"~{ord(match[0]):02x}", schema)
    return f"{label}~" if label in _SYMBOLS else label


def revision_id(sink: str, schema: str, step: str) -> str:
    """Return the revision id of a changeset in one schema: 16 hex digits, the same on every machine."""
    return hashlib.sha256("\0".join((sink, schema, step)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Layout:
    """The paths of one migration repository; ``scripts`` is Alembic's ``script_location``."""

    root: Path
    scripts: Path

    @classmethod
    def at(cls, root: Path) -> Layout:
        """Return the layout of the repository at ``root``, whose ``alembic.ini`` says where the scripts are."""
        ini = root / "alembic.ini"
        if not ini.is_file():
            raise RepositoryError(
                f"{root}: no alembic.ini here",
                hint="run this in a migration repository, or make one: cdcmig init",
            )
        from alembic.config import Config

        return replace(cls.of(Config(str(ini))), root=root)

    @classmethod
    def of(cls, config: Config) -> Layout:
        """Return the layout of the repository that an Alembic config is about."""
        root = Path(config.config_file_name or "alembic.ini").resolve().parent
        location = config.get_alembic_option("script_location") or "alembic"
        return cls(root, (root / location).resolve())

    @property
    def changesets(self) -> Path:
        """The folder of all changesets."""
        return self.scripts / "changesets"

    @property
    def versions(self) -> Path:
        """The folder of all tenant revisions."""
        return self.scripts / "versions"

    @property
    def checksums(self) -> Path:
        """The file with the sha256 of every changeset and revision."""
        return self.scripts / "checksums.txt"

    def changeset_folder(self, sink: str, schema: str) -> Path:
        """Return where the changesets that a schema binds lie: the infrastructure's own, or its sink's."""
        return self.changesets / (INFRASTRUCTURE if schema == INFRASTRUCTURE else sink)

    def branch(self, sink: str, schema: str) -> Path:
        """Return the folder of one branch."""
        return self.versions / sink / folder_name(schema)

    def sinks(self) -> list[str]:
        """Return the sinks that have branches, sorted."""
        return sorted(path.name for path in _folders(self.versions))

    def schemas(self, sink: str) -> list[str]:
        """Return the schemas that have a branch in ``sink``: the infrastructure first, then sorted."""
        found = [schema_of_folder(path.name) for path in _folders(self.versions / sink)]
        return sorted(found, key=lambda schema: (schema != INFRASTRUCTURE, schema))

    def select_sink(self, sink: str | None, schema: str | None) -> str:
        """Return the sink meant by ``--sink`` and ``--schema``, or Alembic's ``-x sink=`` and ``-x schema=``.

        Raises:
            SchemaSelectionError: no such sink or schema, or several sinks fit.
        """
        sinks = self.sinks()
        if not sinks:
            raise SchemaSelectionError(
                f"{self.versions}: there are no branches yet",
                hint='write them: cdcmig revision -m "initial import"',
            )
        if sink is not None:
            if sink not in sinks:
                raise SchemaSelectionError(
                    f'no sink "{sink}"{nearest(sink, sinks)}', hint=f"sinks: {', '.join(sinks)}"
                )
            fitting = [sink]
        else:
            fitting = [name for name in sinks if schema is None or self.branch(name, schema).is_dir()]
        if len(fitting) > 1:
            raise SchemaSelectionError(
                f"several sinks fit: {', '.join(fitting)}",
                hint="choose one: --sink <sink group>.<database> (alembic: -x sink=<sink group>.<database>)",
            )
        if schema is not None and not (fitting and self.branch(fitting[0], schema).is_dir()):
            self._refuse_schema(schema, [sink] if sink else sinks)
        return fitting[0]

    def sink_of(self, sink: str | None, schemas: Sequence[str]) -> str:
        """Return the sink meant by ``--sink`` and any number of ``--schema``.

        Raises:
            SchemaSelectionError: no such sink or schema, or several sinks fit.
        """
        chosen = self.select_sink(sink, schemas[0] if schemas else None)
        for schema in schemas[1:]:
            self.select_sink(chosen, schema)
        return chosen

    def _refuse_schema(self, schema: str, sinks: list[str]) -> None:
        known = sorted({name for sink in sinks for name in self.schemas(sink)})
        raise SchemaSelectionError(
            f'no schema "{schema}"{nearest(schema, known)}', hint=f"{len(known)} schemas: {abridged(known)}"
        )


def _folders(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (entry for entry in path.iterdir() if entry.is_dir() and entry.name != "__pycache__")
