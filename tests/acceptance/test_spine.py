"""The README's commands on the sample: 27 schemas, through real subprocesses, on an embedded PostgreSQL."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdcmig.runtime import embedded
from tests.acceptance.repository import BIN, Repository, copy_of_sample

TENANTS = 27


@pytest.fixture(scope="module")
def written(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """The sample, its tree written anew."""
    repository = copy_of_sample(project_root, tmp_path_factory.mktemp("written") / "r", with_tree=False)
    repository.run("cdcmig", "revision", "-m", "initial import")
    yield repository
    embedded.stop(repository.root)


@pytest.fixture(scope="module")
def upgraded(written: Repository) -> Repository:
    written.run("alembic", "upgrade", "heads")
    return written


def test_landed_tree_is_what_revision_writes(written: Repository, project_root: Path) -> None:
    assert written.files() == Repository(project_root).files()


def test_second_revision_says_that_nothing_changed(written: Repository) -> None:
    before = written.files()
    assert "nothing changed" in written.run("cdcmig", "revision", "-m", "again")
    assert written.files() == before


def test_one_head_a_schema(written: Repository) -> None:
    heads = written.run("alembic", "heads").splitlines()
    assert len(heads) == TENANTS + 1
    assert sum("(avansas) (head)" in line for line in heads) == 1
    assert sum("(cdc_management) (head)" in line for line in heads) == 1


def test_history_is_an_audit(written: Repository) -> None:
    lines = written.run("alembic", "history").splitlines()
    assert sum("initial import" in line for line in lines) == TENANTS


def test_upgrade_to_the_letter_brings_the_infrastructure_first(upgraded: Repository) -> None:
    rows = upgraded.psql(
        "-At", "-c", "SELECT schema_name FROM cdc_management.migration_history ORDER BY id LIMIT 1"
    )
    assert rows.strip() == "cdc_management"


def test_check_is_clean(upgraded: Repository) -> None:
    for schema in ("avansas", "directory", "100%omsorg@nord", "marta's", "skogly senter", "cdc_management"):
        assert "No new upgrade operations" in upgraded.run("alembic", "check", "-x", f"schema={schema}")


def test_up_down_up_is_the_identity(upgraded: Repository) -> None:
    before = upgraded.dump()
    upgraded.run("alembic", "downgrade", "-1", "-x", "schema=avansas")
    upgraded.run("alembic", "downgrade", "base", "-x", "schema=marta's")
    assert 'CREATE TABLE avansas."Actor"' not in upgraded.dump()
    upgraded.run("alembic", "-x", "schema=avansas", "upgrade", "head")
    upgraded.run("alembic", "upgrade", "+1", "-x", "schema=marta's")
    assert upgraded.dump() == before


def test_current_of_one_and_of_all(upgraded: Repository) -> None:
    assert upgraded.run("alembic", "current", "-x", "schema=avansas").count("(head)") == 1
    assert upgraded.run("alembic", "current").count("(head)") == TENANTS + 1


def test_sql_script_builds_the_same_schema(upgraded: Repository, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    command = [str(BIN / "alembic"), "--quiet", "upgrade", "head", "-x", "schema=100%omsorg@nord", "--sql"]
    done = subprocess.run(command, cwd=upgraded.root, capture_output=True, text=True, check=True)
    script.write_text(done.stdout)
    upgraded.psql("-c", "CREATE DATABASE from_script", database="postgres")
    upgraded.psql("-f", str(script), database="from_script")
    for schema in ("cdc_management", "100%omsorg@nord"):
        assert upgraded.dump("from_script", schema) == upgraded.dump("directory", schema)


def test_x_arguments_in_both_places_add_up(upgraded: Repository) -> None:
    output = upgraded.run("alembic", "-x", "sink=sink_asma.directory", "current", "-x", "schema=avansas")
    assert "(head)" in output


def test_stock_autogenerate_writes_for_one_tenant_alone(project_root: Path, tmp_path: Path) -> None:
    repository = copy_of_sample(project_root, tmp_path / "r", with_tree=True)
    try:
        repository.run("alembic", "upgrade", "head", "-x", "schema=avansas")
        snapshot = repository.root / "services/_schemas/adopus/dbo/ActorActor.yaml"
        text = snapshot.read_text()
        assert "columns:\n" in text
        snapshot.write_text(text.replace("columns:\n", "columns:\n- {name: Notat, type: nvarchar(100)}\n", 1))
        before = repository.files()
        assert "New upgrade operations detected" in repository.run(
            "alembic", "check", "-x", "schema=avansas", code=255
        )
        repository.run("alembic", "revision", "--autogenerate", "-x", "schema=avansas", "-m", "notat")
        new = repository.files().keys() - before.keys()
        assert len(new) == 1
        assert new.pop().startswith("alembic/versions/sink_asma.directory/avansas/")
        repository.run("alembic", "upgrade", "head", "-x", "schema=avansas")
        repository.run("alembic", "check", "-x", "schema=avansas")
        repository.run("alembic", "downgrade", "-1", "-x", "schema=avansas")
        assert "Notat" not in repository.dump(schema="avansas")
    finally:
        embedded.stop(repository.root)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("upgrade", "head"), "needs a schema"),
        (("upgrade", "head", "-x", "schema=avansa"), 'did you mean "avansas"'),
        (("upgrade", "head", "-x", "shema=avansas"), 'did you mean "schema"'),
        (("downgrade", "base"), "works on one schema"),
        (("upgrade", "head", "-x", "schema=avansas", "-x", "env=prd"), 'did you mean "prod"'),
        (("upgrade", "head", "-x", "schema=avansas", "-x", "env=prod"), "is not set"),
    ],
)
def test_mistakes_on_the_command_line(written: Repository, command: tuple[str, ...], message: str) -> None:
    before = written.files()
    output = written.run("alembic", *command, code=2)
    assert message in output
    assert written.files() == before


def test_unreachable_server_shows_no_password(written: Repository) -> None:
    output = written.run(
        "alembic", "upgrade", "head", "-x", "schema=avansas", code=2,
        CDCMIG_TARGET_URL="postgresql://me:s3cr3t@127.0.0.1:1/directory",
    )  # fmt: skip
    assert "cannot connect to postgresql://me:***@127.0.0.1:1/directory" in output
    assert "s3cr3t" not in output


def test_edited_file_is_refused(project_root: Path, tmp_path: Path) -> None:
    repository = copy_of_sample(project_root, tmp_path / "r", with_tree=True)
    changeset = repository.root / "alembic/changesets/sink_asma.directory/0001_initial_import.py"
    changeset.write_text(changeset.read_text() + "# edited\n")
    output = repository.run("alembic", "upgrade", "head", "-x", "schema=avansas", code=2)
    assert f"{changeset}: was edited after it was written" in output
    assert "was edited" in repository.run("cdcmig", "revision", "-m", "x", code=2)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("adopus.yaml", "template: customer_id", "template: custmer_id", "custmer_id"),
        ("adopus.yaml", "from: dbo.Actor\n", "from: dbo.Aktor\n", "dbo.Aktor"),
        ("source-groups.yaml", "Avansas:", "AVANSAS: {schemas: [dbo]}\n    Avansas:", "Avansas"),
        ("source-groups.yaml", "Avansas:", "cdc_management:", "cdc_management"),
        ("source-groups.yaml", "Avansas:", "pg_avansas:", "pg_avansas"),
        ("adopus.yaml", "adopus:\n", "adopus: [\n", "adopus.yaml"),
    ],
)
def test_bad_config_writes_nothing(
    project_root: Path, tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    repository = copy_of_sample(project_root, tmp_path / "r", with_tree=False)
    path = repository.root / "services" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    before = repository.files()
    output = repository.run("cdcmig", "revision", "-m", "x", code=2)
    assert message in output
    assert f"{file}:" in output
    assert repository.files() == before
