"""Tables and customer databases that the config does not name yet, as YAML to paste."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from sqlalchemy import URL, Row

from cdcmig.config.files import SERVICES, SINK_GROUPS, SOURCE_GROUPS
from cdcmig.config.project import Project
from cdcmig.config.service import Service
from cdcmig.config.table_names import TENANT_SCHEMA, fold, join_table_name
from cdcmig.source.catalog import read_tables
from cdcmig.source.connection import source_connection
from cdcmig.source.customers import find_customers
from cdcmig.source.databases import given_database, reference_database, select_services
from cdcmig.source.inspection import Request
from cdcmig.source.matching import qualified_name, selected, unknown_tables
from cdcmig.source.parallel import Progress, silent
from cdcmig.source.server import read_server

CUSTOMER_TEMPLATE = "customer_id"


@dataclass(frozen=True)
class Addition:
    """Something to add to a file of the repository."""

    file: str
    content: Mapping[str, Any]
    note: str

    def __str__(self) -> str:
        text = yaml.safe_dump(dict(self.content), sort_keys=False, allow_unicode=True, width=10_000)
        return f"# {self.note}: merge into {self.file}\n{text}"


@dataclass(frozen=True)
class Discovery:
    """What one service's servers have beyond its config."""

    service: str
    findings: Sequence[Addition] = ()
    notes: Sequence[str] = field(default=())


def discover(
    project: Project, request: Request | None = None, progress: Progress = silent
) -> list[Discovery]:
    """Look for tables and customer databases that the config does not name; writes nothing.

    With a URL, a service that the repository does not have yet gets all files that it needs.

    Raises:
        SourceError: a database cannot be read.
    """
    request = request or Request()
    new = [name for name in request.services if name not in project.services]
    if request.url is not None and (new or not project.services):
        return [_new_service(project, request, request.url, new[0] if new else None)]
    discoveries = []
    for service in select_services(project, request.services):
        discoveries.append(_of_service(project, service, request, progress))
    return discoveries


def _of_service(project: Project, service: Service, request: Request, progress: Progress) -> Discovery:
    url = request.url
    database = (
        given_database(project, service, url)
        if url
        else reference_database(project, service, request.environment)
    )
    with source_connection(database.url, request.timeout) as connection:
        rows = unknown_tables(service, read_tables(connection))
    names = selected(map(qualified_name, rows), request.tables)
    rows = [row for row in rows if qualified_name(row) in names]
    findings = [_tables(project, service, rows)] if rows else []
    if request.url is not None or project.source_group_of(service.name).pattern == "db-shared":
        return Discovery(service.name, findings)
    customers = find_customers(project, service, request, progress)
    if customers.sources:
        note = f"{len(customers.sources)} databases that have the tables of {service.name}"
        findings.append(
            Addition(_shared(project, SOURCE_GROUPS), {customers.group: {"sources": customers.sources}}, note)
        )
    return Discovery(service.name, findings, customers.notes)


def _tables(project: Project, service: Service, rows: Sequence[Row[Any]]) -> Addition:
    shared = project.source_group_of(service.name).pattern == "db-shared"
    templates = [{"template": CUSTOMER_TEMPLATE}] if shared else []
    keys = [key for section in service.sinks.values() for key in section.tables]
    taken = {key.replace(f"{TENANT_SCHEMA}.", f"{service.name}.", 1) for key in keys}
    content = _service_file(service.name, rows, service.sinks, templates, taken)
    return Addition(
        f"services/{service.name}.yaml", content, f"{len(rows)} tables that {service.name} does not name"
    )


def _service_file(
    service: str,
    rows: Sequence[Row[Any]],
    sinks: Mapping[str, Any] | Sequence[str],
    templates: Sequence[Mapping[str, str]],
    taken: set[str] | frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the part of a service's file that names these tables, in every sink."""
    names = [
        (qualified_name(row), target)
        for row, target in zip(rows, target_names(service, rows, taken), strict=True)
    ]
    uses: dict[str, Any] = {"column_templates": list(templates)} if templates else {}
    tables = {target: uses | {"from": name} for name, target in names}
    content: dict[str, Any] = {"source": {"tables": {name: {} for name, _ in names}}}
    if sinks:
        content["sinks"] = {sink: {"tables": dict(tables)} for sink in sinks}
    return {service: content}


def target_names(service: str, rows: Sequence[Row[Any]], taken: set[str] | frozenset[str]) -> list[str]:
    """Return names for the tenant tables; the source schema comes in front where two would be the same."""
    counts = Counter(fold(row.table_name) for row in rows)
    used = {fold(name) for name in taken}
    names = []
    for row in rows:
        name = join_table_name(service, row.table_name)
        if counts[fold(row.table_name)] > 1 or fold(name) in used:
            name = join_table_name(service, f"{row.schema_name}_{row.table_name}")
        names.append(name)
    return names


def _new_service(project: Project, request: Request, url: URL, name: str | None) -> Discovery:
    """Return all files that a database needs to become a service: one tenant, one sink."""
    with source_connection(url, request.timeout) as connection:
        database = read_server(connection).database
        rows = unknown_tables(None, read_tables(connection))
    service = name or fold(database).replace(" ", "_")
    rows = [row for row in rows if qualified_name(row) in selected([qualified_name(row)], request.tables)]
    sink = f"sink_{service}.{service}"
    content = _service_file(service, rows, [sink], [])
    content[service]["source"] = {"validation_database": database, **content[service]["source"]}
    place = {"server": "default", "database": database}
    source_group = {
        "pattern": "db-per-tenant",
        "type": "mssql",
        "servers": {"default": _server("mssql", "MSSQL", "1433")},
        "sources": {database: {"schemas": sorted({row.schema_name for row in rows}), "prod": place}},
    }
    sink_group = {
        "source_group": service,
        "pattern": "db-shared",
        "type": "postgres",
        "servers": {"default": _server("postgres", "PG", "5432")},
        "sources": {service: {"prod": {"server": "default", "database": service}}},
    }
    return Discovery(
        service,
        [
            Addition(f"services/{service}.yaml", content, f"{len(rows)} tables of {database}"),
            Addition(_shared(project, SOURCE_GROUPS), {service: source_group}, "where they come from"),
            Addition(_shared(project, SINK_GROUPS), {f"sink_{service}": sink_group}, "where they go"),
        ],
    )


def _shared(project: Project, name: str) -> str:
    """Return where a file of the whole repository is, or is to be: in its root or in services/."""
    return name if (project.root / name).exists() else f"{SERVICES}/{name}"


def _server(kind: str, prefix: str, port: str) -> dict[str, str]:
    return {
        "type": kind,
        "host": f"${{{prefix}_HOST}}",
        "port": f"${{{prefix}_PORT:-{port}}}",
        "user": f"${{{prefix}_USER}}",
        "password": f"${{{prefix}_PASSWORD}}",
    }
