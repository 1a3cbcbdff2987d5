"""What one file may hold: each kind of error names file, line, the path inside, and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.config.conftest import Repository

ADOPUS = "services/adopus.yaml"
SOURCES = "source-groups.yaml"
SINKS = "sink-groups.yaml"
TEMPLATES = "column-templates.yaml"
SETTINGS = "cdcmig.yaml"
ACTOR = "services/_schemas/adopus/dbo/Actor.yaml"

_TABLES = 'adopus.sinks."sink_asma.directory".tables.'
_USER = f'{_TABLES}"public.customer_user"'
_FROM = "          from: dbo.Actor\n          columns"

CHANGES = {
    "unknown key": (
        ADOPUS,
        ("replicate_structure", "replicate_structur"),
        f'13: {_TABLES}"adopus.Actor".replicate_structur: unknown key; did you mean "replicate_structure"?',
    ),
    "unknown key with no near one": (
        SOURCES,
        ("  pattern:", "  zzz: 1\n  pattern:"),
        '2: adopus.zzz: unknown key; expected one of "pattern", "servers", "sources", "type"',
    ),
    "key that only Python has": (
        ADOPUS,
        (_FROM, "          from_: dbo.Actor\n" + _FROM),
        f'19: {_USER}.from_: unknown key; did you mean "from"?',
    ),
    "name, which is the key": (
        SOURCES,
        ("  pattern:", "  name: x\n  pattern:"),
        '2: adopus.name: unknown key; expected one of "pattern", "servers", "sources", "type"',
    ),
    "missing key": (
        ADOPUS,
        (_FROM, "          columns"),
        f"17: {_USER}.from: the key is missing",
    ),
    "no truth value": (
        ADOPUS,
        ("target_exists: true", "target_exists: maybe"),
        f'18: {_USER}.target_exists: expected true or false, found "maybe"',
    ),
    "no list": (
        ADOPUS,
        ("[Død, Fødeland]", "Død"),
        '6: adopus.source.tables."dbo.Actor".ignore_columns: expected a list, found text',
    ),
    "list in a list": (
        ADOPUS,
        ("[Død, Fødeland]", "[Død,\n          [Fødeland]]"),
        '7: adopus.source.tables."dbo.Actor".ignore_columns[1]: expected text, found a list',
    ),
    "no mapping": (
        ADOPUS,
        ("dbo.ActorActor: {}", "dbo.ActorActor: []"),
        '7: adopus.source.tables."dbo.ActorActor": expected a mapping, found an empty list',
    ),
    "nothing": (
        ADOPUS,
        ("from: dbo.Actor\n          columns", "from:\n          columns"),
        f"19: {_USER}.from: expected text, found nothing",
    ),
    "empty name": (
        ADOPUS,
        ("BrukerNavn: brukerBrukerNavn", "BrukerNavn: ''"),
        f"20: {_USER}.columns.BrukerNavn: expected text that is not empty, found empty text",
    ),
    "unknown word": (
        SOURCES,
        ("db-per-tenant", "db-per-tenent"),
        '2: adopus.pattern: expected one of "db-per-tenant", "db-shared", found "db-per-tenent"',
    ),
    "environment that is none": (
        SINKS,
        ("{server: default, database: directory_dev}", "default"),
        "6: sink_asma.sources.directory.dev: expected a mapping, found text",
    ),
    "tenant's environment without server": (
        SOURCES,
        ("{server: default, database", "{database"),
        "6: adopus.sources.Avansas.prod.server: the key is missing",
    ),
    "template without type": (
        TEMPLATES,
        (", type: uuid", ""),
        "2: templates.customer_id.type: the key is missing",
    ),
    "template file without templates": (
        TEMPLATES,
        ("templates:\n", "template: {}\ntemplates:\n"),
        '1: template: unknown key; did you mean "templates"?',
    ),
    "snapshot's column": (
        ACTOR,
        ("- {name: Død,", "- {nam: Død,"),
        '8: columns[2].nam: unknown key; did you mean "name"?',
        "8: columns[2].name: the key is missing",
    ),
    "snapshot without columns": (
        ACTOR,
        (
            "columns:\n- {name: ID, type: int, nullable: false, primary_key: true}\n- {name: BrukerNavn, "
            "type: nvarchar(50)}\n- {name: Død, type: bit}\n- {name: Fødeland, type: nvarchar}\n",
            "columns: []\n",
        ),
        "5: columns: expected a list that is not empty, found an empty list",
    ),
    "key position without key": (
        ACTOR,
        ("name: Død,", "key_position: 1, name: Død,"),
        "8: columns[2]: key_position is for columns with `primary_key: true`",
    ),
    "duplicate key": (
        ADOPUS,
        ("      dbo.ActorActor: {}", "      dbo.ActorActor: {}\n      dbo.ActorActor: {}"),
        '8: adopus.source.tables."dbo.ActorActor": the key occurs twice, first in line 7',
    ),
    "password beside its key": (
        SOURCES,
        ('password: "${MSSQL_PASSWORD}"', "password:s3cret"),
        '4: adopus.servers.default."password…": unknown key; did you mean "password"?',
    ),
    "password that is none": (
        SOURCES,
        ('password: "${MSSQL_PASSWORD}"', "password: [s3cret]"),
        "4: adopus.servers.default.password: expected text, found a list",
    ),
    "server as a URL": (
        SINKS,
        (
            '{type: postgres, host: "${PG_HOST}", port: "${PG_PORT}", user: "${PG_USER}", password: "${PG_PASSWORD}"}',
            "postgresql://cdc:s3cret@db",
        ),
        "5: sink_asma.servers.default: expected a mapping, found text",
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_error_names_file_line_path_and_expectation(
    repository: Repository, change: tuple[str, tuple[str, str], *tuple[str, ...]]
) -> None:
    file, (old, new), *expected = change
    repository.replace(file, old, new)
    assert repository.problems() == [f"{file}:{problem}" for problem in sorted(expected)]


SETTINGS_ERRORS = {
    "fillfactor: 5": '1: fillfactor: expected a number from 10, found "5"',
    "fillfactor: much": '1: fillfactor: expected a whole number, found "much"',
    "tombstone_retention_days: -1": '1: tombstone_retention_days: expected a number from 0, found "-1"',
    "sync_timestamp_index: gin": (
        '1: sync_timestamp_index: expected one of "brin", "btree", "none", found "gin"'
    ),
    "metadata_columns: {__lns: {type: text}}": '1: metadata_columns.__lns: unknown key; did you mean "__lsn"?',
    "metadata_columns:\n  __lsn: {enabled: x}": (
        '2: metadata_columns.__lsn.enabled: expected true or false, found "x"'
    ),
    "roles:\n  raeder: x": '2: roles.raeder: unknown key; did you mean "reader"?',
    "roles: {merge: ''}": "1: roles.merge: expected text that is not empty, found empty text",
    "sinks: {sink_asma.directory: {staging: no}}": (
        '1: sinks."sink_asma.directory".staging: expected one of "unlogged", "logged", found "no"'
    ),
    "sinks:\n  sink_asma.directory:\n    schedule: every now and then": (
        '3: sinks."sink_asma.directory".schedule: pg_cron does not accept the schedule "every now and then";'
        ' expected "30 seconds" (1 to 59), five cron fields as in "*/5 * * * *", or a keyword such as "@hourly"'
    ),
    "sinks: {sink_asma.dir: }": (
        '1: sinks."sink_asma.dir": there is no sink "sink_asma.dir"; did you mean "sink_asma.directory"?'
    ),
    "[1]": "1: expected a mapping, found a list",
}


@pytest.mark.parametrize(("text", "problem"), SETTINGS_ERRORS.items())
def test_settings(repository: Repository, text: str, problem: str) -> None:
    repository.write(SETTINGS, text)
    assert repository.problems() == [f"{SETTINGS}:{problem}"]


TYPE_MAP_ERRORS = {
    "money: {typ: x, type: y}": '1: money.typ: unknown key; did you mean "type"?',
    "bit: boolean\nint: [1]": "2: int: expected a mapping, found a list",
    "bit: boolean\nbit: text": "2: bit: the key occurs twice, first in line 1",
}


@pytest.mark.parametrize(("text", "problem"), TYPE_MAP_ERRORS.items())
def test_type_map(repository: Repository, text: str, problem: str) -> None:
    repository.write("services/type-map.yaml", text)
    assert repository.problems() == [f"services/type-map.yaml:{problem}"]


def test_all_problems_of_all_files_are_told_together(repository: Repository) -> None:
    """Those of the files themselves first; those of references when each file is right by itself."""
    whole = {file: (repository.root / file).read_text() for file in (ADOPUS, SOURCES, SINKS, ACTOR)}
    repository.replace(ADOPUS, "target_exists: true", "target_exsts: true")
    repository.replace(SOURCES, "prod: {server: default", "prod: {srver: default")
    repository.replace(ACTOR, "table: Actor", "table: Actor\ntabel: Actor")
    repository.write(SINKS, "sink_asma: {")
    repository.write("services/other.yaml", "")
    found = [problem.split(" ")[0] for problem in repository.problems()]
    assert found == [
        f"{ADOPUS}:18:",
        "services/other.yaml:1:",
        f"{SINKS}:2:",
        f"{SOURCES}:6:",
        f"{SOURCES}:6:",
    ]
    repository.write(ADOPUS, whole[ADOPUS])
    assert repository.problems()[0].startswith(
        f"{ACTOR}:5:"
    )  # the snapshots of a service that is right itself
    for file, text in whole.items():
        repository.write(file, text)
    repository.remove("services/other.yaml")
    repository.replace(ADOPUS, "from: dbo.Actor\n          columns", "from: dbo.Actors\n          columns")
    repository.replace(ADOPUS, "[Død, Fødeland]", "[Død, Fodeland]")
    repository.replace(SOURCES, "prod: {server: default", "prod: {server: defalt")
    found = [problem.split(" ")[0] for problem in repository.problems()]
    assert found == [f"{ADOPUS}:6:", f"{ADOPUS}:19:", f"{SOURCES}:6:"]


def test_a_file_twice(repository: Repository) -> None:
    repository.write("services/sink-groups.yaml", "{}")
    assert repository.problems()[0].startswith(
        "services/sink-groups.yaml: expected only one sink-groups.yaml"
    )


def test_a_service_file_with_another_ending(repository: Repository) -> None:
    repository.write("services/other.yml", "")
    assert repository.problems() == ["services/other.yml: expected a file name that ends in .yaml"]


def test_a_service_that_is_not_named_like_its_file(repository: Repository) -> None:
    repository.replace(ADOPUS, "adopus:\n", "adopos:\n")
    assert repository.problems() == [
        f'{ADOPUS}:1: adopos: expected the service "adopus", the same name as the file'
    ]


def test_no_services_directory(repository: Repository) -> None:
    (repository.root / "services").rename(repository.root / "service")
    assert repository.problems() == ["services: expected a directory with a file for each service"]
