"""Databases on the servers of a source group that look like a customer's and that the config does not name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdcmig.config.groups import Server, SourceGroup
from cdcmig.config.project import Project
from cdcmig.config.service import Service
from cdcmig.config.table_names import fold, split_table_name
from cdcmig.errors import CdcmigError
from cdcmig.source.catalog import read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.inspection import Request
from cdcmig.source.matching import match_tables
from cdcmig.source.parallel import Progress, each
from cdcmig.source.server import user_databases


@dataclass(frozen=True)
class Customers:
    """New entries for a group's ``sources``, and servers that could not be asked."""

    group: str
    sources: Mapping[str, Any]
    notes: Sequence[str] = field(default=())


def find_customers(project: Project, service: Service, request: Request, progress: Progress) -> Customers:
    """Look on every server of a service's group for databases with at least half of the service's tables."""
    group = project.source_group_of(service.name)
    prefix = common_prefix(
        [e.database for source in group.sources.values() for e in source.environments.values()]
    )
    schemas = sorted({split_table_name(name).schema for name in service.source.tables}) or ["dbo"]
    sources: dict[str, Any] = {}
    notes = []
    for name, server in group.servers.items():
        environment, known = _known(group, name)
        if environment is None:
            continue
        known.add(fold(service.source.validation_database or ""))
        try:
            found = _databases_like(service, server, request, progress)
        except CdcmigError as error:
            notes.append(f"server {name}: {error.message}")
            continue
        for database in found:
            if fold(database) not in known:
                place = {environment: {"server": name, "database": database}}
                sources[customer_name(database, prefix)] = {"schemas": schemas, **place}
    return Customers(group.name, sources, notes)


def customer_name(database: str, prefix: str) -> str:
    """Return the database's name without what all of them begin with: ``Avansas`` of ``AdOpusAvansas``."""
    return database[len(prefix) :] if database.startswith(prefix) and database != prefix else database


def common_prefix(names: Sequence[str]) -> str:
    """Return what all names begin with; nothing for less than two."""
    distinct = sorted(set(names))
    if len(distinct) < 2:  # noqa: PLR2004 - two names have something in common, one has not
        return ""
    first, last = distinct[0], distinct[-1]
    length = next((i for i, c in enumerate(first) if not last.startswith(first[: i + 1])), len(first))
    return first[:length]


def _known(group: SourceGroup, server: str) -> tuple[str | None, set[str]]:
    """Return the environment that is used most on a server, and the databases that the config names there."""
    entries = [
        (environment, entry.database)
        for source in group.sources.values()
        for environment, entry in source.environments.items()
        if entry.server == server
    ]
    environments = [environment for environment, _ in entries]
    most = max(sorted(set(environments)), key=environments.count, default=None)
    return most, {fold(database) for _, database in entries}


def _databases_like(service: Service, server: Server, request: Request, progress: Progress) -> list[str]:
    url = server.url("master")
    with source_connection(url, request.timeout) as connection:
        names = user_databases(connection)

    def has_tables(database: str) -> bool:
        with source_connection(url.set(database=database), request.timeout) as connection:
            matches = match_tables(service, (), read_tables(connection))
        return bool(matches.rows) and len(matches.rows) >= len(matches.missing)

    results = each(names, has_tables, request.jobs, progress)
    return [name for name, result in zip(names, results, strict=True) if result is True]
