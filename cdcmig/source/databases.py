"""Which databases to read: a service's reference, and those of its tenants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import URL

from cdcmig.config.files import SOURCE_GROUPS
from cdcmig.config.findings import suggestion
from cdcmig.config.groups import Server, SourceGroup
from cdcmig.config.project import Project
from cdcmig.config.service import Service
from cdcmig.config.table_names import fold
from cdcmig.errors import SourceError, nearest


@dataclass(frozen=True)
class SourceDatabase:
    """A database to read for a service; ``tenant`` and ``environment`` are None for a URL from the command line."""

    service: str
    name: str
    url: URL
    tenant: str | None = None
    environment: str | None = None

    @property
    def label(self) -> str:
        """``Avansas (prod)``, or the database's name."""
        return f"{self.tenant} ({self.environment})" if self.tenant else self.name


@dataclass(frozen=True)
class _Entry:
    """One line ``prod: {server: …, database: …}`` of a source group."""

    tenant: str
    environment: str
    server: str
    database: str


def select_services(project: Project, wanted: Iterable[str]) -> list[Service]:
    """Return the services of these names, or all, sorted by name.

    Raises:
        SourceError: there is no service of a name.
    """
    names = list(wanted) or sorted(project.services)
    for name in names:
        if name not in project.services:
            hint = f"expected one of {', '.join(sorted(project.services))}"
            raise SourceError(
                f'there is no service "{name}"{nearest(name, list(project.services))}', hint=hint
            )
    if not names:
        raise SourceError(
            "this repository has no service yet",
            hint="cdcmig inspect --url … --discover prints one, to be put into services/",
        )
    return [project.services[name] for name in names]


def reference_database(project: Project, service: Service, environment: str | None = None) -> SourceDatabase:
    """Return the database that a service's snapshot is taken from.

    It is the ``validation_database``, on the server that an environment of the source group gives for it; where
    none does, on the only server, or the one named ``default``. Without a validation database it is the first
    database of the source group.

    Raises:
        SourceError: the environment is unknown, or nothing says on which server the database is.
        ConfigErrors: a variable of the server is not set.
    """
    group = project.source_group_of(service.name)
    entries = _entries(project, service, environment)
    wanted = service.source.validation_database
    chosen = next((entry for entry in entries if wanted and fold(entry.database) == fold(wanted)), None)
    if chosen is None and not wanted and entries:
        chosen = entries[0]
    if chosen:
        url = group.servers[chosen.server].url(chosen.database)
        return SourceDatabase(service.name, chosen.database, url, environment=chosen.environment)
    if not wanted:
        raise SourceError(
            f"service {service.name}: nothing says which database to read",
            hint=f"set source.validation_database in services/{service.name}.yaml",
        )
    server = _only_server(group, entries, service)
    return SourceDatabase(service.name, wanted, server.url(wanted), environment=environment)


def given_database(project: Project, service: Service, url: URL) -> SourceDatabase:
    """Return the database of a URL from the command line; one without a database means the reference's."""
    if url.database or "odbc_connect" in url.query:
        return SourceDatabase(service.name, url.database or service.source.validation_database or "", url)
    name = service.source.validation_database
    if not name:
        entries = _entries(project, service, None)
        name = entries[0].database if entries else ""
    return SourceDatabase(service.name, name, url.set(database=name))


def tenant_databases(
    project: Project, service: Service, environment: str | None = None
) -> list[SourceDatabase]:
    """Return the database of every tenant (of a shared service: its own), each database once, in file order.

    Raises:
        SourceError: the environment is unknown.
        ConfigErrors: a variable of a server is not set.
    """
    group = project.source_group_of(service.name)
    databases: dict[tuple[str, str], SourceDatabase] = {}
    for entry in _entries(project, service, environment):
        url = group.servers[entry.server].url(entry.database)
        databases.setdefault(
            (entry.server, fold(entry.database)),
            SourceDatabase(service.name, entry.database, url, entry.tenant, entry.environment),
        )
    return list(databases.values())


def _entries(project: Project, service: Service, environment: str | None) -> list[_Entry]:
    """Return the databases of a service's group that concern it, in file order."""
    group = project.source_group_of(service.name)
    shared = group.pattern == "db-shared"
    entries = [
        _Entry(tenant, name, place.server, place.database)
        for tenant, source in group.sources.items()
        if not shared or tenant == service.name
        for name, place in source.environments.items()
    ]
    if environment is None:
        return entries
    known = {entry.environment for entry in entries}
    if environment not in known:
        where = project.where(SOURCE_GROUPS, group.name, "sources")
        raise SourceError(f'{where}: there is no environment "{environment}"{suggestion(environment, known)}')
    return [entry for entry in entries if entry.environment == environment]


def _only_server(group: SourceGroup, entries: list[_Entry], service: Service) -> Server:
    names = {entry.server for entry in entries} & group.servers.keys() or set(group.servers)
    name = next(iter(names)) if len(names) == 1 else "default"
    if name not in names:
        raise SourceError(
            f'service {service.name}: nothing says which server has "{service.source.validation_database}"',
            hint=f"name that database below {group.name}.sources in source-groups.yaml, or use --env or --url",
        )
    return group.servers[name]
