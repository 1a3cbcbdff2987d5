"""Reading and writing the revisions of a branch: small files that bind one changeset to one schema."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdcmig.errors import RepositoryError, abridged
from cdcmig.repository.layout import INFRASTRUCTURE, Layout, branch_label, revision_id
from cdcmig.repository.rendering import docstring

_ASSIGNMENT = re.compile(
    r"^(revision|down_revision)(?:\s*:[^=\n]*)?\s*=\s*(None|\"[^\"]*\"|'[^']*')", re.MULTILINE
)

_LABEL = re.compile(r"^branch_labels = \((.+),\)$", re.MULTILINE)
_REPLACES = re.compile(r"^replaces = (\{\n(?:    .*\n)*\})$", re.MULTILINE)

ONE_CHAIN = (
    "where git merged two changesets that follow the same step: delete the files of the one that no database has seen,"
    ' then cdcmig repair --forget NAME, then cdcmig revision -m "…"'
)
_RESTORE = "restore the folder as git has it: git status names files that were added, removed or edited"


@dataclass(frozen=True)
class Step:
    """One revision of a branch.

    Attributes:
        name: the file's name without ``.py``.
        bound: whether it binds the changeset of that name; else it is a revision of this schema's own.
    """

    name: str
    revision: str
    down_revision: str | None
    path: Path
    bound: bool


def read_branch(layout: Layout, sink: str, schema: str) -> tuple[Step, ...]:
    """Return the steps of a branch from base to head; empty where there is no branch.

    Raises:
        RepositoryError: a file is no revision, or the revisions form no single chain.
    """
    folder = layout.branch(sink, schema)
    changesets = layout.changeset_folder(sink, schema)
    steps = [_read(path, changesets) for path in sorted(folder.glob("*.py"))]
    following = {step.down_revision: step for step in steps}
    chain: list[Step] = []
    while (step := following.pop(chain[-1].revision if chain else None, None)) is not None:
        chain.append(step)
    if not len(chain) == len(steps) == len({step.revision for step in steps}):
        fault, hint = _broken(steps, [step for step in steps if step not in chain])
        raise RepositoryError(
            f"{folder}: the revisions form no single chain from base to head: {fault}", hint=hint
        )
    return tuple(chain)


def _broken(steps: Sequence[Step], apart: Sequence[Step]) -> tuple[str, str]:
    """Return what is wrong with revisions that are no chain, and what helps.

    Args:
        apart: those that the way from the base does not reach, in order.
    """
    first: dict[str, Step] = {}
    for step in steps:
        if first.setdefault(step.revision, step) != step:
            return f"{step.path.name} has the revision id of {first[step.revision].path.name}", _RESTORE
    for step in apart:
        if step.down_revision not in {None, *first}:
            return f"{step.path.name} follows {step.down_revision}, which no file has", _RESTORE
    for step in apart:
        rivals = [rival for rival in steps if rival.down_revision == step.down_revision]
        if len(rivals) > 1:
            return f"{_listed(rivals)} follow {'the same' if step.down_revision else 'no'} step", ONE_CHAIN
    circle = "follow each other in a circle" if len(apart) > 1 else "follows itself"
    return f"{_listed(apart)} {circle}", _RESTORE


def _listed(steps: Sequence[Step]) -> str:
    *names, last = [step.path.name for step in steps]
    return f"{abridged(names)} and {last}" if names else last


def _read(path: Path, changesets: Path) -> Step:
    found = {
        name: None if value == "None" else value[1:-1]
        for name, value in _ASSIGNMENT.findall(path.read_text(encoding="utf-8"))
    }
    revision = found.get("revision")
    if revision is None or "down_revision" not in found:
        raise RepositoryError(f"{path}: not an Alembic revision: revision or down_revision is missing")
    bound = (changesets / path.name).is_file()
    return Step(path.stem, revision, found["down_revision"], path, bound)


def render_revision(
    sink: str,
    schema: str,
    step: str,
    message: str,
    *,
    down_revision: str | None,
    label: str | None,
    replaces: Mapping[str, str] | None = None,
) -> str:
    """Return the text of a tenant revision.

    Args:
        label: given on the first revision of a branch only.
        replaces: of a baseline, what was folded into it, in order: revision → name of the step.
    """
    revision = revision_id(sink, schema, step)
    folder = INFRASTRUCTURE if schema == INFRASTRUCTURE else sink
    labels = f"branch_labels = ({label!r},)\n" if label else ""
    folded = "".join(f"    {old!r}: {name!r},\n" for old, name in (replaces or {}).items())
    if folded:
        labels += "\n# Folded by cdcmig squash: a database at the last of these is at this baseline.\n"
        labels += f"replaces = {{\n{folded}}}\n"
    title = docstring(
        f"{message}\n\nSchema {schema} of {sink}.\n\nRevision ID: {revision}\nRevises: {down_revision or ''}".rstrip()
    )
    return (
        f"{title}\n\nfrom cdcmig import bind\n\n"
        f"revision = {revision!r}\ndown_revision = {down_revision!r}\n{labels}\n"
        f"upgrade, downgrade = bind({f'{folder}/{step}'!r}, schema={schema!r})\n"
    )


def replaced_by(step: Step) -> dict[str, str]:
    """Return what was folded into a baseline, in order: revision → name of the step; nothing for other steps."""
    match = _REPLACES.search(step.path.read_text(encoding="utf-8"))
    return dict(ast.literal_eval(match[1])) if match else {}


def label_of(step: Step) -> str | None:
    """Return the branch label that a revision carries, None where it carries none."""
    match = _LABEL.search(step.path.read_text(encoding="utf-8"))
    return str(ast.literal_eval(match[1])) if match else None


def free_label(
    layout: Layout, sink: str, schema: str, sinks: Iterable[str], proposed: Collection[Path] = ()
) -> str:
    """Return the branch label of a new branch; it carries the sink where another sink has that schema already.

    Args:
        sinks: all sinks that have branches, or get some.
        proposed: branch folders that are about to be written; a set, for many tenants ask.
    """
    others = [layout.branch(other, schema) for other in sinks if other != sink]
    taken = any(folder in proposed or folder.is_dir() for folder in others)
    return branch_label(f"{schema}.{sink}" if taken else schema)
