"""Selects the files for `cdcmig lint`: all, named ones, or those pending in a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection

from cdcmig.errors import Finding, RepositoryError, abridged, nearest
from cdcmig.evolution.lint import lint_changeset
from cdcmig.repository.audit import bound_changeset
from cdcmig.repository.branches import Step, read_branch, replaced_by
from cdcmig.repository.layout import Layout
from cdcmig.runtime import squashed


def lint(files: Sequence[Path]) -> Iterator[Finding]:
    """Lint files; the codes of the findings are documented in docs/lint.md."""
    for file in files:
        yield from lint_changeset(file)


def migrations(layout: Layout, sink: str | None = None) -> list[Path]:
    """Return the files that contain operations: changesets, and revisions without one, of a sink or of all."""
    changesets = sorted(layout.changesets.glob(f"{sink or '*'}/*.py"))
    revisions = sorted(layout.versions.glob(f"{sink or '*'}/*/*.py"))
    own = [path for path in revisions if bound_changeset(path.read_text(encoding="utf-8")) is None]
    return changesets + own


def named(layout: Layout, names: Sequence[str], sink: str | None = None) -> list[Path]:
    """Return the files with the given names: a changeset's number or name, a revision id, or a path.

    Raises:
        RepositoryError: a name matches no file.
    """
    known = migrations(layout, sink)
    found: list[Path] = []
    for name in names:
        matching = [path for path in known if _matches(path, name)]
        if not matching and Path(name).is_file():
            matching = [Path(name).resolve()]
        matching = matching or _by_revision(layout, name, sink)
        if not matching:
            names = sorted({path.stem for path in known}, reverse=True)
            message = f'no changeset or revision "{name}"{nearest(name, names)}'
            raise RepositoryError(message, hint=f"the latest are {abridged(names)}" if names else None)
        found += matching
    return list(dict.fromkeys(found))


def _matches(path: Path, name: str) -> bool:
    return path.stem == name or (name.isdecimal() and path.name.startswith(f"{int(name):04d}_"))


def _by_revision(layout: Layout, revision: str, sink: str | None) -> list[Path]:
    for each in layout.sinks():
        for schema in layout.schemas(each) if sink in {None, each} else ():
            for step in read_branch(layout, each, schema):
                if step.revision == revision:
                    return [_source(layout, each, schema, step)]
    return []


def pending(connection: Connection, layout: Layout, sink: str, schemas: Sequence[str] = ()) -> list[Path]:
    """Return the files pending in at least one schema of a database, in the order of their branches."""
    found: dict[Path, None] = {}
    for schema in layout.schemas(sink):
        if not schemas or schema in schemas:
            steps = read_branch(layout, sink, schema)
            current = squashed.current(connection, schema)
            done = [
                place for place, step in enumerate(steps, 1) if current in {step.revision, *replaced_by(step)}
            ]
            for step in steps[max(done, default=0) :]:
                found[_source(layout, sink, schema, step)] = None
    connection.rollback()
    return list(found)


def _source(layout: Layout, sink: str, schema: str, step: Step) -> Path:
    return layout.changeset_folder(sink, schema) / step.path.name if step.bound else step.path
