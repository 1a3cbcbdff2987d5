"""What `cdcmig check` finds in the files below ``alembic/``, without any database."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cdcmig.errors import Finding, RepositoryError
from cdcmig.repository import checksums
from cdcmig.repository.branches import Step, read_branch
from cdcmig.repository.layout import INFRASTRUCTURE, Layout, revision_id

HEAD = "head"
BINDING = "binding"

_LITERAL = r"""('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
_BINDING = re.compile(rf"\bbind\(\s*{_LITERAL}\s*,\s*schema\s*=\s*{_LITERAL}\s*,?\s*\)")


def audit(layout: Layout) -> list[Finding]:
    """Return every fault of the files: checksums, chains, bindings."""
    return [*checksums.faults(layout.scripts, _folders(layout)), *_branches(layout), *_unbound(layout)]


def _folders(layout: Layout) -> tuple[Path, ...]:
    return layout.changesets, layout.versions


def _branches(layout: Layout) -> Iterator[Finding]:
    """Check every branch: one chain with one head, revision ids used once, every binding right."""
    seen: dict[str, Path] = {}
    for sink in layout.sinks():
        for schema in layout.schemas(sink):
            try:
                steps = read_branch(layout, sink, schema)
            except RepositoryError as error:
                yield Finding(HEAD, layout.branch(sink, schema), 0, "", error.message.partition(": ")[2])
                continue
            for step in steps:
                first = seen.setdefault(step.revision, step.path)
                if first != step.path:
                    yield Finding(HEAD, step.path, 0, "", f"has the revision id of {first}")
                yield from _binding(layout, sink, schema, step)


def _binding(layout: Layout, sink: str, schema: str, step: Step) -> Iterator[Finding]:
    """Check that a revision binds the changeset of its own name, to its own schema."""
    found = bound_changeset(step.path.read_text(encoding="utf-8"))
    if found is None:
        return
    changeset, bound_schema = found
    expected = layout.changeset_folder(sink, schema).name + "/" + step.name
    if not (layout.changesets / f"{changeset}.py").is_file():
        yield Finding(BINDING, step.path, 0, "", f"binds {changeset}, which does not exist")
    elif changeset != expected:
        yield Finding(BINDING, step.path, 0, "", f"binds {changeset}; expected {expected}")
    if bound_schema != schema:
        yield Finding(BINDING, step.path, 0, "", f'binds the schema "{bound_schema}"; expected "{schema}"')
    if step.revision != revision_id(sink, schema, step.name):
        yield Finding(BINDING, step.path, 0, "", f"has revision id {step.revision}, which is not its own")


def bound_changeset(text: str) -> tuple[str, str] | None:
    """Return the changeset and the schema that a revision binds; None for one with operations of its own."""
    match = _BINDING.search(text)
    return (ast.literal_eval(match[1]), ast.literal_eval(match[2])) if match else None


def _unbound(layout: Layout) -> Iterator[Finding]:
    """Name the changesets that no branch binds: they would never run."""
    used: dict[str, set[str]] = defaultdict(set)
    for sink in layout.sinks():
        for schema in layout.schemas(sink):
            names = {path.name for path in layout.branch(sink, schema).glob("*.py")}
            used[INFRASTRUCTURE if schema == INFRASTRUCTURE else sink] |= names
    renamed = checksums.renamed(layout.scripts, _folders(layout))
    for path in sorted(layout.changesets.glob("*/*.py")):
        if path.name not in used[path.parent.name] and path not in renamed:
            hint = f"no branch binds it: cdcmig promote {path.stem[:4]}"
            yield Finding(BINDING, path, 0, "", hint)
