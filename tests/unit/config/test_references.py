"""References between the files: what names nothing is an error with the nearest names; warnings are told once."""

from __future__ import annotations

import time
import unicodedata
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.config.conftest import Repository

ADOPUS = "services/adopus.yaml"
SOURCES = "source-groups.yaml"
SINKS = "sink-groups.yaml"
ACTOR = "services/_schemas/adopus/dbo/Actor.yaml"

_TABLES = 'adopus.sinks."sink_asma.directory".tables.'
_TEMPLATE = "            - template: customer_id    # optional `name:` overrides the column's name\n"

CHANGES = {
    "source table": (
        ADOPUS,
        ("from: dbo.Actor\n          columns", "from: dbo.Actr\n          columns"),
        f'{ADOPUS}:19: {_TABLES}"public.customer_user".from: there is no source table "dbo.Actr"; '
        'did you mean "dbo.Actor" or "dbo.ActorActor"?',
    ),
    "column template": (
        ADOPUS,
        ("template: customer_id", "template: customerid"),
        f'{ADOPUS}:15: {_TABLES}"adopus.Actor".column_templates[0].template: '
        'there is no column template "customerid"; did you mean "customer_id"?',
    ),
    "ignored column": (
        ADOPUS,
        ("[Død, Fødeland]", "[Død, Fodeland]"),
        f'{ADOPUS}:6: adopus.source.tables."dbo.Actor".ignore_columns[1]: '
        'dbo.Actor has no column "Fodeland"; did you mean "Fødeland"?',
    ),
    "renamed column": (
        ADOPUS,
        ("dbo.ActorActor: {}", "dbo.ActorActor: {renames: {Old: New}}"),
        f'{ADOPUS}:7: adopus.source.tables."dbo.ActorActor".renames.Old: '
        'dbo.ActorActor has no column "New"; expected one of "ID"; a hint that was applied can be removed',
    ),
    "exchanged names": (
        ADOPUS,
        ("dbo.ActorActor: {}", "dbo.ActorActor: {renames: {ID: Old, Old: ID}}"),
        f'{ADOPUS}:7: adopus.source.tables."dbo.ActorActor".renames.ID: '
        '"ID" and "Old" cannot swap names: events do not say which one they mean',
    ),
    "converted column": (
        ADOPUS,
        ("dbo.ActorActor: {}", "dbo.ActorActor: {using: {Idd: Id::text}}"),
        f'{ADOPUS}:7: adopus.source.tables."dbo.ActorActor".using.Idd: '
        'dbo.ActorActor has no column "Idd"; did you mean "ID"?; a hint that was applied can be removed',
    ),
    "mapped column": (
        ADOPUS,
        ("BrukerNavn: bruker", "Brukernamn: bruker"),
        f'{ADOPUS}:20: {_TABLES}"public.customer_user".columns.Brukernamn: '
        'dbo.Actor has no column "Brukernamn"; did you mean "BrukerNavn"?',
    ),
    "sink group": (
        ADOPUS,
        ("sink_asma.directory", "sink_asm.directory"),
        f'{ADOPUS}:9: adopus.sinks."sink_asm.directory": there is no sink group "sink_asm"; did you mean "sink_asma"?',
    ),
    "sink database": (
        ADOPUS,
        ("sink_asma.directory", "sink_asma.directry"),
        f'{ADOPUS}:9: adopus.sinks."sink_asma.directry": the sink group "sink_asma" has no database "directry"; '
        'did you mean "directory"?',
    ),
    "sink without database": (
        ADOPUS,
        ("sink_asma.directory", "sink_asma"),
        f'{ADOPUS}:9: adopus.sinks.sink_asma: expected <sink group>.<database>, found "sink_asma"; '
        'did you mean "sink_asma.directory"?',
    ),
    "source table of one part": (
        ADOPUS,
        ("dbo.ActorActor", "ActorActor"),
        f"{ADOPUS}:7: adopus.source.tables.ActorActor: expected a name of two parts, schema.Table",
    ),
    "source table twice": (
        ADOPUS,
        ("dbo.ActorActor: {}", "'[DBO].\"actor\"': {}"),
        f'{ADOPUS}:7: adopus.source.tables."[DBO].\\"actor\\"": '
        'expected each table once; "dbo.Actor" is the same table in SQL Server',
    ),
    "target table of one part": (
        ADOPUS,
        ("public.customer_user", "customer_user"),
        f"{ADOPUS}:17: {_TABLES}customer_user: expected a name of two parts, schema.Table",
    ),
    "target table twice": (
        ADOPUS,
        ("public.customer_user", '"{{SCHEMA}}.Actor"'),
        f'{ADOPUS}:17: {_TABLES}"{{{{SCHEMA}}}}.Actor": expected each table once; "adopus.Actor" is the same table',
    ),
    "placeholder": (
        ADOPUS,
        ("public.customer_user", '"{{schema}}.User"'),
        f'{ADOPUS}:17: {_TABLES}"{{{{schema}}}}.User": expected the placeholder {{{{SCHEMA}}}}, found "{{{{schema}}}}"',
    ),
    "reserved literal schema": (
        ADOPUS,
        ("adopus.Actor:", "cdc_management.Actor:"),
        f'{ADOPUS}:11: {_TABLES}"cdc_management.Actor": the schema "cdc_management" is reserved; expected another name',
    ),
    "source group": (
        SINKS,
        ("source_group: adopus", "source_group: adopu"),
        f'{SINKS}:2: sink_asma.source_group: there is no source group "adopu"; did you mean "adopus"?',
    ),
    "server of a tenant": (
        SOURCES,
        ("{server: default", "{server: defalt"),
        f'{SOURCES}:6: adopus.sources.Avansas.prod.server: there is no server "defalt"; did you mean "default"?',
    ),
    "server of a sink": (
        SINKS,
        ("dev: {server: default", "dev: {server: nord"),
        f'{SINKS}:6: sink_asma.sources.directory.dev.server: there is no server "nord"; expected one of "default"',
    ),
    "type of a server": (
        SINKS,
        ("{type: postgres,", "{type: mssql,"),
        f'{SINKS}:5: sink_asma.servers.default.type: expected "postgres" like the group, found "mssql"',
    ),
    "snapshot of another table": (
        ACTOR,
        ("table: Actor", "table: Actors"),
        f'{ACTOR}:4: table: expected "Actor" as in the file\'s path, found "Actors"',
    ),
    "snapshot with a column twice": (
        ACTOR,
        ("name: Død", "name: ID"),
        f'{ACTOR}:8: columns[2].name: the column "ID" occurs twice',
    ),
}


@pytest.mark.parametrize(("file", "change", "problem"), CHANGES.values(), ids=CHANGES)
def test_reference_to_nothing(
    repository: Repository, file: str, change: tuple[str, str], problem: str
) -> None:
    repository.replace(file, *change)
    assert problem in repository.problems()


def test_the_files_of_the_issue_are_right_as_they_are(repository: Repository) -> None:
    project = repository.load()
    assert list(project.warnings) == []
    actor = project.services["adopus"].sinks["sink_asma.directory"].tables["adopus.Actor"]
    assert (actor.from_, actor.target_exists, actor.column_templates[0].template) == (
        "dbo.Actor",
        False,
        "customer_id",
    )
    assert project.column_templates["customer_id"].value == "…pipeline expression…"
    assert (
        project.source_group_of("adopus").sources["Avansas"].environments["prod"].database == "AdOpusAvansas"
    )
    assert project.sink_groups["sink_asma"].sources["directory"]["dev"].database == "directory_dev"
    assert set(project.snapshots) == {("adopus", "dbo.Actor"), ("adopus", "dbo.ActorActor")}


ILLEGAL_TENANTS = {
    "public": 'the schema "public" is reserved; expected another name',
    "CDC_Management": 'the schema "cdc_management" is reserved; expected another name',
    "INFORMATION_schema": 'the schema "information_schema" is reserved; expected another name',
    "PG_x": 'the schema "pg_x" is reserved; expected another name',
    "": "expected a name, found an empty one",
    " ": "expected a name, found an empty one",
    "ø" * 32: "expected a name of at most 63 bytes in UTF-8, found 64",
    "a\\nb": "expected a name without control characters",
}


@pytest.mark.parametrize(("tenant", "problem"), ILLEGAL_TENANTS.items())
def test_tenants_that_cannot_be_schemas(repository: Repository, tenant: str, problem: str) -> None:
    repository.replace(SOURCES, "    Avansas:", f'    "{tenant}": {{}}\n    Avansas:')
    (found,) = repository.problems()
    assert found.startswith(f"{SOURCES}:6: adopus.sources.")
    assert found.endswith(f": {problem}")


@pytest.mark.parametrize(
    ("one", "other"), [("Ås", "ÅS"), ("Ås", unicodedata.normalize("NFD", "Ås")), ("STRASSE", "Straße")]
)
def test_tenants_that_have_the_same_schema(repository: Repository, one: str, other: str) -> None:
    repository.replace(SOURCES, "    Avansas:", f"    {one}: {{}}\n    {other}: {{}}\n    Avansas:")
    (problem,) = repository.problems()
    assert problem.startswith(f"{SOURCES}:7: adopus.sources.{other}: expected one tenant per schema; ")
    assert f'"{one}" in line 6 has the same' in problem


@pytest.mark.parametrize(
    ("sink", "problem"),
    {
        "../../x": "expected a valid folder name",
        "a/b": "expected a valid folder name",
        "a\\\\b": "expected a valid folder name",
        "a\\nb": "expected a valid folder name",
        "a\\0b": "expected a valid folder name",
        "a*": "expected a valid folder name",
        "": "expected a name, found an empty one",
        "d" * 300: "expected a name of at most 200 bytes in UTF-8, found 300",
    }.items(),
)
def test_sinks_that_cannot_be_folders(repository: Repository, sink: str, problem: str) -> None:
    repository.replace(SINKS, "{directory: {dev", f'{{"{sink}": {{dev')
    repository.replace(ADOPUS, "sink_asma.directory", f'"sink_asma.{sink}"')
    (found,) = repository.problems()
    assert found.startswith(f"{SINKS}:6: sink_asma.sources.")
    assert problem in found


def test_a_sink_group_that_cannot_be_a_folder(repository: Repository) -> None:
    repository.replace(SINKS, "sink_asma:", '"/tmp":')
    repository.replace(ADOPUS, "sink_asma.directory", '"/tmp.directory"')
    (found,) = repository.problems()
    assert found.startswith(f"{SINKS}:6: /tmp.sources.directory: expected a valid folder name")


def test_a_slip_in_a_thousand_tables_is_told_in_seconds(repository: Repository) -> None:
    names = [f"SomeLongTableName{number:05d}" for number in range(1_000)]
    tables = "".join(f"      dbo.{name}:\n" for name in names)
    uses = "".join(f"        adopus.{name}: {{from: dbi.{name}}}\n" for name in names)
    repository.write(
        ADOPUS,
        f"adopus:\n  source:\n    tables:\n{tables}  sinks:\n    sink_asma.directory:\n      tables:\n{uses}",
    )
    begun = time.process_time()
    problems = repository.problems()
    assert time.process_time() - begun < 10
    assert len(problems) == 1_000
    assert 'did you mean "dbo.SomeLongTableName00000"' in problems[0]


LEGAL_TENANTS = [
    "O'Brien",
    'a\\"; DROP',
    "a-b",
    "a@b",
    "a b",
    "100%",
    "Blåfjell",
    "NO",
    "1234",
    "select",
    "ø" * 31 + "x",
    "..",
    "a/b",
]


@pytest.mark.parametrize("tenant", LEGAL_TENANTS)
def test_tenants_may_have_strange_names(repository: Repository, tenant: str) -> None:
    repository.replace(SOURCES, "Avansas:", f'"{tenant}":')
    assert len(repository.load().source_groups["adopus"].sources) == 1


def test_a_service_needs_a_source_group(repository: Repository) -> None:
    repository.write(SOURCES, "")
    repository.write(SINKS, "")
    text = (repository.root / ADOPUS).read_text()
    repository.write(ADOPUS, text.partition("  sinks:")[0])
    wanted = "expected a source group with this name, or a db-shared one that lists it under sources"
    assert repository.problems()[0] == f"{ADOPUS}:1: adopus: {wanted}; found no source group at all"


def test_a_service_of_two_shared_groups(repository: Repository) -> None:
    repository.replace(SOURCES, "db-per-tenant", "db-shared")
    repository.replace(SOURCES, "Avansas:", "adopus:")
    repository.write(
        SOURCES,
        "".join(
            (repository.root / SOURCES).read_text().replace("adopus:\n  p", f"{name}:\n  p")
            for name in ("adopus", "b")
        ),
    )
    assert repository.problems() == [
        f"{ADOPUS}:1: adopus: expected a source group with this name, or a db-shared one that lists it under "
        'sources; found "adopus" and "b"'
    ]


def test_a_shared_service_needs_customer_id_in_every_table_that_is_made(repository: Repository) -> None:
    repository.replace(SOURCES, "db-per-tenant", "db-shared")
    repository.replace(SOURCES, "Avansas:", "adopus:")
    assert repository.load().source_group_of("adopus").pattern == "db-shared"
    repository.replace(ADOPUS, _TEMPLATE, "            []\n")
    assert repository.problems() == [
        f'{ADOPUS}:11: {_TABLES}"adopus.Actor": expected the column template "customer_id" in column_templates: '
        "all customers of a db-shared service share the table"
    ]


def test_a_literal_schema_may_be_made(repository: Repository) -> None:
    repository.replace(ADOPUS, "target_exists: true", "target_exists: false")
    assert repository.load().warnings == ()


def test_an_unreadable_file_does_not_make_its_names_unknown(repository: Repository) -> None:
    for file in (SOURCES, SINKS, "column-templates.yaml"):
        repository.write(file, "a: {")
    assert [problem.partition(":")[0] for problem in repository.problems()] == [
        "column-templates.yaml",
        SINKS,
        SOURCES,
    ]


def test_references_to_a_faulty_entry_are_left_for_the_next_run(repository: Repository) -> None:
    repository.replace("column-templates.yaml", "type: uuid, ", "")
    repository.replace(SOURCES, "servers:", "server:")
    repository.replace(SINKS, "servers:", "server:")
    repository.replace(ADOPUS, "ignore_columns: [Død, Fødeland]", "ignore_columns: 5")
    assert repository.problems() == [
        "column-templates.yaml:2: templates.customer_id.type: the key is missing",
        f'{ADOPUS}:6: adopus.source.tables."dbo.Actor".ignore_columns: expected a list, found text',
        f"{SINKS}:1: sink_asma.servers: the key is missing",
        f'{SINKS}:5: sink_asma.server: unknown key; did you mean "servers"?',
        f"{SOURCES}:1: adopus.servers: the key is missing",
        f'{SOURCES}:4: adopus.server: unknown key; did you mean "servers"?',
    ]


def test_a_faulty_shared_group_still_has_its_services(repository: Repository) -> None:
    repository.write(SOURCES, "asma: {pattern: db-shared, sources: {adopus: {}}}")
    repository.replace(SINKS, "source_group: adopus", "source_group: asma")
    assert repository.problems() == [f"{SOURCES}:1: asma.servers: the key is missing"]


WARNINGS = {
    "table without snapshot": (
        ADOPUS,
        ("dbo.ActorActor", "dbo.Order Details"),
        f'{ADOPUS}:7: adopus.source.tables."dbo.Order Details": no snapshot services/_schemas/adopus/dbo/'
        "Order Details.yaml: the table is left out; write it with `cdcmig inspect`",
    ),
    "table without primary key": (
        ACTOR,
        (", primary_key: true", ""),
        f"{ACTOR}:5: columns: dbo.Actor has no primary key: it gets no staging table and no merge",
    ),
    "key column ignored": (
        ADOPUS,
        ("[Død, Fødeland]", "[Død, id]"),
        f'{ADOPUS}:6: adopus.source.tables."dbo.Actor".ignore_columns[1]: '
        '"id" is part of the primary key: no staging table and no merge without it',
    ),
    "transforms": (
        ADOPUS,
        ("          columns:", "          transforms: [{set: x}]\n          columns:"),
        f'{ADOPUS}:20: {_TABLES}"public.customer_user".transforms: '
        "transforms have no effect on DDL; the pipeline applies them",
    ),
    "template that does not apply": (
        "column-templates.yaml",
        ('["adopus.*"]', '["public.*", "*.Aktor"]'),
        f'{ADOPUS}:15: {_TABLES}"adopus.Actor".column_templates[0].template: '
        'the template applies to public.*, *.Aktor, not to "adopus.Actor"; used anyway',
    ),
}


@pytest.mark.parametrize(("file", "change", "warning"), WARNINGS.values(), ids=WARNINGS)
def test_warnings_are_told_once(
    repository: Repository, file: str, change: tuple[str, str], warning: str
) -> None:
    repository.replace(file, *change)
    assert repository.warnings() == [warning]


@pytest.mark.parametrize("pattern", ["adopus.*", "*.Actor", "{{SCHEMA}}.*"])
def test_templates_apply_by_the_service_name_or_the_placeholder(repository: Repository, pattern: str) -> None:
    repository.replace(ADOPUS, "adopus.Actor:", '"{{SCHEMA}}.Actor":')
    repository.replace("column-templates.yaml", '"adopus.*"', f'"{pattern}"')
    assert repository.warnings() == []


def test_names_get_the_spelling_of_the_snapshot(repository: Repository) -> None:
    repository.replace(
        ADOPUS,
        "dbo.Actor:\n        ignore_columns: [Død, Fødeland]",
        '"[DBO].ACTOR":\n        ignore_columns: [DØD]\n'
        "        using: {brukernavn: x}\n        renames: {Bruker: BRUKERNAVN}",
    )
    repository.replace(
        ADOPUS,
        "from: dbo.Actor\n          columns: {BrukerNavn:",
        "from: Dbo.actor\n          columns: {BRUKERNAVN:",
    )
    project = repository.load()
    service = project.services["adopus"]
    assert list(service.source.tables) == ["dbo.Actor", "dbo.ActorActor"]
    actor = service.source.tables["dbo.Actor"]
    assert (actor.ignore_columns, actor.using, actor.renames) == (
        ["Død"],
        {"BrukerNavn": "x"},
        {"Bruker": "BrukerNavn"},
    )
    user = service.sinks["sink_asma.directory"].tables["public.customer_user"]
    assert (user.from_, user.columns) == ("dbo.Actor", {"BrukerNavn": "brukerBrukerNavn"})
    assert ("adopus", "dbo.Actor") in project.snapshots
