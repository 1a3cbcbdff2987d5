"""Tables recorded from real servers go through revision, upgrade, check and downgrade without a hand's touch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cdcmig.config.table_names import join_table_name
from cdcmig.repository import scaffold
from cdcmig.runtime import embedded
from tests.acceptance.repository import Repository, write_yaml

RECORDED = Path(__file__).parent.parent / "sqlserver" / "data"


@pytest.fixture(params=["Northwind", "Chinook"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Repository]:
    name: str = request.param
    root = tmp_path / "r"
    scaffold.init(root)
    shutil.copytree(RECORDED / name / "dbo", root / "services/_schemas" / name.lower() / "dbo")
    service = name.lower()
    tables = [
        yaml.safe_load(path.read_text())["table"] for path in sorted((RECORDED / name / "dbo").glob("*.yaml"))
    ]
    server = {"host": "localhost", "user": "me", "password": "${PASSWORD}"}
    write_yaml(
        root / f"services/{service}.yaml",
        {
            service: {
                "source": {"tables": {join_table_name("dbo", table): {} for table in tables}},
                "sinks": {
                    "sink_recorded.target": {
                        "tables": {
                            join_table_name(service, table): {
                                "from": join_table_name("dbo", table),
                                "column_templates": [{"template": "customer_id"}],
                            }
                            for table in tables
                        }
                    }
                },
            }
        },
    )
    write_yaml(
        root / "services/source-groups.yaml",
        {
            service: {
                "pattern": "db-per-tenant",
                "servers": {"default": {"type": "mssql", **server}},
                "sources": {
                    tenant: {"prod": {"server": "default", "database": tenant}} for tenant in ("Eén", "Twee")
                },
            }
        },
    )
    write_yaml(
        root / "services/sink-groups.yaml",
        {
            "sink_recorded": {
                "source_group": service,
                "servers": {"default": {"type": "postgres", **server}},
                "sources": {"target": {"prod": {"server": "default", "database": "target"}}},
            }
        },
    )
    yield Repository(root)
    embedded.stop(root)


def test_recorded_database(repository: Repository) -> None:
    repository.run("cdcmig", "config", "check")
    repository.run("cdcmig", "revision", "-m", "initial import")
    repository.run("alembic", "upgrade", "heads")
    before = repository.dump("target")
    for schema in ("eén", "twee"):
        repository.run("alembic", "check", "-x", f"schema={schema}")
        repository.run("alembic", "downgrade", "base", "-x", f"schema={schema}")
    repository.run("alembic", "upgrade", "heads")
    assert repository.dump("target") == before
