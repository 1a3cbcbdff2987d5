"""From snapshot and config to the plan of every schema of a sink."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path

from sqlalchemy.types import NullType

from cdcmig.config.files import COLUMN_TEMPLATES, SETTINGS, TYPE_MAP, snapshot_path
from cdcmig.config.project import Project
from cdcmig.config.service import SinkTable, SourceTable
from cdcmig.config.snapshot import SnapshotColumn, TableSnapshot
from cdcmig.config.table_names import TENANT_SCHEMA, fold, split_table_name
from cdcmig.desired.plan import ColumnPlan, SchemaPlan, TablePlan
from cdcmig.errors import CONFIG, Finding, MappingError, UnknownTypeError, abridged
from cdcmig.mapping import names
from cdcmig.mapping.cdc_columns import CdcColumn, metadata_columns
from cdcmig.mapping.markers import Comment
from cdcmig.mapping.types import MappedType, TypeMap
from cdcmig.sql.quoting import identifier

CUSTOMER_TEMPLATE = "customer_id"
"""The column template that tells the tenants of a shared table apart."""


@dataclass(frozen=True)
class Entry:
    """One table of a service's sink section.

    Attributes:
        key: the table as the service writes it.
        name: its name in PostgreSQL.
        snapshot: None where the file is missing; the project's warnings tell of it.
        literal: whether the service names the schema, which then is no tenant's.
    """

    service: str
    key: str
    name: str
    table: SinkTable
    source: SourceTable
    snapshot: TableSnapshot | None
    schemas: tuple[str, ...]
    literal: bool

    @property
    def origin(self) -> str:
        """The file and path that ask for it."""
        return f"services/{self.service}.yaml: {self.key}"


@dataclass(frozen=True)
class Unplanned:
    """A table that the config asks for and that has no snapshot: nobody knows what it is to be.

    Attributes:
        origin: the file and path that ask for it.
        snapshot: where its snapshot is expected, seen from the repository.
    """

    name: str
    origin: str
    snapshot: Path

    def lost(self, schemas: Iterable[str]) -> Finding:
        """Return the error for a landed table: without its snapshot it would look like a removed table."""
        message = (
            f"the snapshot is missing, but {self.origin} asks for the table, and it landed in"
            f" {abridged(sorted(schemas))}: restore the file from git, or write it with `cdcmig inspect`;"
            " a table that is to go leaves the service"
        )
        return Finding(CONFIG, self.snapshot, 0, "", message)


@dataclass(frozen=True)
class SinkPlan:
    """What every schema of a sink is to hold.

    Attributes:
        schemas: the plan of every schema that has one, sorted by schema; equal plans are one object.
        warnings: what the mapping has to say, each once.
        unplanned: by schema and name, the tables that a plan lacks although the config asks for them.
    """

    schemas: Mapping[str, SchemaPlan]
    warnings: tuple[str, ...]
    unplanned: Mapping[str, Mapping[str, Unplanned]]


@dataclass(frozen=True)
class Planner:
    """Plans one sink."""

    project: Project
    sink: str

    @cached_property
    def plan(self) -> SinkPlan:
        """The plan of the sink. A table in a literal schema replaces the tenants' table of that name in that schema.

        Raises:
            MappingError: types that are unknown, names that collide; all of them.
        """
        return _Planning(self).run()

    @cached_property
    def type_map(self) -> TypeMap:
        """The types of the sink's columns."""
        return TypeMap.from_yaml(self.project.type_map, partial(self.project.where, TYPE_MAP))

    @cached_property
    def metadata(self) -> tuple[CdcColumn, ...]:
        """The columns of CDC's own that every table has."""
        return metadata_columns(
            self.project.settings, partial(self.project.where, SETTINGS, "metadata_columns")
        )

    def configured(self, *, target_exists: bool = False) -> frozenset[str]:
        """Return the schemas of :meth:`entries`, also those in which no table has a snapshot."""
        entries = self.entries(target_exists=target_exists)
        return frozenset(schema for entry in entries for schema in entry.schemas)

    def entries(self, *, target_exists: bool) -> Iterator[Entry]:
        """Yield the tables that somebody else looks after, or those that need DDL, in the config's order."""
        for service in self.project.services.values():
            section = service.sinks.get(self.sink)
            for key, table in section.tables.items() if section else ():
                if table.target_exists is not target_exists:
                    continue
                target = split_table_name(key)
                tenant = target.schema == TENANT_SCHEMA or fold(target.schema) == fold(service.name)
                yield Entry(
                    service=service.name,
                    key=key,
                    name=names.shorten(target.table),
                    table=table,
                    source=service.source.tables[table.from_],
                    snapshot=self.project.snapshots.get((service.name, table.from_)),
                    schemas=self.tenant_schemas(service.name) if tenant else (target.schema,),
                    literal=not tenant,
                )

    def tenant_schemas(self, service: str) -> tuple[str, ...]:
        """Return the schemas of a service's tenants, sorted; of one whose database all share, its own."""
        group = self.project.source_group_of(service)
        if group.pattern == "db-shared":
            return (names.schema_name(service),)
        return tuple(sorted(names.schema_name(tenant) for tenant in group.sources))

    def template_columns(self, entry: Entry) -> Iterator[ColumnPlan]:
        """Yield the column of each template that a table uses, in its order.

        Raises:
            MappingError: a type is unknown.
        """
        for use in entry.table.column_templates:
            template = self.project.column_templates[use.template]
            place = self.project.where(COLUMN_TEMPLATES, "templates", use.template, "type")
            yield ColumnPlan(
                name=names.shorten(use.name or template.name),
                type=self.type_map.postgresql_type(template.type, place),
                nullable=not template.not_null,
                comment=_template_comment(use.template, template.description),
                server_default=template.default,
            )

    def shared_using(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield the USING expressions of columns that are not the source's, by target column."""
        uses = [(use, self.project.column_templates[use.template]) for use in entry.table.column_templates]
        hints = [(use.name or template.name, template.using) for use, template in uses]
        overrides = self.project.settings.metadata_columns.items()
        hints += [(override.name or str(name), override.using) for name, override in overrides]
        for name, using in hints:
            if using is not None:
                column = names.shorten(name)
                yield column, using.replace("{column}", identifier(column))


@dataclass
class _Planning:
    """One run of a planner, which collects what it finds."""

    planner: Planner
    tables: dict[str, dict[str, TablePlan]] = field(default_factory=lambda: defaultdict(dict))
    unplanned: dict[str, dict[str, Unplanned]] = field(default_factory=lambda: defaultdict(dict))
    warnings: dict[str, None] = field(default_factory=dict)
    errors: list[MappingError] = field(default_factory=list)

    def run(self) -> SinkPlan:
        """Plan all tables.

        Raises:
            MappingError: everything that is wrong with them.
        """
        for entry in sorted(self.planner.entries(target_exists=False), key=lambda entry: entry.literal):
            self._place(entry, self._table(entry))
        for entry in self.planner.entries(target_exists=True):
            for schema in entry.schemas:
                if self.tables.get(schema):
                    self.tables[schema].setdefault(entry.name, _foreign(entry.name))
        plans = _shared({schema: planned for schema, planned in self.tables.items() if planned})
        for distinct in {id(plan): plan for plan in plans.values()}.values():
            self._check(_relations(distinct))
            self._check((names.merge_procedure_name(plan.name), plan.origin) for plan in distinct if plan.key)
        if self.errors:
            hints = {error.hint: None for error in self.errors if error.hint}
            raise MappingError(
                "\n".join(error.message for error in self.errors), hint="; ".join(hints) or None
            )
        unplanned = {schema: tables for schema, tables in self.unplanned.items() if tables}
        return SinkPlan(plans, tuple(self.warnings), unplanned)

    def _place(self, entry: Entry, plan: TablePlan | None) -> None:
        """Put a table into its schemas; without a snapshot nobody knows what it is to be, or what it replaces."""
        for schema in entry.schemas:
            if plan is None:
                self.tables[schema].pop(entry.name, None)
                expected = snapshot_path(Path(), entry.service, split_table_name(entry.table.from_))
                self.unplanned[schema][entry.name] = Unplanned(entry.name, entry.origin, expected)
                continue
            self.unplanned[schema].pop(plan.name, None)
            before = self.tables[schema].get(plan.name)
            if before is not None and not entry.literal:
                self._check([(plan.name, before.origin), (plan.name, plan.origin)])
            self.tables[schema][plan.name] = plan

    def _check(self, named: Iterable[tuple[str, str]]) -> None:
        try:
            names.check_collisions(named)
        except MappingError as error:
            self.errors.append(error)

    def _table(self, entry: Entry) -> TablePlan | None:
        source, snapshot, renamed = entry.source, entry.snapshot, entry.table.columns
        if snapshot is None:
            return None
        chosen = {
            column.name: names.shorten(renamed.get(column.name, column.name))
            for column in snapshot.columns
            if column.name not in source.ignore_columns
            and (entry.table.replicate_structure or column.name in renamed)
        }
        templates = tuple(self.planner.template_columns(entry))
        columns = tuple(
            self._column(snapshot, column, chosen) for column in snapshot.columns if column.name in chosen
        )
        settings = self.planner.project.settings
        retention = entry.table.tombstone_retention_days
        plan = TablePlan(
            name=entry.name,
            comment=_table_comment(entry, snapshot),
            columns=columns + templates,
            metadata=self.planner.metadata,
            key=self._key(entry, snapshot, chosen, templates),
            deletes=entry.table.deletes,
            retention_days=settings.tombstone_retention_days if retention is None else retention,
            service=entry.service,
            origin=entry.origin,
            notes=tuple(
                f"{entry.key}: the pipeline transforms {transform}" for transform in entry.table.transforms
            ),
            renames=tuple((names.shorten(old), chosen.get(new, new)) for old, new in source.renames.items()),
            using=(
                *((chosen.get(column, column), sql) for column, sql in source.using.items()),
                *self.planner.shared_using(entry),
            ),
        )
        self._check(_columns(plan))
        return plan

    def _resolve(self, snapshot: TableSnapshot, column: SnapshotColumn) -> MappedType:
        try:
            return column_type(self.planner.type_map, snapshot, column)
        except MappingError as error:
            self.errors.append(error)
            return MappedType(NullType(), None)

    def _column(self, snapshot: TableSnapshot, column: SnapshotColumn, chosen: dict[str, str]) -> ColumnPlan:
        where = f"{snapshot.qualified_name}.{column.name}"
        mapped = self._resolve(snapshot, column)
        if mapped.warning:
            self.warnings[f"{where}: {mapped.warning}"] = None
        if column.computed:
            self.warnings[f"{where}: computed; SQL Server's CDC captures it as NULL"] = None
        return ColumnPlan(
            name=chosen[column.name],
            type=mapped.type,
            nullable=sends_null(column),
            comment=str(Comment(_described(where, column.comment))),
        )

    def _key(
        self,
        entry: Entry,
        snapshot: TableSnapshot,
        chosen: dict[str, str],
        templates: tuple[ColumnPlan, ...],
    ) -> tuple[str, ...]:
        """Return the key columns; in a table that many tenants share, the customer comes first."""
        if not snapshot.primary_key or not all(column in chosen for column in snapshot.primary_key):
            return ()
        key = tuple(chosen[column] for column in snapshot.primary_key)
        shared = (
            entry.literal and self.planner.project.source_group_of(entry.service).pattern == "db-per-tenant"
        )
        if not shared or entry.schemas[0] in self.planner.tenant_schemas(entry.service):
            return key
        uses = zip(entry.table.column_templates, templates, strict=True)
        return tuple(column.name for use, column in uses if use.template == CUSTOMER_TEMPLATE) + key


def _table_comment(entry: Entry, snapshot: TableSnapshot) -> str:
    words = f"Replicated from {snapshot.qualified_name} (service {entry.service})"
    return str(Comment(_described(words, snapshot.comment), table=True))


def _template_comment(key: str, description: str | None) -> str:
    return str(Comment(_described(f"template {key}", description), template=key))


def _described(words: str, description: str | None) -> str:
    return f"{words}: {description}" if description else words


def column_type(type_map: TypeMap, snapshot: TableSnapshot, column: SnapshotColumn) -> MappedType:
    """Return what a source column becomes.

    Raises:
        UnknownTypeError: no rule fits; names the snapshot's file and line, if it comes from a file, and the column.
    """
    try:
        return type_map.resolve(column.type, f"{snapshot.qualified_name}.{column.name}")
    except UnknownTypeError as error:
        raise UnknownTypeError(snapshot.place_of(column) + error.message, hint=error.hint) from None


def sends_null(column: SnapshotColumn) -> bool:
    """Return whether events may have no value for a source column; CDC captures a computed one as NULL."""
    return not column.primary_key and (column.nullable or bool(column.computed))


def _shared(tables: Mapping[str, Mapping[str, TablePlan]]) -> dict[str, SchemaPlan]:
    """Return the plans sorted by schema; equal ones are one object, so that 1,000 tenants compare at no cost."""
    by_tables: dict[tuple[int, ...], SchemaPlan] = {}
    by_value: dict[SchemaPlan, SchemaPlan] = {}
    plans: dict[str, SchemaPlan] = {}
    for schema in sorted(tables):
        plan = tuple(tables[schema][name] for name in sorted(tables[schema]))
        identity = tuple(map(id, plan))
        if identity not in by_tables:
            by_tables[identity] = by_value.setdefault(plan, plan)
        plans[schema] = by_tables[identity]
    return plans


@cache
def _foreign(name: str) -> TablePlan:
    """Return what stands for a table that somebody else looks after."""
    return TablePlan(
        name, "", (), (), (), deletes="", retention_days=0, service="", origin="", target_exists=True
    )


def _columns(plan: TablePlan) -> Iterator[tuple[str, str]]:
    """Yield the names of a table's columns with their origins."""
    for column in plan.columns:
        yield column.name, f"{plan.origin}: {column.comment}"
    for metadata in plan.metadata:
        yield metadata.name, f"{plan.origin}: CDC metadata column {metadata.role}"


def _relations(plans: SchemaPlan) -> Iterator[tuple[str, str]]:
    """Yield the names of a schema's tables, those behind staging included, with their origins."""
    for plan in (plan for plan in plans if not plan.target_exists):
        yield plan.name, plan.origin
        if plan.key:
            staging = names.staging_name(plan.name)
            for name in (staging, f"{staging}_0", f"{staging}_1", f"{staging}_w"):
                yield name, f"staging of {plan.origin}"
