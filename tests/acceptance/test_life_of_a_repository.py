"""A small repository over time: names from hell, several sinks, customers that come or differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from cdcmig.repository.layout import Layout
from cdcmig.runtime import embedded
from tests.acceptance.repository import Repository, small_repository, write_yaml

ORDER = "[{name: Id, type: int, nullable: false, primary_key: true}, {name: Note, type: nvarchar(50)}]"
Make = Callable[..., Repository]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Repository] = []

    def make_one(*arguments: object, **options: object) -> Repository:
        made.append(small_repository(tmp_path / f"r{len(made)}", *arguments, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make_one
    for repository in made:
        embedded.stop(repository.root)


HOSTILE_TENANTS = [
    'a"; DROP SCHEMA x; --',
    "Død",
    "select",
    "head",
    "100% :1 @ a-b+c",
    "o'hara",
    "..",
    "a/b\\c",
    "ÅS",
]
HOSTILE_COLUMNS = """
- {name: 'Key "1"; DROP', type: int, nullable: false, primary_key: true}
- {name: "%s :2 %(x)s", type: "nvarchar(10)", nullable: false, primary_key: true}
- {name: "select", type: "decimal(18,4)"}
- {name: "Fødeland år", type: "datetime2(7)"}
- {name: "$$ $cdcmig$", type: "nvarchar(max)"}
- {name: "{{key}}", type: bit}
- {name: "%(long)s", type: int}
""".replace("%(long)s", "Långt" + "n" * 123)


def test_hostile_names_through_the_whole_path(make: Make, tmp_path: Path) -> None:
    tables = {
        'T"; DROP': HOSTILE_COLUMNS,
        "Order Details%": ORDER,
        "user": ORDER,
        "n" * 128: ORDER,
    }
    repository = make(tables, HOSTILE_TENANTS)
    repository.run("cdcmig", "revision", "-m", 'it\'s "hostile" \\ """')
    repository.run("alembic", "upgrade", "heads")
    before = repository.dump("orders")
    layout = Layout.at(repository.root)
    schemas = [schema for schema in layout.schemas("sink_shop.orders") if schema != "cdc_management"]
    assert len(schemas) == len(HOSTILE_TENANTS)
    for schema in schemas:
        assert "No new upgrade operations" in repository.run("alembic", "check", "-x", f"schema={schema}")
        repository.run("alembic", "downgrade", "base", "-x", f"schema={schema}")
    repository.run("alembic", "upgrade", "heads")
    assert repository.dump("orders") == before
    assert "nothing changed" in repository.run("cdcmig", "revision", "-m", "again")

    script = tmp_path / "script.sql"
    hostile = schemas[1]
    script.write_text(
        repository.stdout("alembic", "--quiet", "upgrade", "head", "-x", f"schema={hostile}", "--sql")
    )
    repository.psql("-c", "CREATE DATABASE from_script", database="postgres")
    repository.psql("-f", str(script), database="from_script")


def test_tables_that_differ_by_case_alone_are_refused(make: Make) -> None:
    repository = make({"Actor": ORDER}, ["a"])
    service = repository.root / "services/shop.yaml"
    config = yaml.safe_load(service.read_text())
    config["shop"]["sinks"]["sink_shop.orders"]["tables"]["shop.ACTOR"] = {"from": "dbo.Actor"}
    write_yaml(service, config)
    output = repository.run("cdcmig", "revision", "-m", "x", code=2)
    assert '"Actor"' in output
    assert '"ACTOR"' in output


def test_table_that_is_called_like_another_ones_staging_table_is_refused(make: Make) -> None:
    repository = make({"user": ORDER, "stg_user": ORDER}, ["a"])
    output = repository.run("cdcmig", "revision", "-m", "x", code=2)
    assert (
        '"stg_user" (services/shop.yaml: shop.stg_user) and "stg_user" (staging of services/shop.yaml'
        in output
    )


def test_all_unknown_types_are_named_together(make: Make) -> None:
    repository = make({"T": "[{name: a, type: nvarchr(50)}, {name: b, type: flaot}]"}, ["a"])
    for command in (("cdcmig", "revision", "-m", "x"), ("cdcmig", "config", "check")):
        output = repository.run(*command, code=2)
        assert "services/_schemas/shop/dbo/T.yaml:6: dbo.T.a" in output
        assert "services/_schemas/shop/dbo/T.yaml:8: dbo.T.b" in output
        assert "nvarchar" in output
    output = repository.run("cdcmig", "check", code=1)
    assert output.count("services: config: services/_schemas/shop/dbo/T.yaml:") == 2


def test_unknown_types_of_the_config_are_named_with_file_and_line(make: Make) -> None:
    repository = make({"T": ORDER}, ["a"])
    service = repository.root / "services/shop.yaml"
    config = yaml.safe_load(service.read_text())
    config["shop"]["sinks"]["sink_shop.orders"]["tables"]["shop.T"]["column_templates"] = [{"template": "x"}]
    write_yaml(service, config)
    faults = {
        "type-map.yaml": ("\nmoney: nummeric(20, 6)\n", 'type-map.yaml:2: money: "nummeric(20, 6)"'),
        "services/column-templates.yaml": (
            "templates:\n  x:\n    name: x\n    type: intgr\n",
            'services/column-templates.yaml:4: templates.x.type: "intgr"',
        ),
        "cdcmig.yaml": (
            "metadata_columns:\n  __lsn: {type: bytes}\n",
            'cdcmig.yaml:2: metadata_columns.__lsn.type: "bytes"',
        ),
    }
    (repository.root / "services/column-templates.yaml").write_text("templates: {x: {name: x, type: text}}")
    for name, (text, told) in faults.items():
        file = repository.root / name
        before = file.read_text() if file.is_file() else ""
        file.write_text(text)
        assert told in repository.run("cdcmig", "config", "check", code=2)
        file.write_text(before)
    repository.run("cdcmig", "config", "check")


def test_two_sinks_keep_apart(make: Make) -> None:
    sinks = {"sink_shop.archive": ["Invoice"], "sink_shop.orders": ["Order"]}
    repository = make({"Order": ORDER, "Invoice": ORDER}, ["Acme", "Bolt"], sinks=sinks)
    repository.run("cdcmig", "revision", "-m", "initial")
    assert len(repository.run("alembic", "heads").splitlines()) == 6
    output = repository.run("alembic", "upgrade", "head", "-x", "schema=acme", code=2)
    assert "several sinks fit: sink_shop.archive, sink_shop.orders" in output
    for sink in sinks:
        repository.run("alembic", "upgrade", "heads", "-x", f"sink={sink}")
    assert '"Invoice"' in repository.dump("archive")
    assert '"Invoice"' not in repository.dump("orders")
    repository.run("alembic", "-x", "sink=sink_shop.orders", "check", "-x", "schema=acme")


def test_new_customer_gets_the_sequence_of_its_group(make: Make) -> None:
    repository = make({"Order": ORDER}, ["Acme", "Bolt"])
    repository.run("cdcmig", "revision", "-m", "initial")
    repository.snapshot("Order", ORDER[:-1] + ", {name: Amount, type: money}]")
    repository.run("cdcmig", "revision", "-m", "amount")
    before = repository.files()

    groups = repository.root / "services/source-groups.yaml"
    config = yaml.safe_load(groups.read_text())
    config["shop"]["sources"]["Coda"] = {"schemas": ["dbo"]}
    write_yaml(groups, config)
    repository.run("cdcmig", "revision", "-m", "new customer")
    after = repository.files()
    new = sorted(after.keys() - before.keys())
    assert new == [
        "alembic/versions/sink_shop.orders/coda/0001_initial.py",
        "alembic/versions/sink_shop.orders/coda/0002_amount.py",
    ]
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {"alembic/checksums.txt"}
    repository.run("alembic", "upgrade", "head", "-x", "schema=coda")
    repository.run("alembic", "check", "-x", "schema=coda")


def test_customer_with_a_table_of_its_own_is_a_group_of_its_own(make: Make) -> None:
    repository = make(
        {"Order": ORDER, "Extra": ORDER}, ["Acme", "Bolt"], sinks={"sink_shop.orders": ["Order"]}
    )
    service = repository.root / "services/shop.yaml"
    config = yaml.safe_load(service.read_text())
    config["shop"]["sinks"]["sink_shop.orders"]["tables"]["bolt.Extra"] = {"from": "dbo.Extra"}
    write_yaml(service, config)
    repository.run("cdcmig", "revision", "-m", "initial")
    repository.run("alembic", "upgrade", "heads")
    assert 'TABLE bolt."Extra"' in repository.dump("orders", "bolt")
    assert "Extra" not in repository.dump("orders", "acme")
    for schema in ("acme", "bolt"):
        repository.run("alembic", "check", "-x", f"schema={schema}")


def test_dry_run_and_sql_write_nothing(make: Make) -> None:
    repository = make({"Order": ORDER}, ["Acme"])
    before = repository.files()
    assert "would write" in repository.run("cdcmig", "revision", "-m", "initial", "--dry-run")
    sql = repository.run("cdcmig", "revision", "-m", "initial", "--sql")
    assert 'CREATE TABLE acme."Order"' in sql
    summary = yaml.safe_load(repository.stdout("cdcmig", "revision", "-m", "initial", "--dry-run", "--json"))
    assert summary["written"] is False
    assert summary["schemas"] == ["acme", "cdc_management"]
    assert repository.files() == before


def test_limits_to_a_table_or_a_schema(make: Make) -> None:
    repository = make({"Order": ORDER, "Invoice": ORDER}, ["Acme", "Bolt"])
    repository.run("cdcmig", "revision", "-m", "orders", "--table", "Order")
    changeset = repository.root / "alembic/changesets/sink_shop.orders/0001_orders.py"
    assert "'Invoice'" not in changeset.read_text()
    repository.run("cdcmig", "revision", "-m", "invoices", "--schema", "bolt")
    assert not (repository.root / "alembic/versions/sink_shop.orders/acme/0002_invoices.py").exists()
    repository.run("cdcmig", "revision", "-m", "the rest")
    assert (repository.root / "alembic/versions/sink_shop.orders/acme/0002_invoices.py").exists()
    assert 'did you mean "bolt"' in repository.run(
        "cdcmig", "revision", "-m", "x", "--schema", "boltt", code=2
    )


def test_hand_written_file_is_refused_until_it_is_sealed(make: Make) -> None:
    repository = make({"Order": ORDER}, ["Acme"])
    repository.run("cdcmig", "revision", "-m", "initial")
    folder = repository.root / "alembic/versions/sink_shop.orders/acme"
    head = repository.run("alembic", "heads").split(" (acme)")[0].splitlines()[-1].strip()
    own = folder / "0002_own.py"
    own.write_text(
        f'"""own"""\n\nfrom alembic import op\n\nrevision = "feed"\ndown_revision = "{head}"\n\n\n'
        "def upgrade(schema=\"acme\"):\n    op.execute('SELECT 1')\n\n\n"
        "def downgrade(schema=\"acme\"):\n    op.execute('SELECT 1')\n"
    )
    assert "was added by hand" in repository.run("alembic", "upgrade", "head", "-x", "schema=acme", code=2)
    repository.run("cdcmig", "repair", str(own))
    repository.run("alembic", "upgrade", "head", "-x", "schema=acme")
    assert "feed (head)" in repository.run("alembic", "current", "-x", "schema=acme")


def test_two_upgrades_at_once_end_in_one(make: Make) -> None:
    from concurrent.futures import ThreadPoolExecutor

    repository = make({"Order": ORDER}, ["Acme", "Bolt"])
    repository.run("cdcmig", "revision", "-m", "initial")
    embedded.url(repository.root, "postgres")
    with ThreadPoolExecutor(4) as pool:
        commands = [
            ("alembic", "upgrade", "head", "-x", f"schema={name}")
            for name in ("acme", "acme", "bolt", "bolt")
        ]
        list(pool.map(lambda command: repository.run(*command), commands))
    rows = repository.psql(
        "-At", "-c", "SELECT count(*) FROM cdc_management.migration_history", database="orders"
    )
    assert rows.strip() == "3"


def test_environment_of_the_sink_group_is_the_target(make: Make) -> None:
    repository = make({"Order": ORDER}, ["Acme"])
    repository.run("cdcmig", "revision", "-m", "initial")
    repository.psql("-c", "CREATE DATABASE orders_dev", database="postgres")
    groups = repository.root / "services/sink-groups.yaml"
    groups.write_text(groups.read_text().replace("database: orders}", "database: orders_dev}"))
    command = ("alembic", "upgrade", "head", "-x", "schema=acme", "-x", "env=dev")
    assert "PG_HOST is not set" in repository.run(*command, code=2)
    repository.run(*command, PG_HOST=repository.socket_directory())
    assert '"Order"' in repository.dump("orders_dev", "acme")


def test_the_embedded_server_is_not_looked_for_at_the_port_of_another(make: Make) -> None:
    repository = make({"Order": ORDER}, ["Acme"])
    repository.run("cdcmig", "revision", "-m", "initial")
    repository.run("alembic", "upgrade", "heads")
    ports = ({"PGPORT": "5999"}, {"PGPORT": "5998"}, {})
    assert all("0001_initial" in repository.run("cdcmig", "history", **port) for port in ports)
    repository.run("cdcmig", "server", "stop")
    assert "0001_initial" in repository.run("cdcmig", "history", PGPORT="5998")
