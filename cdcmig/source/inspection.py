"""Reads the source databases of a repository and compares them with its snapshots (``cdcmig inspect``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from cdcmig.config.project import Project, load_project
from cdcmig.config.service import Service
from cdcmig.config.snapshot import TableSnapshot
from cdcmig.errors import CdcmigError, ConfigErrors
from cdcmig.source import matching, snapshots
from cdcmig.source.catalog import read_catalog, read_tables
from cdcmig.source.connection import DEFAULT_TIMEOUT, server_name, source_connection
from cdcmig.source.databases import SourceDatabase, given_database, reference_database, select_services
from cdcmig.source.parallel import Progress, each, silent
from cdcmig.source.reflection import reflect, tables_without_sight_of_captures
from cdcmig.source.snapshots import SnapshotFile

DEFAULT_JOBS = 4


@dataclass(frozen=True)
class Request:
    """What to inspect, and how.

    Args:
        services: names; all by default.
        tables: patterns for ``schema.Table`` names of the config, such as ``dbo.Actor*``; all by default.
        environment: key of the source groups, such as ``prod``.
        url: a SQLAlchemy URL instead of the source group's server.
        timeout: seconds for the login, and for each statement.
        jobs: databases that are read at the same time.
    """

    services: Sequence[str] = ()
    tables: Sequence[str] = ()
    environment: str | None = None
    url: URL | None = None
    timeout: int = DEFAULT_TIMEOUT
    jobs: int = DEFAULT_JOBS


@dataclass(frozen=True)
class Inspection:
    """What one service's reference database holds, compared with the snapshot files."""

    service: str
    database: str
    server: str
    tables: Sequence[TableSnapshot]
    """As the server has them, with the exact estimate of rows."""
    files: Sequence[SnapshotFile]
    notes: Sequence[str] = field(default=())

    @property
    def differs(self) -> bool:
        """Whether the snapshot files differ from the server in content, not only in format."""
        return any(file.state in ("new", "changed", "gone") for file in self.files)


def inspect_services(
    project: Project, request: Request | None = None, progress: Progress = silent
) -> list[Inspection]:
    """Read the reference database of every service, and compare it with the snapshot files; writes nothing.

    Call :func:`write_snapshots` with the result to write.

    Raises:
        SourceError: a database cannot be read; nothing is returned of the others either.
        ConfigErrors: the config names tables or columns that the server lacks.
    """
    request = request or Request()
    services = matching.with_selected_tables(select_services(project, request.services), request.tables)
    work = [(service, _database(project, service, request)) for service in services]
    results = each(
        work,
        lambda item: _inspect(project.root, *item, request),
        request.jobs,
        progress,
        lambda item: item[0].name,
    )
    raise_all([result for result in results if isinstance(result, CdcmigError)])
    inspections = [result for result in results if isinstance(result, Inspection)]
    load_project(project.root, seen={inspection.service: inspection.tables for inspection in inspections})
    return inspections


def write_snapshots(inspections: Sequence[Inspection], *, prune: bool = False) -> list[Path]:
    """Write the files that changed, and with ``prune`` remove those of tables that are gone.

    Returns:
        The paths that were written or removed.
    """
    return [path for inspection in inspections for path in snapshots.write(inspection.files, prune)]


@dataclass(frozen=True)
class Reading:
    """What a database holds of the tables that a service's config names."""

    tables: Sequence[TableSnapshot]
    missing: Sequence[str]
    """Names in the config that the server does not have."""
    on_server: Sequence[str]
    """Qualified names of all tables of the database."""


def read_database(
    service: Service, database: SourceDatabase, patterns: Sequence[str], timeout: int
) -> Reading:
    """Read a service's tables, in a number of statements that does not depend on how many they are.

    Raises:
        SourceError: the database cannot be read.
    """
    with source_connection(database.url, timeout) as connection:
        rows = read_tables(connection)
        matches = matching.match_tables(service, patterns, rows)
        catalog = read_catalog(connection, matches.rows)
    names = [matching.qualified_name(row) for row in rows]
    return Reading(reflect(catalog, database.name, service.name), matches.missing, names)


def _database(project: Project, service: Service, request: Request) -> SourceDatabase:
    if request.url is not None:
        return given_database(project, service, request.url)
    return reference_database(project, service, request.environment)


def _inspect(root: Path, service: Service, database: SourceDatabase, request: Request) -> Inspection:
    found = read_database(service, database, request.tables, request.timeout)
    if found.missing:
        raise matching.missing_tables(root, service, found.missing, found.on_server)
    blind = tables_without_sight_of_captures(found.tables)
    notes = (
        [f"CDC tracks {', '.join(blind)}, but this login may not read the capture instances"] if blind else []
    )
    return Inspection(
        service=service.name,
        database=database.name,
        server=server_name(database.url),
        tables=found.tables,
        files=_in_scope(snapshots.compare(root, service.name, found.tables, found.on_server), request.tables),
        notes=notes,
    )


def _in_scope(files: Sequence[SnapshotFile], patterns: Sequence[str]) -> list[SnapshotFile]:
    """Leave out files of tables that are gone and were not asked for."""
    names = set(matching.selected([file.table for file in files], patterns))
    return [file for file in files if file.state != "gone" or file.table in names]


def raise_all(errors: Sequence[CdcmigError]) -> None:
    """Raise the first error, or all problems of the config together."""
    problems = [problem for error in errors if isinstance(error, ConfigErrors) for problem in error.problems]
    for error in errors:
        if not isinstance(error, ConfigErrors):
            raise error
    if problems:
        raise ConfigErrors(problems)
