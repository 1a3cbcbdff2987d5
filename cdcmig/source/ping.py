"""Checks what cdcmig needs of a SQL Server: driver, connection, rights, change data capture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import URL

from cdcmig.config.project import Project
from cdcmig.config.service import Service
from cdcmig.errors import CdcmigError
from cdcmig.source.catalog import read_tables
from cdcmig.source.connection import driver_name, server_name, source_connection
from cdcmig.source.databases import SourceDatabase, given_database, reference_database, select_services
from cdcmig.source.inspection import Request
from cdcmig.source.matching import match_tables, qualified_name
from cdcmig.source.parallel import Progress, each, silent
from cdcmig.source.server import ServerFacts, read_server


@dataclass(frozen=True)
class Fix:
    """A missing prerequisite and the T-SQL or command that fixes it; ``needed``: inspect fails without it."""

    missing: str
    fix: str
    needed: bool = False


@dataclass(frozen=True)
class Ping:
    """What was found at one server; ``error`` if it was not reached."""

    database: str
    server: str
    services: Sequence[str] = ()
    driver: str | None = None
    facts: ServerFacts | None = None
    tables: int = 0
    tracked: int = 0
    fixes: Sequence[Fix] = field(default=())
    error: str | None = None

    @property
    def usable(self) -> bool:
        """Whether `cdcmig inspect` can work with it."""
        return self.error is None and not any(fix.needed for fix in self.fixes)


def ping(project: Project, request: Request | None = None, progress: Progress = silent) -> list[Ping]:
    """Look at the reference database of every service; one that cannot be reached is a result, not an error.

    Raises:
        SourceError: a service or an environment is unknown.
        ConfigErrors: a variable of a server is not set.
    """
    request = request or Request()
    work = [
        (service, _database(project, service, request))
        for service in select_services(project, request.services)
    ]
    results = each(
        work, lambda item: _ping(*item, request.timeout), request.jobs, progress, lambda item: item[0].name
    )
    return [
        _failed(service, database, result) if isinstance(result, CdcmigError) else result
        for (service, database), result in zip(work, results, strict=True)
    ]


def ping_url(url: URL, timeout: int) -> Ping:
    """Look at one database, without any config.

    Raises:
        SourceError: it cannot be reached.
    """
    with source_connection(url, timeout) as connection:
        facts = read_server(connection)
        rows = read_tables(connection)
    tracked = sum(bool(row.is_tracked_by_cdc) for row in rows)
    return Ping(
        database=facts.database,
        server=server_name(url),
        driver=driver_name(url),
        facts=facts,
        tables=len(rows),
        tracked=tracked,
        fixes=_fixes(facts),
    )


def _database(project: Project, service: Service, request: Request) -> SourceDatabase:
    if request.url is not None:
        return given_database(project, service, request.url)
    return reference_database(project, service, request.environment)


def _ping(service: Service, database: SourceDatabase, timeout: int) -> Ping:
    with source_connection(database.url, timeout) as connection:
        facts = read_server(connection)
        matches = match_tables(service, (), read_tables(connection))
    untracked = [row for row in matches.rows if not row.is_tracked_by_cdc]
    fixes = _fixes(facts)
    if matches.missing:
        what = f"{len(matches.missing)} tables that the config names: {', '.join(matches.missing[:5])}"
        fixes.append(Fix(what, "correct the names, or grant the login a right to see them", needed=True))
    if facts.cdc_enabled:
        fixes += [
            Fix(
                f"CDC does not track {qualified_name(row)}",
                f"EXEC sys.sp_cdc_enable_table @source_schema = {_text(row.schema_name)},"
                f" @source_name = {_text(row.table_name)}, @role_name = NULL;",
            )
            for row in untracked
        ]
    return Ping(
        database=database.name,
        server=server_name(database.url),
        services=(service.name,),
        driver=driver_name(database.url),
        facts=facts,
        tables=len(matches.rows),
        tracked=len(matches.rows) - len(untracked),
        fixes=fixes,
    )


def _fixes(facts: ServerFacts) -> list[Fix]:
    use = f"USE {_bracketed(facts.database)};"
    fixes = [
        Fix(f"the right {right}", f"{use} GRANT {right} TO {_bracketed(facts.user)};", needed=True)
        for right in facts.missing_rights
    ]
    if not facts.cdc_enabled:
        fixes.append(Fix("change data capture of the database", f"{use} EXEC sys.sp_cdc_enable_db;"))
    return fixes


def _failed(service: Service, database: SourceDatabase, error: CdcmigError) -> Ping:
    return Ping(
        database=database.name, server=server_name(database.url), services=(service.name,), error=str(error)
    )


def _bracketed(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


def _text(name: str) -> str:
    return "N'" + name.replace("'", "''") + "'"
