"""Consistency checks within source-groups.yaml, sink-groups.yaml and cdcmig.yaml."""

from __future__ import annotations

from collections.abc import Mapping

from cdcmig.config.draft import Draft, Entry, known_sinks
from cdcmig.config.findings import Findings
from cdcmig.config.groups import SinkEnvironment, SinkGroup, SourceEnvironment, SourceGroup
from cdcmig.config.schema_names import folder_fault, schema_fault
from cdcmig.config.table_names import fold
from cdcmig.config.yaml_source import quoted

_SYNONYMS = {"postgresql": "postgres"}


def check_groups(draft: Draft, findings: Findings) -> None:
    """Check references within source groups and sink groups, and the sinks named in cdcmig.yaml."""
    for source in draft.source_groups.values():
        _check_tenants(source, findings)
        _check_server_types(source, findings)
        for tenant, databases in source.model.sources.items():
            _check_servers_exist(source, tenant, databases.environments, findings)
    check_sink_groups(draft.sink_groups, findings)
    for sink in draft.sink_groups.values():
        if sink.model.source_group not in draft.source_groups:
            place = (*sink.place, "source_group")
            known = draft.source_groups
            findings.unknown(sink.document, place, "source group", sink.model.source_group, known)
    sinks = known_sinks(draft.sink_groups)
    for name in draft.settings.model.sinks if draft.settings else ():
        if name not in sinks:
            assert draft.settings
            findings.unknown(draft.settings.document, ("sinks", name), "sink", name, sinks)


def check_sink_groups(groups: Mapping[str, Entry[SinkGroup]], findings: Findings) -> None:
    """Check sink-groups.yaml by itself."""
    for name, group in groups.items():
        if "." in name:
            findings.error(group.document, group.place, "expected a sink group name without a dot")
        _check_server_types(group, findings)
        for database, environments in group.model.sources.items():
            fault = folder_fault(name) or folder_fault(database) or folder_fault(f"{name}.{database}")
            if fault:
                findings.error(group.document, (*group.place, "sources", database), fault)
            _check_servers_exist(group, database, environments, findings)


def _check_tenants(group: Entry[SourceGroup], findings: Findings) -> None:
    first: dict[str, str] = {}
    for tenant in group.model.sources:
        place = (*group.place, "sources", tenant)
        schema = fold(tenant)
        if fault := schema_fault(schema):
            findings.error(group.document, place, fault)
        elif schema in first:
            other = group.document.line((*place[:-1], first[schema]))
            message = (
                f"expected one tenant per schema; {quoted(first[schema])} in line {other} has the same schema"
            )
            findings.error(group.document, place, f"{message}, {quoted(schema)}")
        first.setdefault(schema, tenant)


def _check_server_types(entry: Entry[SourceGroup] | Entry[SinkGroup], findings: Findings) -> None:
    group = entry.model
    expected = _SYNONYMS.get(group.type, group.type)
    for name, server in group.servers.items():
        if _SYNONYMS.get(server.type, server.type) != expected:
            place = (*entry.place, "servers", name, "type")
            findings.error(
                entry.document, place, f'expected "{group.type}" like the group, found "{server.type}"'
            )


def _check_servers_exist(
    entry: Entry[SourceGroup] | Entry[SinkGroup],
    source: str,
    environments: Mapping[str, SourceEnvironment] | Mapping[str, SinkEnvironment],
    findings: Findings,
) -> None:
    servers = entry.model.servers
    for name, environment in environments.items():
        if environment.server not in servers:
            place = (*entry.place, "sources", source, name, "server")
            findings.unknown(entry.document, place, "server", environment.server, servers)
