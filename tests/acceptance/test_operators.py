"""The operators' commands, through real subprocesses, on a small service of three tables and three customers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_postgresql.janitor import DatabaseJanitor
from sqlalchemy import URL, create_engine, text

from cdcmig.config.files import snapshot_path
from cdcmig.config.table_names import TableName
from cdcmig.mapping.markers import without_markers
from tests.acceptance.repository import Repository, program, small_repository, write_yaml

KEY = "{name: Id, type: int, nullable: false, primary_key: true}"
ORDER = f"[{KEY}, {{name: Note, type: nvarchar(50)}}]"
TABLES = {
    "Order": ORDER,
    "Line": f"[{KEY}, {{name: Qty, type: int}}]",
    "Log": "[{name: Text, type: nvarchar(max)}]",
}
CUSTOMERS = ["Avansas", "Bjørk", "o'Hara"]
CHANGESETS = "alembic/changesets/sink_shop.orders"


class Shop(Repository):
    """A repository on the session's server: `cdcmig` and `alembic` run against a database of its own."""

    def __init__(self, root: Path, url: URL, dev: URL) -> None:
        super().__init__(root)
        self.engine = create_engine(url)
        self.environment = {
            "CDCMIG_TARGET_URL": url.render_as_string(hide_password=False),
            "CDCMIG_DEV_URL": dev.render_as_string(hide_password=False),
        }

    def cdcmig(self, *arguments: str, code: int = 0) -> str:
        return self.run("cdcmig", *arguments, code=code, **self.environment)

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.cdcmig(*arguments, "--json", code=code))

    def upgrade(self, schema: str, revision: str = "head", code: int = 0) -> str:
        return self.run(
            "alembic", "upgrade", revision, "-x", f"schema={schema}", code=code, **self.environment
        )

    def execute(self, sql: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql))

    def column(self, sql: str) -> list[Any]:
        """Return the first column that a query finds."""
        with self.engine.connect() as connection:
            return list(connection.scalars(text(sql)))

    def customers(self, *names: str) -> None:
        file = self.root / "services/source-groups.yaml"
        groups = yaml.safe_load(file.read_text())
        groups["shop"]["sources"] = {name: {"schemas": ["dbo"]} for name in names}
        write_yaml(file, groups)

    def initial(self) -> None:
        self.cdcmig("revision", "-m", "initial import")

    def by_hand(self, name: str, *upgrade: str) -> None:
        """Write a changeset with these lines, record it, and bind it to all customers."""
        file = self.root / CHANGESETS / f"{name}.py"
        body = "\n".join(f"    {line}" for line in upgrade)
        file.write_text(
            f'"""{name}"""\n\nfrom alembic import op\n\n\n'
            f"def upgrade(schema: str) -> None:\n{body}\n\n\ndef downgrade(schema: str) -> None:\n    pass\n"
        )
        self.cdcmig("repair", str(file))
        self.cdcmig("promote", name)

    def psql_script(self, script: str) -> str:
        """Run a script by psql in the database; return the rows that it prints."""
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        command = [program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]
        return subprocess.run(command, input=script, text=True, check=True, capture_output=True).stdout

    def longer_notes(self, length: int = 60) -> None:
        self.snapshot("Order", ORDER.replace("(50)", f"({length})"))


def test_an_empty_repository_says_what_to_do(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    assert "would write r/alembic.ini" in repository.run("cdcmig", "init", "r", "--dry-run")
    repository.run("cdcmig", "init", "r")
    assert "exists already" in repository.run("cdcmig", "init", "r", "--dry-run", code=2)
    for command in (("diff",), ("revision", "-m", "initial import")):
        told = repository.run("cdcmig", *command, "-C", "r")
        assert "there are no changesets yet" in told
        assert "describe a service" in told
    assert "prints one" in repository.run("cdcmig", "inspect", "-C", "r", code=2)


@pytest.fixture
def shop(tmp_path: Path, server_url: URL) -> Iterator[Shop]:
    repository = small_repository(tmp_path / "shop", TABLES, CUSTOMERS)
    name = f"cdcmig_shop_{os.getpid()}_{tmp_path.name}"[:60]
    janitor = DatabaseJanitor(
        user=server_url.username or "postgres",
        password=server_url.password,
        host=str(server_url.query.get("host") or server_url.host),
        port=server_url.port or 5432,
        dbname=name,
    )
    with janitor:
        made = Shop(repository.root, server_url.set(database=name), server_url)
        yield made
        made.engine.dispose()


def test_diff_tells_people_what_would_change(shop: Shop) -> None:
    told = shop.cdcmig("diff", code=1)
    assert "new: avansas, bjørk, o'hara" in told
    assert "  Order\n    added table" in told
    assert "added merge procedure sp_merge_order" in told
    shop.initial()
    assert "nothing changed" in shop.cdcmig("diff")

    shop.snapshot(
        "Order", f"[{KEY}, {{name: Note, type: nvarchar(60)}}, {{name: Phone, type: nvarchar(20)}}]"
    )
    told = shop.cdcmig("diff", code=1)
    assert "    column Note: type varchar(50) → varchar(60)\n" in told
    assert "    added column Phone varchar(20)\n" in told
    assert "replaced merge procedure sp_merge_order (+Phone)" in told
    changes = shop.json("diff", "--schema", "avansas", code=1)["changes"]
    assert [(change["schemas"], list(change["tables"])) for change in changes] == [(["avansas"], ["Order"])]
    (shop.root / "services/shop.yaml").write_text("shop: [")
    assert "services/shop.yaml:2" in shop.cdcmig("diff", code=2)


def test_diff_tells_all_changes_and_all_refusals(shop: Shop) -> None:
    shop.snapshot("Line", f"[{KEY}, {{name: Qty, type: bigint}}]")
    shop.initial()
    shop.snapshot("Order", f"[{KEY}, {{name: Note, type: nvarchar(5)}}, {{name: Phone, type: nvarchar(20)}}]")
    shop.snapshot("Line", f"[{KEY}, {{name: Qty, type: int}}]")
    shop.snapshot("Log", "[{name: Text, type: nvarchar(max)}, {name: At, type: datetime2}]")
    told = shop.cdcmig("diff", code=2)
    for line in (
        "added column Phone varchar(20)",
        "added column At timestamp",
        "refused: Order.Note: varchar(50) to varchar(5): values may not fit",
        "refused: Line.Qty: bigint to integer: values may not fit",
        """hint: say how in services/shop.yaml, at the source table: using: {Qty: '"Qty"::integer'}""",
    ):
        assert told.count(line) == 1, told
    [change] = shop.json("diff", code=2)["changes"]
    assert [refused["change"].partition(":")[0] for refused in change["refusals"]] == [
        "Line.Qty",
        "Order.Note",
    ]
    told = shop.cdcmig("check", code=1)
    assert "refused: Order.Note" in told
    assert "added column Phone" in told
    before = shop.files()
    for option in ("--dry-run", "--sql", "--json"):
        told = shop.cdcmig("revision", "-m", "x", option, code=2)
        assert "Order.Note" in told
        assert "Line.Qty" in told
    told = shop.cdcmig("revision", "-m", "log", "--table", "Log", "--dry-run")
    assert "  Log\n    added column" in told
    assert f"would write {CHANGESETS}/0002_log.py" in told
    assert shop.json("revision", "-m", "log", "--table", "Log", "--dry-run")["changes"][0][
        "tables"
    ].keys() == {"Log"}
    assert shop.files() == before
    shop.cdcmig("revision", "-m", "log", "--table", "Log")
    assert shop.files() != before
    assert "At" not in shop.cdcmig("diff", code=2)


def test_columns_that_the_source_does_not_have_change_as_the_config_says(shop: Shop) -> None:
    templates, settings = shop.root / "services/column-templates.yaml", shop.root / "cdcmig.yaml"
    template = {"name": "region", "type": "text"}
    write_yaml(templates, {"templates": {"region": template}})
    service = yaml.safe_load((shop.root / "services/shop.yaml").read_text())
    tables = service["shop"]["sinks"]["sink_shop.orders"]["tables"]
    tables["shop.Order"]["column_templates"] = [{"template": "region"}]
    tables["shop.Line"]["column_templates"] = [{"template": "region", "name": "Sales Region"}]
    write_yaml(shop.root / "services/shop.yaml", service)
    shop.initial()
    shop.upgrade("avansas")
    shop.execute(
        """INSERT INTO avansas."Order" ("Id", region, __source) VALUES (1, 'northern', 'server1');"""
        """INSERT INTO avansas."Line" ("Id", "Sales Region") VALUES (1, 'northern')"""
    )

    write_yaml(templates, {"templates": {"region": template | {"type": "varchar(5)"}}})
    write_yaml(settings, {"metadata_columns": {"__source": {"type": "varchar(4)"}}})
    told = shop.cdcmig("diff", code=2)
    hint = "using: 'left({column}, 5)'"
    assert f"column-templates.yaml, at the template region: {hint}" in told
    assert "cdcmig.yaml, at metadata_columns: __source: using: 'left({column}, 4)'" in told
    narrow = template | {"type": "varchar(5)", "using": "left({column}, 5)"}
    write_yaml(templates, {"templates": {"region": narrow}})
    source = {"type": "varchar(4)", "using": "left({column}, 4)"}
    write_yaml(settings, {"metadata_columns": {"__source": source}})
    shop.cdcmig("revision", "-m", "narrower", "--allow-destructive")

    write_yaml(templates, {"templates": {"region": narrow | {"name": "area"}}})
    write_yaml(settings, {"metadata_columns": {"__source": source | {"name": "origin"}}})
    assert "renamed column region → area" in shop.cdcmig("diff", code=1)
    shop.cdcmig("revision", "-m", "renamed")
    assert "nothing changed" in shop.cdcmig("diff")
    shop.upgrade("avansas")
    event = "__operation, __lsn, __kafka_topic, __kafka_partition, __kafka_offset"
    values = "'c', '00000001', 'orders', 0"
    shop.execute(
        f"""INSERT INTO avansas."stg_Order" ("Id", region, __source, {event})"""
        f""" VALUES (2, 'southern', 'server2', {values}, 1), (3, NULL, NULL, {values}, 2)"""
    )
    shop.cdcmig("merge")
    with shop.engine.connect() as connection:
        rows = connection.execute(text('SELECT area, origin FROM avansas."Order" ORDER BY "Id"')).all()
        assert rows == [("north", "serv"), ("south", "serv"), (None, None)]
        assert connection.scalar(text('SELECT "Sales Region" FROM avansas."Line"')) == "north"
    assert "avansas" not in shop.cdcmig("check", "--target", code=1)
    shop.run(
        *("alembic", "downgrade", "-2", "-x", "schema=avansas", "-x", "allow_data_loss=1"),
        **shop.environment,
    )


def test_check_is_green_where_a_danger_was_asked_for(shop: Shop) -> None:
    shop.initial()
    shop.snapshot("Order", f"[{KEY}]")
    shop.cdcmig("revision", "-m", "no notes", "--allow-destructive")
    assert shop.cdcmig("check") == "ok\n"
    told = shop.cdcmig("diff", "--prune-staging", code=1)
    assert "    staging: dropped column Note\n" in told
    assert "note: stg_Order.Note is dropped" in told
    assert "nothing changed" in shop.cdcmig("diff", "--allow-destructive")
    shop.cdcmig("revision", "-m", "pruned", "--prune-staging")
    assert shop.cdcmig("check") == "ok\n"
    shop.snapshot("Line", f"[{KEY}, {{name: Qty, type: bigint}}]")
    shop.cdcmig("revision", "-m", "larger")
    assert "0004_larger.py:12: lint rewrite: Line.Qty: integer to bigint" in shop.cdcmig("check", code=1)
    larger = shop.root / CHANGESETS / "0004_larger.py"
    larger.write_text(
        larger.read_text().replace("'Qty',", "'Qty',  # cdcmig: allow rewrite (a small table)", 1)
    )
    shop.cdcmig("repair", str(larger))
    assert shop.cdcmig("check") == "ok\n"


@pytest.mark.parametrize(
    ("option", "name", "told"),
    [
        ("--schema", "avnsas", 'no schema "avnsas"; did you mean "avansas"?'),
        ("--table", "Oder", 'no target table "Oder"; did you mean "Order"?'),
        ("--service", "shp", 'no service "shp"; did you mean "shop"?'),
        (
            "--sink",
            "sink_shop.order",
            'no service has a sink "sink_shop.order"; did you mean "sink_shop.orders"?',
        ),
    ],
)
def test_a_name_that_the_config_does_not_have_is_no_empty_choice(
    shop: Shop, option: str, name: str, told: str
) -> None:
    assert told in shop.cdcmig("diff", option, name, code=2)


@pytest.mark.parametrize(
    ("x", "url", "told"),
    [
        ("schema=", None, "nothing stands after the ="),
        ("wait=long", None, "expected seconds"),
        ("lock_timeout=soon", None, "expected a time"),
        ("allow_data_loss=yes", None, "expected 1"),
        ("schema=avansas", "postgresql://me:secret@host:port/shop", "the target URL cannot be read"),
    ],
)
def test_arguments_that_cannot_be_read(shop: Shop, x: str, url: str | None, told: str) -> None:
    shop.initial()
    environment = shop.environment | ({"CDCMIG_TARGET_URL": url} if url else {})
    output = shop.run("alembic", "upgrade", "head", "-x", x, code=2, **environment)
    assert told in output
    assert "secret" not in output


def test_alembic_reads_and_writes_the_files_of_one_branch(shop: Shop) -> None:
    shop.initial()
    shop.longer_notes()
    shop.cdcmig("revision", "-m", "longer notes", "--schema", "bjørk")

    def alembic(*arguments: str, code: int = 0) -> list[str]:
        return shop.run("alembic", *arguments, code=code, **shop.environment).splitlines()

    assert [line.split(", ")[-1] for line in alembic("history", "-x", "schema=bjørk")] == [
        "longer notes",
        "initial import",
    ]
    assert len(alembic("-x", "schema=o'hara", "heads")) == 1
    assert len(alembic("heads")) == len(alembic("heads", "-x", "sink=sink_shop.orders")) == 4
    assert alembic("show", "head", "-x", "schema=avansas")[2] == "Branch names: avansas"
    assert 'did you mean "bjørk"?' in alembic("heads", "-x", "schema=bjork", code=2)[0]
    assert "branches are not merged" in alembic("merge", "heads", "-m", "x", code=2)[0]
    assert "this command works on one schema" in alembic("revision", "-m", "x", code=2)[0]
    before = shop.files()
    assert "Target database is not up to date" in " ".join(alembic("check", "-x", "schema=avansas", code=255))
    alembic("revision", "-m", "by hand", "-x", "schema=avansas")
    [new] = shop.files().keys() - before.keys()
    assert new.startswith("alembic/versions/sink_shop.orders/avansas/")
    assert "by hand" in alembic("history", "-x", "schema=avansas")[0]
    shop.upgrade("avansas")
    assert shop.json("history", "--schema", "avansas")[-1]["changeset"] in new


def test_every_schema_that_is_named_has_to_exist(shop: Shop) -> None:
    shop.initial()
    for command in (("history",), ("lint", "--pending"), ("validate",), ("squash",), ("check", "--target")):
        told = shop.cdcmig(*command, "--schema", "bjørk", "--schema", "avnsas", code=2)
        assert '"avnsas"; did you mean "avansas"?' in told


def test_an_environment_that_does_not_exist_is_named_with_its_place(shop: Shop) -> None:
    shop.initial()
    upgrade = ("alembic", "upgrade", "head", "-x", "schema=avansas", "-x", "env=dv")
    place = "services/sink-groups.yaml:7: sink_shop.sources.orders"
    for command in (upgrade, ("cdcmig", "merge", "--env", "dv")):
        told = shop.run(*command, code=2)
        assert f'{place}: there is no environment "dv"; did you mean "dev"?' in told
    told = shop.cdcmig("inspect", "--env", "dv", code=2)
    assert 'services/source-groups.yaml:10: shop.sources: there is no environment "dv"' in told
    (shop.root / "services/shop.yaml").unlink()
    (shop.root / "services/sink-groups.yaml").unlink()
    assert 'sink-groups.yaml has no sink "sink_shop.orders"' in shop.run(*upgrade, code=2)


def test_a_table_that_was_removed_is_told_though_nothing_changes(shop: Shop) -> None:
    shop.initial()
    file = shop.root / "services/shop.yaml"
    service = yaml.safe_load(file.read_text())
    tables = service["shop"]["sinks"]["sink_shop.orders"]["tables"]
    del tables[next(name for name in tables if name.endswith("Line"))]
    write_yaml(file, service)
    assert "note: Line is not in the config any more; it stays as it is" in shop.cdcmig("diff")


def test_a_table_that_somebody_else_looks_after_from_now_on_is_not_dropped(shop: Shop) -> None:
    shop.initial()
    service = yaml.safe_load((shop.root / "services/shop.yaml").read_text())
    line = service["shop"]["sinks"]["sink_shop.orders"]["tables"]["shop.Line"]
    line["target_exists"] = True
    write_yaml(shop.root / "services/shop.yaml", service)
    told = shop.cdcmig("diff", "--allow-destructive")
    assert "nothing changed" in told
    assert "note: Line is target_exists in the config now; what cdcmig made of it stays as it is" in told
    shop.snapshot("Order", f"[{KEY}]")
    shop.cdcmig("revision", "-m", "less", "--allow-destructive")
    assert "'Line'" not in (shop.root / CHANGESETS / "0002_less.py").read_text()
    del line["target_exists"]
    write_yaml(shop.root / "services/shop.yaml", service)
    assert "nothing changed" in shop.cdcmig("diff")


def test_a_snapshot_that_is_missing_removes_no_table(shop: Shop) -> None:
    shop.initial()
    shop.upgrade("avansas")
    file = snapshot_path(shop.root, "shop", TableName("dbo", "Line"))
    away = file.rename(shop.root / "Line.yaml")
    shop.longer_notes()
    before = shop.files()
    for command, code in (
        (("check",), 1),
        (("diff",), 2),
        (("diff", "--json"), 2),
        (("diff", "--table", "Line"), 2),
        (("revision", "-m", "x"), 2),
        (("revision", "-m", "x", "--allow-destructive"), 2),
        (("revision", "-m", "x", "--allow-destructive", "--schema", "bjørk"), 2),
    ):
        told = shop.cdcmig(*command, code=code)
        assert "services/_schemas/shop/dbo/Line.yaml: " in told
        assert "restore the file from git, or write it with `cdcmig inspect`" in told
        assert "not in the config any more" not in told
    told = shop.run("alembic", "check", "-x", "schema=avansas", code=2, **shop.environment)
    assert "Line.yaml: " in told
    assert "not in the config any more" not in told
    assert shop.files() == before
    away.rename(file)
    shop.cdcmig("revision", "-m", "longer notes")
    assert shop.cdcmig("check") == "ok\n"


def test_no_snapshot_at_all_removes_no_customer(shop: Shop) -> None:
    shop.initial()
    (shop.root / "services/_schemas").rename(shop.root / "away")
    for command, code in (("check", 1), ("diff", 2), ("tenants", 0)):
        told = shop.cdcmig(command, code=code)
        assert ("Line.yaml: " in told) == (code > 0)
        assert "removed from the config" not in told
        assert "any more" not in told
        assert "no longer" not in told


def test_a_table_that_never_landed_and_has_no_snapshot_is_told(shop: Shop) -> None:
    file = snapshot_path(shop.root, "shop", TableName("dbo", "Line"))
    away = file.rename(shop.root / "Line.yaml")
    warning = 'warning: services/shop.yaml:5: shop.source.tables."dbo.Line": no snapshot services/_schemas/'
    assert warning in shop.cdcmig("diff", code=1)
    shop.initial()
    assert warning in shop.cdcmig("diff")
    told = shop.cdcmig("check")
    assert warning in told
    assert told.startswith("ok\n")
    [told] = shop.json("check")["warnings"]
    assert "no snapshot" in told
    away.rename(file)
    assert "added table" in shop.cdcmig("diff", code=1)


def test_a_customer_that_was_removed_is_told(shop: Shop) -> None:
    shop.initial()
    assert "no longer" not in shop.cdcmig("diff") + shop.cdcmig("check")
    shop.customers("Bjørk", "o'Hara")
    warning = (
        'schema "avansas" of sink_shop.orders is no longer in the config:'
        " the schema and its branch stay, and get no further changesets"
    )
    for command in (("diff",), ("check",), ("check", "--no-pending"), ("revision", "-m", "x")):
        assert shop.cdcmig(*command).count(f"warning: {warning}\n") == 1
    for command in (("diff",), ("check",), ("revision", "-m", "x")):
        assert warning in shop.json(*command)["warnings"]
    assert "no longer" not in shop.cdcmig("diff", "--schema", "bjørk")
    before = shop.files()
    shop.longer_notes()
    assert warning in shop.cdcmig("diff", code=1)
    shop.cdcmig("revision", "-m", "longer notes", "--allow-destructive")
    assert not any("/avansas/" in path for path in shop.files().keys() - before.keys())


def test_a_customer_that_was_removed_can_still_be_checked(shop: Shop) -> None:
    shop.initial()
    shop.upgrade("avansas")
    shop.customers("Bjørk", "o'Hara")
    look = ("cdcmig", "check", "--target", "--schema", "avansas")
    assert shop.stdout(*look, **shop.environment) == "ok\n"
    shop.execute('ALTER TABLE avansas."Order" ADD extra int')
    assert "column Order.extra" in shop.cdcmig("check", "--target", "--schema", "avansas", code=1)
    assert 'no schema "avnsas"' in shop.cdcmig("check", "--schema", "avnsas", code=2)


def test_a_repository_of_version_0_1_has_nothing_pending(shop: Shop) -> None:
    shop.initial()
    shop.snapshot("Order", "[{name: Id, type: int, nullable: false, primary_key: true}]")
    shop.cdcmig("revision", "-m", "no notes", "--schema", "bjørk")
    changesets = sorted((shop.root / CHANGESETS).glob("*.py"))
    for changeset in changesets:
        content = changeset.read_text(encoding="utf-8")
        assert "[cdcmig" in content
        changeset.write_text(without_markers(content), encoding="utf-8")
    shop.cdcmig("seal", *map(str, changesets))
    shop.upgrade("cdc_management")
    shop.upgrade("bjørk")
    shop.cdcmig("diff", "--schema", "bjørk")
    shop.run("alembic", "check", "-x", "schema=bjørk", **shop.environment)
    shop.cdcmig("check", "--target", "--schema", "bjørk", "--no-pending")
    shop.cdcmig("revision", "-m", "no notes anywhere")
    assert sorted((shop.root / CHANGESETS).glob("*.py")) == changesets, "the canary's changeset is bound"
    assert "nothing changed" in shop.cdcmig("diff")


def test_a_canary_is_promoted(shop: Shop) -> None:
    shop.initial()
    shop.longer_notes()
    shop.cdcmig("revision", "-m", "longer notes", "--schema", "bjørk")
    groups = {tenant["schema"]: tenant["group"] for tenant in shop.json("tenants")}
    assert groups["avansas"] == groups["o'hara"] != groups["bjørk"]
    before = shop.files()
    assert "would bind 0002_longer_notes to 2 schemas" in shop.cdcmig("promote", "2", "--dry-run")
    assert shop.files() == before
    shop.cdcmig("promote", "0002")
    assert shop.files().keys() - before.keys() == {
        f"alembic/versions/sink_shop.orders/{schema}/0002_longer_notes.py" for schema in ("avansas", "o'hara")
    }
    assert "nothing changed" in shop.cdcmig("diff")
    assert "nothing to do" in shop.cdcmig("promote", "0002")
    told = shop.cdcmig("promote", "0003", code=2)
    assert "the latest are 0002_longer_notes, 0001_initial_import" in told
    told = shop.cdcmig("promote", "2", "--sink", "sink_shop.order", code=2)
    assert 'no sink "sink_shop.order"; did you mean "sink_shop.orders"?' in told
    assert {tenant["head"] for tenant in shop.json("tenants") if tenant["group"]} == {"0002_longer_notes"}


def test_a_changeset_written_by_hand_is_promoted(shop: Shop) -> None:
    shop.initial()
    file = shop.root / CHANGESETS / "0002_backfill.py"
    file.write_text(
        '"""backfill"""\n\nfrom alembic import op\n\n\n'
        "def upgrade(schema: str) -> None:\n"
        "    op.bulk_insert(op.f and __import__('sqlalchemy').table('Log', "
        "__import__('sqlalchemy').column('Text'), schema=schema), [{'Text': 'x'}])\n\n\n"
        "def downgrade(schema: str) -> None:\n    op.get_bind()\n"
    )
    assert "was added by hand" in shop.cdcmig("check", "--no-pending", code=1)
    shop.cdcmig("promote", "2", code=2)
    shop.cdcmig("repair", str(file))
    assert "no branch binds it" in shop.cdcmig("check", "--no-pending", code=1)
    shop.cdcmig("promote", "2")
    shop.upgrade("avansas")
    assert shop.column('SELECT "Text" FROM avansas."Log"') == ["x"]


def test_a_new_customer_alone_is_told_alone(shop: Shop) -> None:
    shop.initial()
    shop.customers(*CUSTOMERS, "Delta")
    assert shop.cdcmig("diff", code=1).startswith("sink_shop.orders: delta\n  new: delta\nwarning")


def test_customers_come_and_go(shop: Shop) -> None:
    shop.initial()
    shop.customers("Bjørk", "Nordlys", "o'Hara")
    states = {tenant["schema"]: tenant for tenant in shop.json("tenants")}
    assert states["avansas"]["state"].startswith("removed from the config")
    assert (states["nordlys"]["branch"], states["nordlys"]["tenants"]) == (False, ["Nordlys"])
    assert states["nordlys"]["group"] == states["bjørk"]["group"]
    before = shop.files()
    shop.cdcmig("revision", "-m", "nordlys")
    changed = {path for path, content in shop.files().items() if before.get(path) != content}
    assert changed == {
        "alembic/versions/sink_shop.orders/nordlys/0001_initial_import.py",
        "alembic/checksums.txt",
    }
    told = shop.cdcmig("diff", "--schema", "avansas", code=2)
    assert 'nothing in the config is for schema "avansas" any more' in told
    assert "1 step in alembic/versions/sink_shop.orders/avansas" in told
    assert states.keys() == {tenant["schema"] for tenant in shop.json("tenants")}
    shop.cdcmig("tenants", "--sink", "sink_shop.order", code=2)


def test_check_names_files_config_and_pending_changes(shop: Shop) -> None:
    shop.initial()
    assert shop.cdcmig("check") == "ok\n"
    changeset = shop.root / CHANGESETS / "0001_initial_import.py"
    landed = changeset.read_text()
    changeset.write_text(landed + "# edited\n")
    (shop.root / "alembic/versions/sink_shop.orders/bjørk/0001_initial_import.py").unlink()
    found = shop.json("check", code=1)
    assert [(finding["check"], Path(finding["file"]).parent.name) for finding in found["findings"]] == [
        ("checksum", "sink_shop.orders"),
        ("checksum", "bjørk"),
    ]
    assert found["skipped"]
    assert "0001_initial_import.py: was edited" in shop.upgrade("avansas", code=2)


def test_a_revision_that_was_deleted_before_it_landed_is_forgotten_when_asked(
    shop: Shop, tmp_path: Path
) -> None:
    shop.initial()
    before = shop.files()
    shop.longer_notes()
    shop.cdcmig("revision", "-m", "longer notes")
    for path in shop.files().keys() - before.keys():
        (shop.root / path).unlink()
    told = shop.cdcmig("check", "--no-pending", code=1)
    assert (
        told.count(
            "was removed after it was written; if no database has seen it: cdcmig repair --forget 0002_longer_notes"
        )
        == 4
    )
    assert "cdcmig repair --forget 0002_longer_notes" in shop.upgrade("avansas", code=2)
    assert "would forget" in shop.cdcmig("repair", "--forget", "0002_longer_notes", "--dry-run")
    shop.cdcmig("check", "--no-pending", code=1)
    elsewhere = Repository(tmp_path)
    told = elsewhere.run("cdcmig", "repair", "-C", str(shop.root), "--forget", "0002_longer_notes")
    assert told.count("forgot ") == 4
    assert shop.files() == before
    assert shop.cdcmig("check", "--no-pending") == "ok\n"

    told = shop.cdcmig("repair", "--forget", "0001_initial_import", code=2)
    assert "0001_initial_import.py is still there" in told
    told = shop.cdcmig("repair", "--forget", "0001_initial_imprt", code=2)
    assert 'did you mean "0001_initial_import"' in told
    assert "does not exist" in shop.cdcmig("repair", "alembic/versions/nowhere.py", code=2)
    (shop.root / CHANGESETS / "0001_initial_import.py").unlink()
    assert "0001_initial_import.py: was removed" in shop.upgrade("avansas", code=2)
    shop.cdcmig("repair", "--forget", f"{CHANGESETS}/0001_initial_import.py")
    assert "binds sink_shop.orders/0001_initial_import, which does not exist" in shop.cdcmig("check", code=1)


def test_check_compares_with_the_config(shop: Shop) -> None:
    shop.initial()
    shop.longer_notes()
    expected = (
        f"{CHANGESETS}: pending: avansas, bjørk, o'hara: Order: column Note: type varchar(50) → varchar(60)\n"
    )
    assert shop.cdcmig("check", code=1) == expected
    assert shop.cdcmig("check", "--no-pending") == "ok\n"
    (shop.root / "services/shop.yaml").write_text("shop: {sorce: 1}")
    assert "services/shop.yaml:1: config: " in shop.cdcmig("check", "--no-pending", code=1)


def test_check_looks_into_the_live_database(shop: Shop) -> None:
    shop.initial()
    told = shop.cdcmig("check", "--target", code=1)
    assert (
        "alembic/versions/sink_shop.orders/bjørk: version: is not upgraded; the head is 0001_initial_import"
        in told
    )
    for schema in ("avansas", "bjørk", "o'hara"):
        shop.upgrade(schema)
    assert shop.cdcmig("check", "--target") == "ok\n"
    shop.execute(
        """ALTER TABLE "o'hara"."Order" ADD extra int; DROP INDEX "bjørk"."ix_Line_sync_timestamp";"""
    )
    folder = "alembic/versions/sink_shop.orders"
    assert shop.cdcmig("check", "--target", code=1).splitlines() == [
        f"{folder}/bjørk: drift: index ix_Line_sync_timestamp is missing: expected CREATE INDEX"
        ' "ix_Line_sync_timestamp" ON "bjørk"."Line" USING brin (__sync_timestamp)',
        f"{folder}/o'hara: drift: column Order.extra is not from any changeset: integer",
    ]
    assert shop.cdcmig("check", "--target", "--schema", "avansas") == "ok\n"
    shop.longer_notes()
    shop.cdcmig("revision", "-m", "longer notes")
    told = shop.cdcmig("check", "--target", "--schema", "avansas", code=1)
    assert "avansas: version: is at 0001_initial_import, 1 step behind the head 0002_longer_notes" in told


def test_check_names_a_changeset_edited_after_it_was_applied(shop: Shop) -> None:
    shop.initial()
    shop.upgrade("avansas")
    changeset = shop.root / CHANGESETS / "0001_initial_import.py"
    changeset.write_text(changeset.read_text() + "# edited\n")
    shop.cdcmig("repair", str(changeset))
    assert shop.cdcmig("check") == "ok\n"
    told = shop.cdcmig("check", "--target", "--schema", "avansas", code=1)
    assert (
        told == f"{CHANGESETS}/0001_initial_import.py: applied: was edited after it was applied to avansas\n"
    )


def test_lint_looks_at_what_is_named_or_pending(shop: Shop) -> None:
    shop.initial()
    assert shop.cdcmig("lint") == "ok\n"
    file = shop.root / CHANGESETS / "0002_drop.py"
    file.write_text(
        '"""drop"""\n\nfrom alembic import op\n\n\n'
        'def upgrade(schema: str) -> None:\n    op.drop_column("Order", "Note", schema=schema)\n\n\n'
        "def downgrade(schema: str) -> None:\n    pass\n"
    )
    shop.cdcmig("repair", str(file))
    shop.cdcmig("promote", "2")
    findings = shop.json("lint", "2", code=1)["findings"]
    assert {"check": "lint destructive", "file": f"{CHANGESETS}/0002_drop.py", "line": 7} in [
        {name: finding[name] for name in ("check", "file", "line")} for finding in findings
    ]
    assert "lint destructive" in shop.cdcmig("check", "--no-pending", code=1)
    shop.upgrade("avansas")
    assert shop.cdcmig("lint", "--pending", "--schema", "avansas") == "ok\n"
    shop.cdcmig("lint", "--pending", "--schema", "bjørk", code=1)
    assert "the latest are 0002_drop, 0001_initial_import" in shop.cdcmig("lint", "0009", code=2)


def test_validate_judges_existing_tables_and_prints_its_query(shop: Shop) -> None:
    file = shop.root / "services/shop.yaml"
    service = yaml.safe_load(file.read_text())
    service["shop"]["sinks"]["sink_shop.orders"]["tables"]["public.note"] = {
        "target_exists": True,
        "from": "dbo.Order",
        "columns": {"Note": "theNote", "Id": "id"},
    }
    write_yaml(file, service)
    assert "public.note: the table does not exist" in shop.cdcmig("validate", code=1)
    shop.execute('CREATE TABLE note (id int, "theNote" varchar(40))')
    faults = shop.json("validate", code=1)["faults"]["sink_shop.orders"]
    assert [(fault["column"], fault["fault"]) for fault in faults] == [
        ("theNote", "character varying(40) cannot hold every varchar(50)")
    ]
    shop.initial()
    query = shop.cdcmig("validate", "--sql")
    assert len(shop.psql_script(query).splitlines()) == 1
    shop.execute('ALTER TABLE note ALTER "theNote" TYPE text')
    assert shop.cdcmig("validate") == "ok\n"


def test_history(shop: Shop) -> None:
    shop.initial()
    assert "nothing was upgraded yet" in shop.cdcmig("history")
    shop.upgrade("avansas")
    shop.run("alembic", "downgrade", "base", "-x", "schema=avansas", **shop.environment)
    rows = shop.json("history", "--schema", "avansas")
    assert [(row["direction"], row["changeset"]) for row in rows] == [
        (direction, "changesets/sink_shop.orders/0001_initial_import")
        for direction in ("upgrade", "downgrade")
    ]
    assert rows[0]["cdcmig_version"]
    assert [row["direction"] for row in shop.json("history", "-n", "1")] == ["downgrade"]


def test_history_times_the_whole_step(shop: Shop) -> None:
    shop.initial()
    sleep = "op.execute('SELECT pg_sleep(0.6)')"
    shop.by_hand(
        "0002_long", sleep, "with op.get_context().autocommit_block():", "    op.execute('SELECT 1')"
    )
    shop.by_hand("0003_short", "op.execute('SELECT 1')")
    shop.upgrade("avansas")
    long, short = shop.json("history", "--schema", "avansas")[-2:]
    assert short["duration_ms"] < 600 <= long["duration_ms"]
    began = [datetime.fromisoformat(step["started_at"]) for step in (long, short)]
    assert began[1] - began[0] >= timedelta(milliseconds=600)

    upgrade = ("alembic", "--quiet", "upgrade", "head", "-x", "schema=bjørk", "--sql")
    shop.psql_script(shop.stdout(*upgrade, **shop.environment))
    *_, long, short = shop.json("history", "--schema", "bjørk")
    assert short["duration_ms"] < 600 <= long["duration_ms"]


def test_squash_folds_and_upgraded_databases_are_recognised(shop: Shop) -> None:
    shop.initial()
    shop.longer_notes()
    shop.cdcmig("revision", "-m", "longer notes")
    shop.snapshot("Line", f"[{KEY}, {{name: Qty, type: int}}, {{name: Price, type: 'decimal(9,2)'}}]")
    shop.cdcmig("revision", "-m", "prices")
    shop.upgrade("avansas")
    shop.upgrade("bjørk", "+2")
    shop.execute("""INSERT INTO avansas."Order" ("Id", "Note") VALUES (1, 'kept')""")
    before = shop.files()
    assert "would write 3 baselines: avansas, bjørk, o'hara" in shop.cdcmig("squash", "--dry-run")
    assert shop.files() == before
    shop.cdcmig("squash")
    assert {path for path in shop.files() if "sink_shop.orders" in path and "cdc_management" not in path} == {
        f"{CHANGESETS}/0004_baseline.py",
        *(
            f"alembic/versions/sink_shop.orders/{each}/0004_baseline.py"
            for each in ("avansas", "bjørk", "o'hara")
        ),
    }
    assert shop.cdcmig("check") == "ok\n"
    assert "nothing to fold" in shop.cdcmig("squash")

    current = ("alembic", "current", "-x", "schema=avansas")
    assert "(head)" in shop.run(*current, **shop.environment)
    assert "Running upgrade" not in shop.upgrade("avansas")
    assert "(head)" in shop.run(*current, **shop.environment)
    assert shop.json("history", "--schema", "avansas")[-1]["direction"] == "squash"
    assert shop.column('SELECT "Note" FROM avansas."Order"') == ["kept"]

    told = shop.upgrade("bjørk", code=2)
    assert 'schema "bjørk" is at 0002_longer_notes, in the midst of what was folded' in told
    shop.upgrade("o'hara")
    told = shop.cdcmig("check", "--target", code=1)
    assert [line.partition(": ")[0].rpartition("/")[2] for line in told.splitlines()] == ["bjørk"]

    shop.longer_notes(80)
    shop.cdcmig("revision", "-m", "even longer")
    for schema in ("avansas", "o'hara"):
        shop.upgrade(schema)
        assert shop.cdcmig("check", "--target", "--schema", schema) == "ok\n"

    back = ("alembic", "downgrade", "base", "-x", "schema=avansas")
    assert "Order: the table is dropped with its rows" in shop.run(*back, code=2, **shop.environment)
    assert shop.column('SELECT "Note" FROM avansas."Order"') == ["kept"]
    shop.run(*back, "-x", "allow_data_loss=1", **shop.environment)
    shop.run("alembic", "downgrade", "base", "-x", "schema=o'hara", **shop.environment)


def test_a_script_from_a_folded_revision_goes_on_at_the_baseline(shop: Shop) -> None:
    shop.initial()
    shop.longer_notes()
    shop.cdcmig("revision", "-m", "longer notes")
    shop.upgrade("avansas")
    first, last = (row["revision"] for row in shop.json("history", "--schema", "avansas"))
    shop.cdcmig("squash")
    shop.longer_notes(80)
    shop.cdcmig("revision", "-m", "even longer")

    def command(start: str) -> tuple[str, ...]:
        return ("alembic", "--quiet", "upgrade", f"{start}:head", "-x", "schema=avansas", "--sql")

    shop.psql_script(shop.stdout(*command(last), **shop.environment))
    assert shop.cdcmig("check", "--target", "--schema", "avansas") == "ok\n"
    assert [row["direction"] for row in shop.json("history", "--schema", "avansas")[2:]] == [
        "squash",
        "upgrade",
    ]
    assert "in the midst of what was folded" in shop.run(*command(first), code=2, **shop.environment)


def test_a_history_of_renames_and_removals_is_folded(shop: Shop) -> None:
    shop.snapshot(
        "Order", f"[{KEY}, {{name: Note, type: nvarchar(50)}}, {{name: Gone, type: int, nullable: false}}]"
    )
    shop.initial()
    shop.snapshot("Order", f"[{KEY}, {{name: Remark, type: nvarchar(50)}}]")
    file = shop.root / "services/shop.yaml"
    service = yaml.safe_load(file.read_text())
    table = {"renames": {"Note": "Remark"}, "using": {"Remark": 'left("Remark", 5)'}}
    service["shop"]["source"]["tables"]["dbo.Order"] = table
    write_yaml(file, service)
    shop.cdcmig("revision", "-m", "rename and remove")
    shop.snapshot("Order", f"[{KEY}, {{name: Remark, type: nvarchar(5)}}]")
    shop.cdcmig("revision", "-m", "narrow", "--allow-destructive")
    shop.upgrade("avansas")
    shop.cdcmig("squash")
    shop.upgrade("avansas")
    shop.upgrade("bjørk")
    assert shop.cdcmig("check", "--target", "--schema", "avansas", "--schema", "bjørk") == "ok\n"
    shop.execute(
        """INSERT INTO "bjørk"."stg_Order" ("Id", "Note", __kafka_topic, __kafka_partition, __kafka_offset)"""
        """ VALUES (1, 'of yesterday', 't', 0, 1)"""
    )
    shop.cdcmig("merge")
    assert shop.column('SELECT "Remark" FROM "bjørk"."Order"') == ["of ye"]


def test_a_history_with_objects_of_its_own_is_not_folded(shop: Shop) -> None:
    shop.initial()
    file = shop.root / CHANGESETS / "0002_view.py"
    file.write_text(
        '"""view"""\n\nfrom alembic import op\n\n\n'
        "def upgrade(schema: str) -> None:\n    op.execute(f'CREATE VIEW \"{schema}\".v AS SELECT 1 AS one')\n\n\n"
        "def downgrade(schema: str) -> None:\n    op.execute(f'DROP VIEW \"{schema}\".v')\n"
    )
    shop.cdcmig("repair", str(file))
    shop.cdcmig("promote", "2")
    before = shop.files()
    assert "view v is missing" in shop.cdcmig("squash", code=2)
    assert shop.files() == before


def test_steps_outside_of_a_transaction_are_replayed_too(shop: Shop) -> None:
    shop.snapshot("Order", f"[{KEY}, {{name: Note, type: nvarchar(50)}}, {{name: Qty, type: int}}]")
    shop.initial()
    shop.snapshot(
        "Order", f"[{KEY}, {{name: Note, type: nvarchar(50), nullable: false}}, {{name: Qty, type: bigint}}]"
    )
    shop.cdcmig("revision", "-m", "second", "--online")
    text = (shop.root / CHANGESETS / "0002_second.py").read_text()
    assert "copy_column" in text
    assert "prove_not_null" in text
    assert "nothing changed" in shop.cdcmig("diff")
