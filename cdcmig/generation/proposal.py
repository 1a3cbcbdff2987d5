"""The files that a run wants to write; writing them is all or nothing."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from cdcmig.evolution import Refusal, raise_refused
from cdcmig.generation.comparison import Section
from cdcmig.generation.description import describe
from cdcmig.repository import checksums
from cdcmig.repository.layout import INFRASTRUCTURE, Layout, schema_of_folder


class PlannedChange(NamedTuple):
    """What a group of schemas lacks: operations by table, and, for ``new`` schemas, the branch as well.

    Attributes:
        notes: what a reader has to know about the operations.
        refusals: the changes that the operations lack.
    """

    sink: str
    schemas: tuple[str, ...]
    new: tuple[str, ...]
    sections: list[Section]
    notes: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def tables(self) -> dict[str, list[str]]:
        """Return what is done to each table, in short lines; tables of which nothing is to be said are left out."""
        described = {table: describe(table, operations) for table, operations in self.sections}
        return {table: lines for table, lines in described.items() if lines}


@dataclass
class Proposal:
    """Files to write, by path, and what they are; and files to remove.

    Attributes:
        changesets: the new changesets among the files, in order.
        revisions: the new tenant revisions among them.
        removals: files that the new ones replace.
        branches: the folders of the branches that those are of.
        changes: the operations behind the changesets, by group of schemas.
        notes: what a person should know before the files land; each once.
        warnings: shown even if there is nothing to write; each once.
    """

    layout: Layout
    files: dict[Path, str] = field(default_factory=dict)
    changesets: list[Path] = field(default_factory=list)
    revisions: list[Path] = field(default_factory=list)
    branches: set[Path] = field(default_factory=set)
    removals: list[Path] = field(default_factory=list)
    changes: list[PlannedChange] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)

    def accepted(self) -> Proposal:
        """Return the proposal, if nothing in it was refused.

        Raises:
            EvolutionError: changes that are not made without being asked for, or lack a hint; all of them.
        """
        raise_refused(dict.fromkeys(refusal for change in self.changes for refusal in change.refusals))
        return self

    def write(self) -> None:
        """Write the files, then their checksums, then remove what they replace; after a failure all is as before.

        Raises:
            EvolutionError: something was refused.
            OSError: the disk refuses.
        """
        self.accepted()
        if not self.files:
            return
        written: list[Path] = []
        replaced = {path: path.read_bytes() for path in self.removals}
        before = self.layout.checksums.read_bytes() if replaced else None
        try:
            for path, text in self.files.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                written.append(path)
                path.write_text(text, encoding="utf-8", newline="\n")
            self._write_checksums()
            for path in self.removals:
                path.unlink()
        except BaseException:
            for path, content in replaced.items():
                path.write_bytes(content)
            if before is not None:
                self.layout.checksums.write_bytes(before)
            for path in written:
                with suppress(OSError):
                    path.unlink()
            raise

    def _write_checksums(self) -> None:
        file = self.layout.checksums
        scripts = self.layout.scripts
        gone = {path.relative_to(scripts).as_posix() for path in self.removals}
        kept = {path: checksum for path, checksum in checksums.read(file).items() if path not in gone}
        new = {
            path.relative_to(scripts).as_posix(): checksums.digest(text.encode())
            for path, text in self.files.items()
        }
        temporary = file.with_suffix(".tmp")
        temporary.write_text(checksums.render(kept | new), encoding="utf-8", newline="\n")
        temporary.replace(file)

    def schemas(self) -> list[str]:
        """Return the schemas that get new revisions."""
        return sorted({schema_of_folder(path.parent.name) for path in self.revisions})

    def summary(self, *, written: bool) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        root = self.layout.root
        return {
            "written": written and bool(self.files),
            "changesets": [path.relative_to(root).as_posix() for path in self.changesets],
            "revisions": [path.relative_to(root).as_posix() for path in self.revisions],
            "schemas": self.schemas(),
        }

    def sql(self) -> str:
        """Return the DDL of the new changesets, each for the first schema that binds it."""
        return "\n".join(self._sql_of(path) for path in self.changesets)

    def _sql_of(self, changeset: Path) -> str:
        users = [path.parent.name for path in self.revisions if path.name == changeset.name]
        schema = schema_of_folder(users[0]) if users else INFRASTRUCTURE
        module = ModuleType(changeset.stem)
        exec(compile(self.files[changeset], str(changeset), "exec"), module.__dict__)  # noqa: S102 - our own text
        buffer = io.StringIO()
        context = MigrationContext.configure(
            dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer, "literal_binds": True}
        )
        buffer.write(f"-- {changeset.relative_to(self.layout.root).as_posix()}, schema {schema}\n\n")
        with Operations.context(context):
            module.upgrade(schema)
        return buffer.getvalue()
