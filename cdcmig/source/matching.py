"""Finds the tables that the config names among those of the server, ignoring case like SQL Server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Row

from cdcmig.config.files import SERVICES
from cdcmig.config.findings import Findings, suggestion
from cdcmig.config.service import Service
from cdcmig.config.table_names import Spellings, fold, join_table_name, normal
from cdcmig.config.yaml_source import Place, read
from cdcmig.errors import CONFIG, ConfigErrors, Finding, SourceError

_SYSTEM_SCHEMAS = {"cdc", "sys"}
_SYSTEM_TABLES = {"dbo.sysdiagrams", "dbo.systranschemas", "dbo.dtproperties"}
_HISTORY = 1


def qualified_name(row: Row[Any]) -> str:
    """Return ``dbo.Actor`` of a row of :func:`cdcmig.source.catalog.read_tables`."""
    return join_table_name(row.schema_name, row.table_name)


def selected(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """Return the names that fit one of the patterns (``dbo.Actor*``; case does not matter), all without patterns."""
    if not patterns:
        return list(names)
    return [name for name in names if any(fnmatchcase(fold(name), fold(pattern)) for pattern in patterns)]


def with_selected_tables(services: Sequence[Service], patterns: Sequence[str]) -> list[Service]:
    """Return the services that have a table which fits one of the patterns, all without patterns.

    Raises:
        SourceError: there is none.
    """
    chosen = [service for service in services if not patterns or selected(service.source.tables, patterns)]
    if not chosen:
        known = [name for service in services for name in service.source.tables]
        raise SourceError(f"no table fits {', '.join(patterns)}{suggestion(patterns[0], known)}")
    return chosen


class Matches(NamedTuple):
    """Rows of the catalog for the tables that a config names, and the names that the server does not have."""

    rows: list[Row[Any]]
    missing: list[str]


def match_tables(service: Service, patterns: Sequence[str], rows: Sequence[Row[Any]]) -> Matches:
    """Find the tables that a service's config names and the patterns fit; by the same spelling, else ignoring case."""
    by_name = {qualified_name(row): row for row in rows}
    spellings = Spellings(by_name)
    matches = Matches([], [])
    for name in selected(service.source.tables, patterns):
        found = spellings.find(normal(name))
        if found:
            matches.rows.append(by_name[found])
        else:
            matches.missing.append(name)
    return matches


def missing_tables(
    root: Path, service: Service, missing: Sequence[str], on_server: Sequence[str]
) -> ConfigErrors:
    """Return the error for tables that the config names and the server lacks, with the nearest that it has."""
    findings = Findings()
    return ConfigErrors(
        [
            _problem(
                root,
                service,
                ("source", "tables", name),
                f'the server has no table "{name}", or hides it{findings.suggestion(name, on_server)}',
            )
            for name in missing
        ]
    )


def _problem(root: Path, service: Service, place: Place, message: str) -> Finding:
    file = root / SERVICES / f"{service.name}.yaml"
    if file.is_relative_to(Path.cwd()):
        file = file.relative_to(Path.cwd())
    try:
        return read(file).problem((service.name, *place), message)
    except (OSError, ConfigErrors):
        return Finding(CONFIG, file, 0, ".".join(map(str, place)), message)


def unknown_tables(service: Service | None, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return the tables of a server that a service's config does not name and that hold data of their own.

    History tables of temporal and ledger tables follow theirs; ``cdc`` is change data capture's own schema.
    """
    named = {fold(name) for name in service.source.tables} if service else set()
    return [
        row
        for row in rows
        if fold(qualified_name(row)) not in named
        and row.schema_name not in _SYSTEM_SCHEMAS
        and qualified_name(row) not in _SYSTEM_TABLES
        and not (_HISTORY in (row.temporal_type, row.ledger_type) or row.is_external)
    ]
