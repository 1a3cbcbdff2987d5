"""Every customer's database compared with the reference: who lacks which column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cdcmig.config.project import Project
from cdcmig.config.service import Service
from cdcmig.config.snapshot import TableSnapshot
from cdcmig.config.table_names import fold, normal
from cdcmig.errors import CdcmigError
from cdcmig.source.databases import SourceDatabase, reference_database, select_services, tenant_databases
from cdcmig.source.diff import column_differences
from cdcmig.source.inspection import Reading, Request, read_database
from cdcmig.source.matching import with_selected_tables
from cdcmig.source.parallel import Progress, each, silent

COMPARED = ("type", "nullable", "key_position", "computed")
"""Facts of a column in which databases of customers have to agree; collation and comments may differ."""


@dataclass(frozen=True)
class Difference:
    """How a customer's table is not like the reference's: ``-`` is lacking, ``+`` is more, ``~`` is different."""

    table: str
    what: str


@dataclass(frozen=True)
class Tenant:
    """One customer's database; ``error`` says why it could not be read."""

    database: SourceDatabase
    differences: Sequence[Difference] = ()
    error: str | None = None


@dataclass(frozen=True)
class Comparison:
    """The customers of one service against its reference database."""

    service: str
    reference: str
    tenants: Sequence[Tenant] = field(default=())

    @property
    def differs(self) -> bool:
        """Whether any customer's database is different."""
        return any(tenant.differences for tenant in self.tenants)

    @property
    def failed(self) -> list[Tenant]:
        """Those that could not be read."""
        return [tenant for tenant in self.tenants if tenant.error]

    def by_difference(self) -> dict[Difference, list[Tenant]]:
        """Return who has each difference, sorted by table."""
        found: dict[Difference, list[Tenant]] = {}
        for tenant in self.tenants:
            for difference in tenant.differences:
                found.setdefault(difference, []).append(tenant)
        return dict(sorted(found.items(), key=lambda item: (item[0].table, item[0].what)))


def compare_tenants(
    project: Project, request: Request | None = None, progress: Progress = silent
) -> list[Comparison]:
    """Compare the databases of all tenants with the service's reference database; writes nothing.

    A database that cannot be read does not hide the others: see :attr:`Comparison.failed`.

    Raises:
        SourceError: a reference database cannot be read, or the environment is unknown.
    """
    request = request or Request()
    services = with_selected_tables(select_services(project, request.services), request.tables)
    return [_compare(project, service, request, progress) for service in services]


def _compare(project: Project, service: Service, request: Request, progress: Progress) -> Comparison:
    reference = reference_database(project, service)
    expected = read_database(service, reference, request.tables, request.timeout)
    databases = tenant_databases(project, service, request.environment)
    others = [other for other in databases if other.url != reference.url]
    results = each(
        others,
        lambda database: read_database(service, database, request.tables, request.timeout),
        request.jobs,
        progress,
        lambda database: database.label,
    )
    tenants = [_tenant(database, expected, result) for database, result in zip(others, results, strict=True)]
    return Comparison(service.name, reference.name, tenants)


def _tenant(database: SourceDatabase, expected: Reading, result: Reading | CdcmigError) -> Tenant:
    if isinstance(result, CdcmigError):
        return Tenant(database, error=str(result))
    return Tenant(database, tuple(_differences(expected, result)))


def _differences(expected: Reading, found: Reading) -> Iterator[Difference]:
    reference = {fold(table.qualified_name): table for table in expected.tables}
    tables = {fold(table.qualified_name): table for table in found.tables}
    for name, table in reference.items():
        if name not in tables:
            yield Difference(table.qualified_name, "- the table")
        else:
            yield from _table_differences(table, tables[name])
    lacking = {fold(normal(name)) for name in expected.missing}
    yield from (Difference(t.qualified_name, "+ the table") for n, t in tables.items() if n in lacking)


def _table_differences(reference: TableSnapshot, table: TableSnapshot) -> Iterator[Difference]:
    for line in column_differences(reference.columns, table.columns, COMPARED):
        if not line.startswith("~ order"):
            yield Difference(reference.qualified_name, line)
    if reference.cdc is not None and table.cdc is None:
        yield Difference(reference.qualified_name, "- change data capture")
