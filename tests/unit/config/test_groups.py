"""Servers: variables are resolved when a connection is made, and passwords are not shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from cdcmig.config.groups import Server
from cdcmig.config.project import load_sink_groups
from cdcmig.config.variables import UnsetVariableError, resolve
from cdcmig.errors import ConfigErrors

if TYPE_CHECKING:
    from tests.unit.config.conftest import Repository

ENVIRONMENT = {"HOST": "db", "PASSWORD": "p@ss/w:rd", "EMPTY": ""}

RESOLVED = {
    "${HOST}": "db",
    "a-${HOST}.example.org": "a-db.example.org",
    "${HOST:-x}": "db",
    "${NONE:-x}": "x",
    "${NONE:-}": "",
    "${EMPTY:-x}": "x",
    "${EMPTY}": "",
    "${HOST}${HOST}": "dbdb",
    "$HOST and $$": "$HOST and $$",
    "${NONE:-a:-b c}": "a:-b c",
}


@pytest.mark.parametrize(("text", "value"), RESOLVED.items())
def test_variables(text: str, value: str) -> None:
    assert resolve(text, ENVIRONMENT) == value


def test_a_value_is_not_resolved_again() -> None:
    assert resolve("${A}", {"A": "${B}"}) == "${B}"


def test_a_variable_that_is_not_set() -> None:
    with pytest.raises(UnsetVariableError, match="NONE"):
        resolve("${HOST}${NONE}", ENVIRONMENT)


def test_url() -> None:
    server = Server(
        type="postgres",
        host="${HOST}",
        port="${PORT:-5433}",
        user="cdc",
        password=SecretStr("${PASSWORD}"),
        options={"sslmode": "${SSL:-require}"},
    )
    url = server.url("directory", ENVIRONMENT)
    assert url.render_as_string(hide_password=False) == (
        "postgresql+psycopg2://cdc:p%40ss%2Fw%3Ard@db:5433/directory?sslmode=require"
    )
    assert "p@ss" not in repr(url)


def test_url_of_the_least_server() -> None:
    url = Server(type="mssql", host="db", port=1433).url("AdOpus")
    assert url.render_as_string() == "mssql://db:1433/AdOpus"


def test_variables_are_not_read_before_a_connection_is_made(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = repository.load().sink_groups["sink_asma"].servers["default"]
    for name, value in {"PG_HOST": "h", "PG_PORT": "1", "PG_USER": "u", "PG_PASSWORD": "s3cret"}.items():
        monkeypatch.setenv(name, value)
    assert server.url("d").password == "s3cret"


@pytest.mark.parametrize("key", ["host", "port", "user", "password"])
def test_a_variable_that_is_not_set_is_named_with_file_and_line(repository: Repository, key: str) -> None:
    repository.replace(
        "sink-groups.yaml",
        '{default: {type: postgres, host: "${PG_HOST}", port: "${PG_PORT}", user: "${PG_USER}", '
        'password: "${PG_PASSWORD}"}}',
        "\n    default:\n      type: postgres\n"
        '      host: "${PG_HOST}"\n      port: "${PG_PORT}"\n'
        '      user: "${PG_USER}"\n      password: "${PG_PASSWORD}"',
    )
    server = repository.load().sink_groups["sink_asma"].servers["default"]
    names = {"host": "PG_HOST", "port": "PG_PORT", "user": "PG_USER", "password": "PG_PASSWORD"}
    others = {name: "1" for other, name in names.items() if other != key}
    with pytest.raises(ConfigErrors) as caught:
        server.url("d", others)
    line = 8 + list(names).index(key)
    assert str(caught.value) == (
        f"{repository.root}/sink-groups.yaml:{line}: sink_asma.servers.default.{key}: "
        f"the environment variable {names[key]} is not set"
    )


def test_a_port_that_is_no_number_is_not_shown() -> None:
    server = Server(type="mssql", host="h", port="${PORT}")
    with pytest.raises(ConfigErrors, match=r"port: expected a port number from \$\{PORT\}$") as caught:
        server.url("d", {"PORT": "s3cret"})
    assert "s3cret" not in str(caught.value)


def test_passwords_are_not_shown(repository: Repository) -> None:
    repository.replace("sink-groups.yaml", "${PG_PASSWORD}", "s3cret")
    project = repository.load()
    group = project.sink_groups["sink_asma"]
    shown = [repr(project), str(group), group.model_dump_json(), json.dumps(group.model_dump(), default=str)]
    assert not [text for text in shown if "s3cret" in text]


def test_a_project_loaded_twice_is_equal(repository: Repository) -> None:
    assert repository.load() == repository.load()


def test_sink_groups_are_read_without_the_other_files(repository: Repository) -> None:
    for file in ("services/adopus.yaml", "source-groups.yaml", "column-templates.yaml"):
        repository.write(file, "a: {")
    groups, document = load_sink_groups(repository.root)
    assert groups["sink_asma"].servers["default"].type == "postgres"
    assert document is not None
    assert document.line(("sink_asma", "sources", "directory", "dev")) == 6


@pytest.mark.parametrize(
    ("old", "new"), [("servers:", "server:"), ("dev: {server: default", "dev: {server: nord")]
)
def test_sink_groups_alone_are_checked(repository: Repository, old: str, new: str) -> None:
    repository.replace("sink-groups.yaml", old, new)
    with pytest.raises(ConfigErrors, match=r"sink-groups\.yaml:\d+: sink_asma"):
        load_sink_groups(repository.root)


def test_no_sink_groups(repository: Repository) -> None:
    repository.remove("sink-groups.yaml")
    assert load_sink_groups(repository.root) == ({}, None)
