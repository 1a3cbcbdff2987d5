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
    """The validated contents of all YAML files.

    Source tables and columns are spelled as in their snapshots.

    Attributes:
        snapshots: keyed by service and source table; a table without a snapshot file has no entry.
        type_map: the unparsed entries of type-map.yaml.
        documents: the files shared by all services, keyed by file name.
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
    documents: Mapping[str, Document] = field(
        default_factory=dict, compare=False, repr=False
    )  # contain passwords

    def where(self, file: str, *place: str) -> str:
        """Format a location in a shared file for a message: file, line and keys."""
        document = self.documents.get(file)
        line = f"{document.file}:{document.line(place)}" if document else file
        return f"{line}: {show(place)}"

    def source_group_of(self, service: str) -> SourceGroup:
        """Return the db-per-tenant group with a service's name, else the db-shared group that lists it as a source.

        Raises:
            KeyError: no group found; cannot happen for the services of a loaded project.
        """
        for name in serving_groups(self.source_groups, service):
            return self.source_groups[name]
        raise KeyError(service)


def load_project(root: Path, *, seen: Mapping[str, Iterable[TableSnapshot]] | None = None) -> Project:
    """Read and check all configuration files of a repository.

    Args:
        root: the repository.
        seen: tables just read from the server, keyed by service, used in place of the snapshot files; ``{}``
            for none.

    Raises:
        ConfigErrors: contains every problem; references are checked only if each file is valid by itself.
    """
    findings = Findings()
    here = _relative_if_below(root)
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
    """The groups of sink-groups.yaml, keyed by name, and the parsed file; None if there are no groups."""

    groups: Mapping[str, SinkGroup]
    document: Document | None


def load_sink_groups(root: Path) -> SinkGroups:
    """Read and check sink-groups.yaml, independently of all other files.

    Raises:
        ConfigErrors: contains every problem of the file.
    """
    findings = Findings()
    groups = read_sink_groups(_relative_if_below(root), findings)
    findings.raise_problems()
    check_sink_groups(groups, findings)
    findings.raise_problems()
    document = next((entry.document for entry in groups.values()), None)
    return SinkGroups(models(groups), document)


def _relative_if_below(root: Path) -> Path:
    """Return the root relative to the current directory if it is below it, for shorter messages."""
    absolute = root.resolve()
    here = Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else root
