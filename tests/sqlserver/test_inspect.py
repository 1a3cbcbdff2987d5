"""``cdcmig inspect`` from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import URL

from cdcmig.cli import main
from cdcmig.config.project import load_project
from cdcmig.source import snapshots

from .conftest import Serve, all_tables, fake_url
from .fake_driver import PASSWORD
from .recording import Database
from .sqlserver2022 import SqlServer2022, shop

Repository = Callable[..., Path]


def run(*arguments: str | URL) -> Result:
    texts = [a.render_as_string(hide_password=False) if isinstance(a, URL) else a for a in arguments]
    result = CliRunner().invoke(main, texts)
    assert PASSWORD not in result.output
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def files(root: Path) -> dict[str, bytes]:
    folder = root / "services" / "_schemas"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_database_is_read_written_once_and_then_found_unchanged(
    source_url: URL, repository: Repository
) -> None:
    tables = all_tables(source_url)
    root = repository(tables, source_url.database)
    first = run("inspect", "--url", source_url)
    assert first.exit_code == 0, first.output
    written = files(root)
    assert len(written) == len(tables)
    assert len(load_project(root).snapshots) == len(tables)

    stamps = {path: path.stat().st_mtime_ns for path in root.rglob("*.yaml")}
    again = run("inspect", "--url", source_url)
    assert "nothing changed" in again.output
    assert files(root) == written
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.yaml")} == stamps
    check = run("inspect", "--url", source_url, "--check")
    assert check.exit_code == 0, check.output


def test_the_same_server_gives_the_same_bytes_in_any_repository(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .conftest import make_repository

    serve(Database.recorded("AdOpusTest"))
    tables = all_tables(fake_url("AdOpusTest"))
    found = []
    for name, order in (("one", tables), ("two", tables[::-1])):
        root = make_repository(tmp_path / name, order, "AdOpusTest")
        assert run("inspect", "-C", str(root), "--url", fake_url("AdOpusTest")).exit_code == 0
        found.append(files(root))
    assert found[0] == found[1]


def test_the_configured_server_is_used(serve: Serve, repository: Repository) -> None:
    server = serve(shop().database("Shop"))
    root = repository(["dbo.T0"], "Shop")
    result = run("inspect", "--service", "shop", "--env", "test")
    assert result.exit_code == 0, result.output
    assert list(files(root)) == ["shop/dbo/T0.yaml"]
    text, arguments = server.connections[0]
    assert "Server=sql.example,1433;Database=Shop;UID=sa" in text
    assert arguments == {"timeout": 30}


def test_names_match_ignoring_case_and_are_written_as_the_server_spells_them(
    serve: Serve, repository: Repository
) -> None:
    sql2022 = SqlServer2022()
    sql2022.table("dbo", "Ærlig Tabell").column("Død").primary_key("Død")
    serve(sql2022.database("Shop"))
    root = repository(["DBO.ærlig tabell"], "Shop")
    config = root / "services" / "shop.yaml"
    data = yaml.safe_load(config.read_text())
    data["shop"]["source"]["tables"]["DBO.ærlig tabell"] = {"ignore_columns": ["DØD"]}
    config.write_text(yaml.safe_dump(data, allow_unicode=True))
    assert run("inspect").exit_code == 0
    assert list(files(root)) == ["shop/dbo/Ærlig Tabell.yaml"]


def test_a_new_spelling_replaces_the_old_file(serve: Serve, repository: Repository) -> None:
    root = repository(["dbo.T0"], "Shop")
    database = shop(1).database("Shop")
    serve(database)
    run("inspect")
    database.change("UPDATE sys.tables SET name = 't0'")
    assert run("inspect").exit_code == 0
    assert list(files(root)) == ["shop/dbo/t0.yaml"]


def test_only_tables_that_fit_the_pattern(serve: Serve, repository: Repository) -> None:
    serve(shop(12).database("Shop"))
    root = repository([f"dbo.T{number}" for number in range(12)], "Shop")
    assert run("inspect", "--table", "DBO.t1*").exit_code == 0
    assert sorted(files(root)) == ["shop/dbo/T1.yaml", "shop/dbo/T10.yaml", "shop/dbo/T11.yaml"]
    nothing = run("inspect", "--table", "dbo.X*")
    assert nothing.exit_code == 2
    assert "no table fits dbo.X*" in nothing.output


def test_tables_that_the_server_lacks_are_all_named_with_the_nearest(
    serve: Serve, repository: Repository
) -> None:
    serve(shop().database("Shop"))
    root = repository(["dbo.T00", "dbo.T1", "dbo.Kunde"], "Shop")
    result = run("inspect")
    assert result.exit_code == 2
    assert "Error: services/shop.yaml:4: shop.source.tables" in result.output
    assert 'the server has no table "dbo.T00", or hides it' in result.output
    assert 'did you mean "dbo.T0"' in result.output
    assert "dbo.Kunde" in result.output
    assert files(root) == {}


def test_columns_that_the_server_lacks_are_named_with_the_nearest(
    serve: Serve, repository: Repository
) -> None:
    serve(shop().database("Shop"))
    root = repository(["dbo.T0"], "Shop")
    config = root / "services" / "shop.yaml"
    config.write_text(
        "shop:\n  source:\n    validation_database: Shop\n    tables:\n      dbo.T0:\n"
        "        ignore_columns: [Navm]\n"
    )
    result = run("inspect")
    assert result.exit_code == 2
    assert "services/shop.yaml:6" in result.output
    assert 'did you mean "Navn"' in result.output
    assert files(root) == {}


def test_a_config_that_the_old_snapshot_contradicts_can_still_be_inspected(
    serve: Serve, repository: Repository
) -> None:
    database = shop(1, lacking=["Kode"]).database("Shop")
    serve(database)
    root = repository(["dbo.T0"], "Shop")
    run("inspect")
    serve(shop(1).database("Shop"))
    config = root / "services" / "shop.yaml"
    config.write_text(
        "shop:\n  source:\n    validation_database: Shop\n    tables:\n      dbo.T0:\n"
        "        ignore_columns: [Kode]\n"
    )
    result = run("inspect")
    assert result.exit_code == 0, result.output
    assert "+ column Kode nvarchar(50) NULL" in result.output


def test_check_shows_the_difference_and_writes_nothing(serve: Serve, repository: Repository) -> None:
    database = shop(2).database("Shop")
    serve(database)
    root = repository(["dbo.T0", "dbo.T1"], "Shop")
    run("inspect")
    before = files(root)
    database.change("UPDATE sys.columns SET max_length = 160, is_nullable = 0 WHERE name = 'Navn'")
    database.change("UPDATE sys.columns SET name = 'Kode2' WHERE name = 'Kode'")
    result = run("inspect", "--check")
    assert result.exit_code == 1
    assert "~ column Navn: type nvarchar(50) → nvarchar(80), nullable yes → no" in result.output
    assert "+ column Kode2 nvarchar(50) NULL" in result.output
    assert "- column Kode nvarchar(50) NULL" in result.output
    assert files(root) == before


def test_check_names_a_missing_file(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Shop"))
    repository(["dbo.T0"], "Shop")
    result = run("inspect", "--check")
    assert result.exit_code == 1
    assert "+ table dbo.T0 (4 columns)" in result.output


def test_dry_run_writes_nothing(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Shop"))
    root = repository(["dbo.T0"], "Shop")
    result = run("inspect", "--dry-run")
    assert result.exit_code == 0
    assert "would write: services/_schemas/shop/dbo/T0.yaml" in result.output
    assert files(root) == {}


def test_more_rows_are_no_difference_and_change_no_file(serve: Serve, repository: Repository) -> None:
    database = shop(1).database("Shop")
    serve(database)
    root = repository(["dbo.T0"], "Shop")
    run("inspect")
    before = files(root)
    assert b"row_estimate: 1000\n" in before["shop/dbo/T0.yaml"]
    database.change("UPDATE sys.partitions SET rows = 987654321")
    assert run("inspect", "--check").exit_code == 0
    assert "nothing changed" in run("inspect").output
    assert files(root) == before
    (service,) = json.loads(run("inspect", "--json").output)
    assert service["tables"][0]["snapshot"]["row_estimate"] == 987_654_321


def test_tables_that_are_gone_are_reported_and_removed_only_on_demand(
    serve: Serve, repository: Repository
) -> None:
    serve(shop(3).database("Shop"))
    root = repository(["dbo.T0", "dbo.T1", "dbo.T2"], "Shop")
    run("inspect")
    repository(["dbo.T0"], "Shop")
    serve(shop(1).database("Shop"))
    report = run("inspect")
    assert "gone from the server: services/_schemas/shop/dbo/T1.yaml" in report.output
    assert "--prune removes" in report.output
    assert len(files(root)) == 3
    assert run("inspect", "--check").exit_code == 1
    assert "removed" in run("inspect", "--prune").output
    assert list(files(root)) == ["shop/dbo/T0.yaml"]


def test_a_snapshot_of_a_table_that_the_config_does_not_name_stays_while_the_server_has_it(
    serve: Serve, repository: Repository
) -> None:
    serve(shop(2).database("Shop"))
    root = repository(["dbo.T0", "dbo.T1"], "Shop")
    run("inspect")
    repository(["dbo.T0"], "Shop")
    assert "nothing changed" in run("inspect", "--prune").output
    assert len(files(root)) == 2


def test_json_tells_everything(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Shop"))
    repository(["dbo.T0"], "Shop")
    (service,) = json.loads(run("inspect", "--json").output)
    assert (service["service"], service["database"], service["server"]) == (
        "shop",
        "Shop",
        "sql.example:1433",
    )
    (table,) = service["tables"]
    assert (table["table"], table["state"]) == ("dbo.T0", "new")
    assert [column["name"] for column in table["snapshot"]["columns"]] == ["Id", "Navn", "Kode", "Before"]


def test_files_appear_whole_or_not_at_all(
    serve: Serve, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = shop(1).database("Shop")
    serve(database)
    root = repository(["dbo.T0"], "Shop")
    run("inspect")
    before = files(root)
    database.change("UPDATE sys.columns SET max_length = 160 WHERE name = 'Navn'")

    def disk_is_full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", disk_is_full)
        with pytest.raises(OSError, match="No space"):
            run("inspect")
    assert files(root) == before


def test_hand_written_form_is_made_canonical_but_is_no_difference(
    serve: Serve, repository: Repository
) -> None:
    serve(shop(1).database("Shop"))
    root = repository(["dbo.T0"], "Shop")
    run("inspect")
    before = files(root)
    path = root / "services/_schemas/shop/dbo/T0.yaml"
    path.write_text("# by hand\n" + path.read_text())
    assert run("inspect", "--check").exit_code == 0
    assert run("inspect").exit_code == 0
    assert files(root) == before


@pytest.mark.parametrize("modes", [("--check", "--discover"), ("--all-tenants", "--check")])
def test_modes_exclude_each_other(repository: Repository, modes: tuple[str, str]) -> None:
    repository(["dbo.T0"], "Shop")
    result = run("inspect", *modes)
    assert result.exit_code == 2
    assert "exclude each other" in result.output


def test_an_unknown_service_or_environment(serve: Serve, repository: Repository) -> None:
    serve(shop(1).database("Shop"))
    repository(["dbo.T0"], "Shop")
    assert 'did you mean "shop"' in run("inspect", "--service", "shpo").output
    assert 'did you mean "test"' in run("inspect", "--env", "tset").output


def test_dump_keeps_what_yaml_could_misread(serve: Serve) -> None:
    sql2022 = SqlServer2022()
    table = sql2022.table("dbo", "no").column("yes", default="1").column("null", default="null").column("1.5")
    table.comment("two\nlines: # and more")
    database = sql2022.database("Shop")
    serve(database)
    from .test_facts import read

    snapshot = read(serve, database)["dbo.no"]
    content = yaml.safe_load(snapshots.dump(snapshot))
    assert [column["name"] for column in content["columns"]] == ["yes", "null", "1.5"]
    assert [column.get("default") for column in content["columns"]] == ["1", "null", None]
    assert content["comment"] == "two\nlines: # and more"
