"""`cdcmig promote`: a changeset that a canary has, or that was written by hand, for the other branches too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdcmig.config.project import Project
from cdcmig.desired.planner import Planner
from cdcmig.errors import RepositoryError, SchemaSelectionError, abridged, nearest
from cdcmig.generation.proposal import Proposal
from cdcmig.repository import checksums
from cdcmig.repository.branches import Step, free_label, read_branch, render_revision
from cdcmig.repository.layout import INFRASTRUCTURE, Layout
from cdcmig.repository.rendering import title_of

Chain = tuple[str, ...]
"""The names of a branch's steps, from base to head."""


@dataclass(frozen=True)
class Promotion:
    """What is to be written, and why some branches get nothing.

    Attributes:
        bound: the schemas whose branches get the changeset.
        skipped: the reason, by schema, for those that do not get it; not those that have it.
    """

    changeset: Path
    sink: str
    proposal: Proposal
    bound: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def promote(
    project: Project, changeset: str, schemas: Sequence[str] = (), sink: str | None = None
) -> Promotion:
    """Return what binds a changeset to the branches that lack it.

    A branch gets it if it stands where a branch that has it stood before; one that no branch has, because it was
    written by hand, goes on top of all branches.

    Args:
        changeset: its number, ``7`` or ``0007``, or its name.
        schemas: only these; the reason why one of them cannot get it is an error.

    Raises:
        RepositoryError: there is no such changeset, or the reason above.
        SchemaSelectionError: an unknown schema.
        ChecksumError: the files are not as they landed.
    """
    layout = Layout.at(project.root)
    path = find_changeset(layout, changeset, sink)
    promotion = Promotion(path, path.parent.name, Proposal(layout))
    folders = [layout.versions / promotion.sink, layout.changesets / promotion.sink]
    checksums.verify(layout.scripts, folders)
    configured = Planner(project, promotion.sink).configured()
    branches = {
        schema: read_branch(layout, promotion.sink, schema)
        for schema in layout.schemas(promotion.sink)
        if schema != INFRASTRUCTURE
    }
    for schema in schemas:
        if schema not in branches:
            raise SchemaSelectionError(f'no branch "{schema}"{nearest(schema, list(branches))}')
    chains = {schema: tuple(step.name for step in steps) for schema, steps in branches.items()}
    for schema, chain in chains.items():
        if path.stem in chain or (schemas and schema not in schemas):
            continue
        reason = None if schema in configured else "nothing in the config needs it"
        reason = reason or obstacle(path.stem, schema, chains)
        if reason is None:
            _bind(promotion, schema, branches[schema])
        elif schemas:
            raise RepositoryError(f'"{schema}" cannot get {path.stem}: {reason}')
        else:
            promotion.skipped[schema] = reason
    return promotion


def find_changeset(layout: Layout, wanted: str, sink: str | None = None) -> Path:
    """Return the file of a sink's changeset, named by number or name.

    Raises:
        RepositoryError: none fits, or several do.
        SchemaSelectionError: an unknown sink.
    """
    if sink is not None:
        layout.select_sink(sink, None)
    number = f"{int(wanted):04d}_" if wanted.isdecimal() else None
    known = [
        path
        for path in sorted(layout.changesets.glob(f"{sink or '*'}/*.py"))
        if path.parent.name != INFRASTRUCTURE
    ]
    found = [path for path in known if path.stem == wanted or (number and path.name.startswith(number))]
    if not found:
        names = sorted({path.stem for path in known}, reverse=True)
        message = f'{layout.changesets}: no changeset "{wanted}"{nearest(wanted, names)}'
        raise RepositoryError(message, hint=f"the latest are {abridged(names)}" if names else None)
    if len(found) > 1:
        several = ", ".join(f"{path.parent.name}/{path.stem}" for path in found)
        raise RepositoryError(f'"{wanted}" may be {several}', hint="give the whole name, or --sink")
    return found[0]


def obstacle(changeset: str, schema: str, chains: Mapping[str, Chain]) -> str | None:
    """Return why a branch cannot get a changeset that it lacks, None if it can."""
    chain = chains[schema]
    models = [other[: other.index(changeset)] for other in chains.values() if changeset in other]
    if not models or chain in models:
        return None
    for model in models:
        if model[: len(chain)] == chain:
            missing = ", ".join(model[len(chain) :])
            return f"it lacks {missing}, which comes first"
    return "its history is another one; `cdcmig revision` finds out whether it needs the changeset"


def _bind(promotion: Promotion, schema: str, steps: tuple[Step, ...]) -> None:
    layout, sink, name = promotion.proposal.layout, promotion.sink, promotion.changeset.stem
    file = layout.branch(sink, schema) / promotion.changeset.name
    promotion.proposal.files[file] = render_revision(
        sink,
        schema,
        name,
        title_of(promotion.changeset.read_text(encoding="utf-8")) or name,
        down_revision=steps[-1].revision if steps else None,
        label=None if steps else free_label(layout, sink, schema, layout.sinks()),
    )
    promotion.proposal.revisions.append(file)
    promotion.bound.append(schema)
