"""All files of a repository, each read and validated for itself, without the references between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from cdcmig.config import files
from cdcmig.config.findings import Findings
from cdcmig.config.groups import Origin, SinkGroup, SourceGroup
from cdcmig.config.service import Service
from cdcmig.config.settings import Settings
from cdcmig.config.templates import ColumnTemplate, ColumnTemplatesFile
from cdcmig.config.type_map import TypeMapFile
from cdcmig.config.validation import kind_of, validated
from cdcmig.config.yaml_source import Document, Place, quoted, read, show
from cdcmig.errors import ConfigErrors

M = TypeVar("M", bound=BaseModel)
G = TypeVar("G", SourceGroup, SinkGroup)


@dataclass(frozen=True)
class Entry(Generic[M]):
    """A thing with a name, and where it stands; its model lacks what is wrong, None if nothing is left."""

    document: Document
    place: Place
    model: M | None

    def keys(self, *inside: str) -> list[str]:
        """Return the keys that are written at a place of this entry, right or wrong."""
        return self.document.keys((*self.place, *inside))


@dataclass(frozen=True)
class Catalog(Generic[M]):
    """The entries of one kind by name. Not ``complete``: a file could not be read, names may be missing."""

    entries: Mapping[str, Entry[M]]
    complete: bool = True

    def models(self) -> dict[str, M]:
        """Return the entries that have a model."""
        return {name: entry.model for name, entry in self.entries.items() if entry.model is not None}


@dataclass(frozen=True)
class Draft:
    """What the files say."""

    services: Catalog[Service]
    source_groups: Catalog[SourceGroup]
    sink_groups: Catalog[SinkGroup]
    column_templates: Catalog[ColumnTemplate]
    settings: Entry[Settings] | None
    type_map: Entry[TypeMapFile] | None


def read_draft(root: Path, findings: Findings) -> Draft:
    """Read everything but snapshots; ``findings`` is told what is wrong."""
    return Draft(
        services=_services(root, findings),
        source_groups=_groups(root, files.SOURCE_GROUPS, SourceGroup, findings),
        sink_groups=read_sink_groups(root, findings),
        column_templates=_column_templates(root, findings),
        settings=_settings(root, findings),
        type_map=_type_map(root, findings),
    )


def read_sink_groups(root: Path, findings: Findings) -> Catalog[SinkGroup]:
    """Read sink-groups.yaml alone."""
    return _groups(root, files.SINK_GROUPS, SinkGroup, findings)


def known_sinks(draft: Draft) -> list[str]:
    """Return the sinks that services may name: ``<sink group>.<database>``."""
    return [
        f"{group}.{database}"
        for group, entry in draft.sink_groups.entries.items()
        for database in entry.keys("sources")
    ]


def serving_groups(draft: Draft, service: str) -> list[str]:
    """Return the source groups that a service belongs to; one is right."""
    groups = draft.source_groups.entries
    own = groups.get(service)
    if own and (own.model is None or own.model.pattern == "db-per-tenant"):
        return [service]
    return [
        name
        for name, entry in groups.items()
        if service in entry.keys("sources") and (entry.model is None or entry.model.pattern == "db-shared")
    ]


def read_document(file: Path, findings: Findings) -> Document | None:
    """Parse a file; None if that fails."""
    try:
        document = read(file)
    except ConfigErrors as error:
        findings.add(error.problems)
        return None
    findings.add(document.problems)
    return document


def _services(root: Path, findings: Findings) -> Catalog[Service]:
    entries: dict[str, Entry[Service]] = {}
    for name, file in files.service_files(root, findings):
        document = read_document(file, findings)
        if document is None or not _is_mapping(document, findings):
            continue
        expected = f"expected the service {quoted(name)}, named like the file"
        for other in document.keys(()):
            if other != name:
                findings.error(document, (other,), expected)
        if name in document.data:
            model = validated(Service, document, (name,), findings, name)
            entries[name] = Entry(document, (name,), model)
        elif not document.data:
            findings.error(document, (), expected)
    return Catalog(entries)


def _groups(root: Path, file_name: str, model: type[G], findings: Findings) -> Catalog[G]:
    document, complete = _shared(root, file_name, findings)
    if document is None:
        return Catalog({}, complete)
    entries = {}
    for name in document.keys(()):
        group = validated(model, document, (name,), findings, name)
        if group is not None:
            servers = {
                key: server.placed(_origin(document, (name, "servers", key)))
                for key, server in group.servers.items()
            }
            group = group.model_copy(update={"servers": servers})
        entries[name] = Entry(document, (name,), group)
    return Catalog(entries)


def _origin(document: Document, place: Place) -> Origin:
    lines = {key: document.line((*place, key)) for key in document.keys(place)}
    return Origin(document.file, show(place), lines | {"": document.line(place)})


def _column_templates(root: Path, findings: Findings) -> Catalog[ColumnTemplate]:
    document, complete = _shared(root, files.COLUMN_TEMPLATES, findings)
    if document is None:
        return Catalog({}, complete)
    model = validated(ColumnTemplatesFile, document, (), findings)
    templates = model.templates if model else {}
    names = document.keys(("templates",))
    return Catalog({name: Entry(document, ("templates", name), templates.get(name)) for name in names})


def _settings(root: Path, findings: Findings) -> Entry[Settings] | None:
    document, _ = _shared(root, files.SETTINGS, findings)
    return Entry(document, (), validated(Settings, document, (), findings)) if document else None


def _type_map(root: Path, findings: Findings) -> Entry[TypeMapFile] | None:
    document, _ = _shared(root, files.TYPE_MAP, findings)
    return Entry(document, (), validated(TypeMapFile, document, (), findings)) if document else None


def _shared(root: Path, file_name: str, findings: Findings) -> tuple[Document | None, bool]:
    """Return a file of the root or services/, None if missing or empty; and False if it is unreadable."""
    file = files.shared_file(root, file_name, findings)
    if file is None:
        return None, True
    document = read_document(file, findings)
    if document is None:
        return None, False
    if document.root is None:
        return None, True
    return (document, True) if _is_mapping(document, findings) else (None, False)


def _is_mapping(document: Document, findings: Findings) -> bool:
    if isinstance(document.data, dict):
        return True
    findings.error(document, (), f"expected a mapping, found {kind_of(document.data)}")
    return False
