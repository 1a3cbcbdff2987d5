"""What must fit together within source-groups.yaml, sink-groups.yaml and cdcmig.yaml."""

from __future__ import annotations

from collections.abc import Iterable

from cdcmig.config.draft import Catalog, Draft, Entry, known_sinks
from cdcmig.config.findings import Findings
from cdcmig.config.groups import SinkEnvironment, SinkGroup, SourceEnvironment, SourceGroup
from cdcmig.config.schema_names import schema_fault
from cdcmig.config.table_names import fold
from cdcmig.config.yaml_source import quoted

_SAME = {"postgresql": "postgres"}


def check_groups(draft: Draft, findings: Findings) -> None:
    """Tell ``findings`` what is wrong between the parts of groups, and in settings."""
    for source in draft.source_groups.entries.values():
        _check_tenants(source, findings)
        if source.model:
            _check_server_types(source, source.model, findings)
            for tenant, databases in source.model.sources.items():
                _check_servers_exist(source, tenant, databases.environments.items(), findings)
    check_sink_groups(draft.sink_groups, findings)
    for sink in draft.sink_groups.entries.values():
        if sink.model:
            _check_source_group(draft, sink, sink.model, findings)
    _check_settings(draft, findings)


def check_sink_groups(groups: Catalog[SinkGroup], findings: Findings) -> None:
    """Check what must fit together within sink-groups.yaml alone."""
    for name, sink in groups.entries.items():
        if "." in name:
            findings.error(sink.document, sink.place, "expected the name of a sink group without a dot")
        if sink.model:
            _check_server_types(sink, sink.model, findings)
            for database, environments in sink.model.sources.items():
                _check_servers_exist(sink, database, environments.items(), findings)


def _check_tenants(group: Entry[SourceGroup], findings: Findings) -> None:
    first: dict[str, str] = {}
    for tenant in group.keys("sources"):
        place = (*group.place, "sources", tenant)
        schema = fold(tenant)
        if fault := schema_fault(schema):
            findings.error(group.document, place, fault)
        elif schema in first:
            other = group.document.line((*place[:-1], first[schema]))
            message = (
                f"expected one tenant of each schema; {quoted(first[schema])} in line {other} has the same"
            )
            findings.error(group.document, place, f"{message}, {quoted(schema)}")
        first.setdefault(schema, tenant)


def _check_server_types(
    entry: Entry[SourceGroup] | Entry[SinkGroup], group: SourceGroup | SinkGroup, findings: Findings
) -> None:
    expected = _SAME.get(group.type, group.type)
    for name, server in group.servers.items():
        if _SAME.get(server.type, server.type) != expected:
            place = (*entry.place, "servers", name, "type")
            findings.error(
                entry.document, place, f'expected "{group.type}" like the group, found "{server.type}"'
            )


def _check_servers_exist(
    entry: Entry[SourceGroup] | Entry[SinkGroup],
    source: str,
    environments: Iterable[tuple[str, SourceEnvironment | SinkEnvironment]],
    findings: Findings,
) -> None:
    servers = entry.keys("servers")
    for name, environment in environments:
        if environment.server not in servers:
            place = (*entry.place, "sources", source, name, "server")
            findings.unknown(entry.document, place, "server", environment.server, servers)


def _check_source_group(draft: Draft, entry: Entry[SinkGroup], group: SinkGroup, findings: Findings) -> None:
    groups = draft.source_groups
    if groups.complete and group.source_group not in groups.entries:
        place = (*entry.place, "source_group")
        findings.unknown(entry.document, place, "source group", group.source_group, groups.entries)


def _check_settings(draft: Draft, findings: Findings) -> None:
    if draft.settings and draft.sink_groups.complete:
        sinks = known_sinks(draft)
        for sink in draft.settings.keys("sinks"):
            if sink not in sinks:
                findings.unknown(draft.settings.document, ("sinks", sink), "sink", sink, sinks)
