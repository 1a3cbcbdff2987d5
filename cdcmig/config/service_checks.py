"""Checks the references of services: source group, source tables, sinks and column templates."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from cdcmig.config.draft import Draft, Entry, known_sinks, models
from cdcmig.config.findings import Findings
from cdcmig.config.groups import serving_groups
from cdcmig.config.schema_names import schema_fault
from cdcmig.config.service import Service, SinkSection, SinkTable
from cdcmig.config.table_names import TENANT_SCHEMA, Spellings, TableName, fold, normal, split_table_name
from cdcmig.config.yaml_source import Place, quoted

CUSTOMER_TEMPLATE = "customer_id"
"""The column template that identifies the customer in a shared database."""


def check_services(draft: Draft, findings: Findings) -> None:
    """Check the references of all services, except those to snapshots."""
    for name, entry in draft.services.items():
        _ServiceCheck(draft, name, entry, findings).run()


@dataclass(frozen=True)
class _ServiceCheck:
    draft: Draft
    service: str
    entry: Entry[Service]
    findings: Findings

    @cached_property
    def _groups(self) -> list[str]:
        return serving_groups(models(self.draft.source_groups), self.service)

    @cached_property
    def _shared(self) -> bool:
        return any(self.draft.source_groups[name].model.pattern == "db-shared" for name in self._groups)

    @cached_property
    def _sources(self) -> Spellings:
        return Spellings(normal(key) for key in self.entry.model.source.tables)

    def run(self) -> None:
        self._source_group()
        self._source_tables()
        for sink, section in self.entry.model.sinks.items():
            self._sink_exists(sink)
            self._target_names(sink, section)
            for key, table in section.tables.items():
                self._sink_table(self._place("sinks", sink, "tables", key), key, table)

    def _place(self, *inside: str | int) -> Place:
        return (*self.entry.place, *inside)

    def _error(self, place: Place, message: str) -> None:
        self.findings.error(self.entry.document, place, message)

    def _source_group(self) -> None:
        if len(self._groups) != 1:
            none = "none" if self.draft.source_groups else "no source group at all"
            found = " and ".join(map(quoted, self._groups)) or none
            message = "expected a source group with this name, or a db-shared one that lists it under sources"
            self._error(self._place(), f"{message}; found {found}")

    def _source_tables(self) -> None:
        first: dict[str, str] = {}
        for key in self.entry.model.source.tables:
            place = self._place("source", "tables", key)
            try:
                split_table_name(key)
            except ValueError as error:
                self._error(place, str(error))
            other = first.setdefault(fold(normal(key)), key)
            if other != key:
                self._error(
                    place, f"expected each table once; {quoted(other)} is the same table in SQL Server"
                )

    def _sink_exists(self, sink: str) -> None:
        groups = self.draft.sink_groups
        sinks = known_sinks(groups)
        if sink in sinks:
            return
        place = self._place("sinks", sink)
        group, dot, database = sink.partition(".")
        if not dot:
            message = f"expected <sink group>.<database>, found {quoted(sink)}{self.findings.suggestion(sink, sinks)}"
            self._error(place, message)
        elif group not in groups:
            self.findings.unknown(self.entry.document, place, "sink group", group, groups)
        else:
            known = groups[group].model.sources
            message = f"the sink group {quoted(group)} has no database {quoted(database)}"
            self._error(place, message + self.findings.suggestion(database, known))

    def _target_names(self, sink: str, section: SinkSection) -> None:
        """Check the names of a sink's tables; the service's name and {{SCHEMA}} are the same schema."""
        first: dict[TableName, str] = {}
        for key in section.tables:
            place = self._place("sinks", sink, "tables", key)
            try:
                schema, table = split_table_name(key)
            except ValueError as error:
                self._error(place, str(error))
                continue
            if "{{" in schema and schema != TENANT_SCHEMA:
                self._error(place, f"expected the placeholder {TENANT_SCHEMA}, found {quoted(schema)}")
            target = TableName(TENANT_SCHEMA if self._is_tenant_schema(schema) else schema, table)
            if first.setdefault(target, key) != key:
                self._error(place, f"expected each table once; {quoted(first[target])} is the same table")

    def _is_tenant_schema(self, schema: str) -> bool:
        return schema == TENANT_SCHEMA or fold(schema) == fold(self.service)

    def _sink_table(self, place: Place, key: str, table: SinkTable) -> None:
        self._from(place, table)
        self._literal_schema(place, key, table)
        self._templates(place, key, table)
        if table.transforms:
            message = "transforms have no effect on DDL; the pipeline applies them"
            self.findings.warn(self.entry.document, (*place, "transforms"), message)

    def _from(self, place: Place, table: SinkTable) -> None:
        known = self._sources
        if known.find(normal(table.from_)) is None:
            place = (*place, "from")
            self.findings.unknown(self.entry.document, place, "source table", table.from_, known.names)

    def _literal_schema(self, place: Place, key: str, table: SinkTable) -> None:
        try:
            schema = split_table_name(key).schema
        except ValueError:
            return  # reported by _target_names
        if not table.target_exists and not self._is_tenant_schema(schema):
            fault = schema_fault(schema, public=True)
            if fault:
                self._error(place, fault)

    def _templates(self, place: Place, key: str, table: SinkTable) -> None:
        templates = self.draft.column_templates
        for index, use in enumerate(table.column_templates):
            here = (*place, "column_templates", index, "template")
            if use.template not in templates:
                self.findings.unknown(self.entry.document, here, "column template", use.template, templates)
            elif not self._applies(templates[use.template].model.applies_to, key):
                patterns = ", ".join(templates[use.template].model.applies_to)
                message = f"the template applies to {patterns}, not to {quoted(key)}; used anyway"
                self.findings.warn(self.entry.document, here, message)
        used = {use.template for use in table.column_templates}
        if self._shared and not table.target_exists and CUSTOMER_TEMPLATE not in used:
            message = f"expected the column template {quoted(CUSTOMER_TEMPLATE)} in column_templates"
            self._error(place, f"{message}: all customers of a db-shared service share the table")

    def _applies(self, patterns: list[str], key: str) -> bool:
        schema, _, table = key.partition(".")
        name = f"{self.service}.{table}" if self._is_tenant_schema(schema) else key
        return not patterns or any(
            fnmatchcase(name, pattern) or fnmatchcase(key, pattern) for pattern in patterns
        )
