"""The configuration of a migration repository, loaded and checked as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cdcmig.config.draft import read_draft, read_sink_groups
from cdcmig.config.files import SERVICES
from cdcmig.config.findings import Findings
from cdcmig.config.group_checks import check_groups, check_sink_groups
from cdcmig.config.groups import SinkGroup, SourceGroup
from cdcmig.config.service import Service
from cdcmig.config.service_checks import check_services
from cdcmig.config.settings import Settings
from cdcmig.config.snapshot import TableSnapshot
from cdcmig.config.snapshot_checks import check_columns, given_snapshots, read_snapshots
from cdcmig.config.spelling import spelled
from cdcmig.config.templates import ColumnTemplate
from cdcmig.config.yaml_source import Document, show
from cdcmig.errors import ConfigErrors, Problem


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
    warnings: Sequence[Problem] = ()
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
        own = self.source_groups.get(service)
        if own and own.pattern == "db-per-tenant":
            return own
        for group in self.source_groups.values():
            if group.pattern == "db-shared" and service in group.sources:
                return group
        raise KeyError(service)


def load_project(root: Path, *, seen: Mapping[str, Iterable[TableSnapshot]] | None = None) -> Project:
    """Read and check all configuration files of a repository.

    Args:
        root: the repository.
        seen: tables by service, as a server has them, in place of the snapshot files; ``{}`` for none.

    Raises:
        ConfigErrors: holds every problem of every file.
    """
    findings = Findings()
    here = _shortest(root)
    if not (here / SERVICES).is_dir():
        raise ConfigErrors(
            [Problem(here / SERVICES, None, "", "expected a directory with a file for each service")]
        )
    draft = read_draft(here, findings)
    snapshots = read_snapshots(here, draft, findings) if seen is None else given_snapshots(seen, draft)
    check_groups(draft, findings)
    check_services(draft, findings)
    check_columns(draft, snapshots, findings)
    if findings.problems:
        raise ConfigErrors(findings.problems, findings.warnings)
    services = draft.services.models()
    single = [entry.document for entry in (draft.settings, draft.type_map) if entry is not None]
    catalogs = (draft.source_groups, draft.sink_groups, draft.column_templates)
    documents = single + [entry.document for catalog in catalogs for entry in catalog.entries.values()]
    return Project(
        root=root,
        services={name: spelled(service, snapshots[name]) for name, service in services.items()},
        source_groups=draft.source_groups.models(),
        sink_groups=draft.sink_groups.models(),
        column_templates=draft.column_templates.models(),
        snapshots={
            (service, snapshot.qualified_name): snapshot
            for service, tables in snapshots.items()
            for snapshot in tables.values()
        },
        settings=(draft.settings and draft.settings.model) or Settings(),
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
    catalog = read_sink_groups(_shortest(root), findings)
    check_sink_groups(catalog, findings)
    if findings.problems:
        raise ConfigErrors(findings.problems)
    documents = [entry.document for entry in catalog.entries.values()]
    return SinkGroups(catalog.models(), documents[0] if documents else None)


def _shortest(root: Path) -> Path:
    """Return the root as seen from the current directory, where it lies below: messages are easier to read."""
    absolute = root.resolve()
    here = Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else root
