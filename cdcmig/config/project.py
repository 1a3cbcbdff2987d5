"""The configuration of a migration repository, loaded and checked as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cdcmig.config.draft import models, read_draft, read_sink_groups
from cdcmig.config.files import SERVICES
from cdcmig.config.findings import Findings
from cdcmig.config.group_checks import check_groups, check_sink_groups
from cdcmig.config.groups import SinkGroup, SourceGroup, serving_groups
from cdcmig.config.service import Service
from cdcmig.config.service_checks import check_services
from cdcmig.config.settings import Settings
from cdcmig.config.snapshot import TableSnapshot
from cdcmig.config.snapshot_checks import check_columns, given_snapshots, read_snapshots
from cdcmig.config.spelling import spelled
from cdcmig.config.templates import ColumnTemplate
from cdcmig.config.yaml_source import Document, show
from cdcmig.errors import CONFIG, ConfigErrors, Finding


@dataclass(frozen=True)
class Project:
    """Everything that the YAML files say.

    Source tables and columns are spelled as their snapshots spell them. ``snapshots`` is keyed by service and
    source table, and has no entry for a table without a snapshot file; ``type_map`` holds the lines of
    type-map.yaml as they are written; ``documents`` are the files that all services share, by name.
    """

    root: Path
    services: Mapping[str, Service]
    source_groups: Mapping[str, SourceGroup]
    sink_groups: Mapping[str, SinkGroup]
    column_templates: Mapping[str, ColumnTemplate]
    snapshots: Mapping[tuple[str, str], TableSnapshot]
    settings: Settings = field(default_factory=Settings)
    type_map: Mapping[str, Any] = field(default_factory=dict)
    warnings: Sequence[Finding] = ()
    documents: Mapping[str, Document] = field(default_factory=dict, compare=False, repr=False)  # passwords

    def where(self, file: str, *place: str) -> str:
        """Return file, line and keys of a place in a file that all services share, as errors name it."""
        document = self.documents.get(file)
        line = f"{document.file}:{document.line(place)}" if document else file
        return f"{line}: {show(place)}"

    def source_group_of(self, service: str) -> SourceGroup:
        """Return the db-per-tenant group of a service's name, else the db-shared one that has it as a source.

        Raises:
            KeyError: there is none; a loaded project has one for every service.
        """
        for name in serving_groups(self.source_groups, service):
            return self.source_groups[name]
        raise KeyError(service)


def load_project(root: Path, *, seen: Mapping[str, Iterable[TableSnapshot]] | None = None) -> Project:
    """Read and check all configuration files of a repository.

    Args:
        root: the repository.
        seen: tables by service, as a server has them, in place of the snapshot files; ``{}`` for none.

    Raises:
        ConfigErrors: holds every problem of all files; those of references only once each file is valid by itself.
    """
    findings = Findings()
    here = _shortest(root)
    if not (here / SERVICES).is_dir():
        raise ConfigErrors(
            [Finding(CONFIG, here / SERVICES, 0, "", "expected a directory with a file for each service")]
        )
    draft = read_draft(here, findings)
    snapshots = read_snapshots(here, draft, findings) if seen is None else given_snapshots(seen, draft)
    findings.raise_problems()
    check_groups(draft, findings)
    check_services(draft, findings)
    check_columns(draft, snapshots, findings)
    findings.raise_problems()
    single = [entry.document for entry in (draft.settings, draft.type_map) if entry is not None]
    catalogs = (draft.source_groups, draft.sink_groups, draft.column_templates)
    documents = single + [entry.document for catalog in catalogs for entry in catalog.values()]
    return Project(
        root=root,
        services={
            name: spelled(service, snapshots[name]) for name, service in models(draft.services).items()
        },
        source_groups=models(draft.source_groups),
        sink_groups=models(draft.sink_groups),
        column_templates=models(draft.column_templates),
        snapshots={
            (service, snapshot.qualified_name): snapshot
            for service, tables in snapshots.items()
            for snapshot in tables.values()
        },
        settings=draft.settings.model if draft.settings else Settings(),
        type_map=draft.type_map.document.data if draft.type_map else {},
        warnings=findings.warnings,
        documents={document.file.name: document for document in documents},
    )


class SinkGroups(NamedTuple):
    """The groups of sink-groups.yaml by name, and the file for the places of errors; None where it has none."""

    groups: Mapping[str, SinkGroup]
    document: Document | None


def load_sink_groups(root: Path) -> SinkGroups:
    """Read and check sink-groups.yaml alone: whatever stands in other files does not matter.

    Raises:
        ConfigErrors: holds every problem of the file.
    """
    findings = Findings()
    groups = read_sink_groups(_shortest(root), findings)
    findings.raise_problems()
    check_sink_groups(groups, findings)
    findings.raise_problems()
    document = next((entry.document for entry in groups.values()), None)
    return SinkGroups(models(groups), document)


def _shortest(root: Path) -> Path:
    """Return the root as seen from the current directory, where it lies below: messages are easier to read."""
    absolute = root.resolve()
    here = Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else root
