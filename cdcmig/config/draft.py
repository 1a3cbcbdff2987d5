"""Reads all configuration files except snapshots; each is validated alone, references are not resolved."""

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
    """A validated part of a file, and its location."""

    document: Document
    place: Place
    model: M


@dataclass(frozen=True)
class Draft:
    """The parsed files, keyed by name; complete only if reading them reported no problems."""

    services: Mapping[str, Entry[Service]]
    source_groups: Mapping[str, Entry[SourceGroup]]
    sink_groups: Mapping[str, Entry[SinkGroup]]
    column_templates: Mapping[str, Entry[ColumnTemplate]]
    settings: Entry[Settings] | None
    type_map: Entry[TypeMapFile] | None


def read_draft(root: Path, findings: Findings) -> Draft:
    """Read all files except snapshots."""
    return Draft(
        services=_services(root, findings),
        source_groups=_groups(root, files.SOURCE_GROUPS, SourceGroup, findings),
        sink_groups=read_sink_groups(root, findings),
        column_templates=_column_templates(root, findings),
        settings=_read_model(root, files.SETTINGS, Settings, findings),
        type_map=_read_model(root, files.TYPE_MAP, TypeMapFile, findings),
    )


def read_sink_groups(root: Path, findings: Findings) -> dict[str, Entry[SinkGroup]]:
    """Read sink-groups.yaml only."""
    return _groups(root, files.SINK_GROUPS, SinkGroup, findings)


def models(entries: Mapping[str, Entry[M]]) -> dict[str, M]:
    """Return the models of the entries, keyed by name."""
    return {name: entry.model for name, entry in entries.items()}


def known_sinks(sink_groups: Mapping[str, Entry[SinkGroup]]) -> list[str]:
    """Return the sinks that services may refer to: ``<sink group>.<database>``."""
    return [f"{group}.{database}" for group, entry in sink_groups.items() for database in entry.model.sources]


def read_document(file: Path, findings: Findings) -> Document | None:
    """Parse a file; return None and add findings if that fails."""
    try:
        return read(file)
    except ConfigErrors as error:
        findings.add(error.problems)
        return None


def _services(root: Path, findings: Findings) -> dict[str, Entry[Service]]:
    entries: dict[str, Entry[Service]] = {}
    for name, file in files.service_files(root, findings):
        document = read_document(file, findings)
        if document is None or not _is_mapping(document, findings):
            continue
        expected = f"expected the service {quoted(name)}, the same name as the file"
        for other in document.data:
            if other != name:
                findings.error(document, (other,), expected)
        if name in document.data:
            model = validated(Service, document, (name,), findings, name)
            entries |= {name: Entry(document, (name,), model)} if model else {}
        elif not document.data:
            findings.error(document, (), expected)
    return entries


def _groups(root: Path, file_name: str, model: type[G], findings: Findings) -> dict[str, Entry[G]]:
    document = _read_shared(root, file_name, findings)
    entries: dict[str, Entry[G]] = {}
    for name in document.data if document else ():
        assert document
        group = validated(model, document, (name,), findings, name)
        if group is not None:
            servers = {
                key: server.placed(_origin(document, (name, "servers", key)))
                for key, server in group.servers.items()
            }
            entries[name] = Entry(document, (name,), group.model_copy(update={"servers": servers}))
    return entries


def _origin(document: Document, place: Place) -> Origin:
    lines = {key: document.line((*place, key)) for key in document.at(place)}
    return Origin(document.file, show(place), lines | {"": document.line(place)})


def _column_templates(root: Path, findings: Findings) -> dict[str, Entry[ColumnTemplate]]:
    file = _read_model(root, files.COLUMN_TEMPLATES, ColumnTemplatesFile, findings)
    if file is None:
        return {}
    return {
        name: Entry(file.document, ("templates", name), model) for name, model in file.model.templates.items()
    }


def _read_model(root: Path, file_name: str, model: type[M], findings: Findings) -> Entry[M] | None:
    document = _read_shared(root, file_name, findings)
    valid = validated(model, document, (), findings) if document else None
    return Entry(document, (), valid) if document and valid else None


def _read_shared(root: Path, file_name: str, findings: Findings) -> Document | None:
    """Read a file from the root or services/; return None if it is missing, empty, or not a mapping."""
    file = files.shared_file(root, file_name, findings)
    document = read_document(file, findings) if file else None
    if document is None or document.root is None:
        return None
    return document if _is_mapping(document, findings) else None


def _is_mapping(document: Document, findings: Findings) -> bool:
    if isinstance(document.data, dict):
        return True
    findings.error(document, (), f"expected a mapping, found {kind_of(document.data)}")
    return False
