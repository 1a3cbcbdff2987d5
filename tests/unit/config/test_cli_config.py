"""The commands `cdcmig config check` and `cdcmig config schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from cdcmig.cli import main
from cdcmig.config.file_schemas import KINDS

if TYPE_CHECKING:
    from tests.unit.config.conftest import Repository

ADOPUS = "services/adopus.yaml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["config", *arguments])


def test_check_counts_what_is_right(repository: Repository) -> None:
    result = run("check", "-C", str(repository.root))
    assert (result.exit_code, result.output) == (0, "ok: 1 service, 2 tables, 1 tenant\n")


def test_check_prints_warnings_once(repository: Repository) -> None:
    repository.replace(ADOPUS, "dbo.ActorActor", "dbo.Other")
    result = run("check", "-C", str(repository.root))
    first, second = result.output.splitlines()
    assert first.startswith(f"warning: {repository.root}/{ADOPUS}:7: ")
    assert second.startswith("ok: ")
    assert result.exit_code == 0


def test_check_names_what_is_wrong_and_exits_with_2(repository: Repository) -> None:
    repository.replace(ADOPUS, "target_exists: true", "target_exists: x")
    result = run("check", "-C", str(repository.root))
    assert result.exit_code == 2
    assert f'{ADOPUS}:18: adopus.sinks."sink_asma.directory"' in result.output


def test_check_searches_upward_and_names_files_as_seen_from_here(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("alembic.ini", "")
    monkeypatch.chdir(repository.root / "services")
    assert run("check").exit_code == 0
    monkeypatch.chdir(repository.root)
    repository.replace(ADOPUS, "dbo.ActorActor", "dbo.Other")
    assert run("check").output.startswith(f"warning: {ADOPUS}:7: ")


def test_check_as_json(repository: Repository) -> None:
    repository.replace(ADOPUS, "dbo.ActorActor", "dbo.Other")
    right = json.loads(run("check", "--json", "-C", str(repository.root)).output)
    assert (right["ok"], right["problems"]) == (True, [])
    (warning,) = right["warnings"]
    assert (warning["file"], warning["line"]) == (str(repository.root / ADOPUS), 7)
    repository.replace(ADOPUS, "sink_asma.directory", "sink_asma.directori")
    result = run("check", "--json", "-C", str(repository.root))
    assert result.exit_code == 2
    wrong = json.loads(result.output)
    assert not wrong["ok"]
    assert wrong["warnings"] == right["warnings"]
    assert wrong["problems"] == [
        {
            "file": str(repository.root / ADOPUS),
            "line": 9,
            "path": 'adopus.sinks."sink_asma.directori"',
            "message": 'the sink group "sink_asma" has no database "directori"; did you mean "directory"?',
        }
    ]


_INNER = {"type-map": {"anyOf": [{"$ref": "#/$defs/TypeMapLine"}, {"type": "string"}]}}


@pytest.mark.parametrize("kind", KINDS)
def test_schema_of_a_kind(kind: str) -> None:
    schema = json.loads(run("schema", kind).output)
    assert schema["title"] == f"cdcmig {kind}"
    assert schema["type"] == "object"
    named = kind in ("service", "source-groups", "sink-groups")
    inner = schema["additionalProperties"]
    assert inner == ({"$ref": inner["$ref"]} if named else _INNER.get(kind, False))
    assert "name" not in (schema["$defs"][inner["$ref"].rpartition("/")[2]]["properties"] if named else ())


def test_schema_of_all_kinds() -> None:
    assert set(json.loads(run("schema").output)) == set(KINDS)


@pytest.mark.parametrize("command", ["check", "schema"])
def test_help_shows_an_example(command: str) -> None:
    assert f"cdcmig config {command}" in run(command, "--help").output
