"""Models of servers, tenants and target databases (``source-groups.yaml``, ``sink-groups.yaml``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import Field, PrivateAttr, SecretStr
from pydantic.json_schema import SkipJsonSchema

from cdcmig.config.model import Model, TextOrNumber
from cdcmig.config.variables import UnsetVariableError, resolve
from cdcmig.errors import CONFIG, ConfigErrors, Finding

if TYPE_CHECKING:
    from sqlalchemy import URL

Pattern = Literal["db-per-tenant", "db-shared"]

_DRIVERS = {"mssql": "mssql", "postgres": "postgresql+psycopg2", "postgresql": "postgresql+psycopg2"}


class Origin(NamedTuple):
    """Location of a server in a file: file, path, and the line of each key ("" for the server itself)."""

    file: Path
    path: str
    lines: Mapping[str, int]


class Server(Model):
    """A database server. Values are unresolved text: only :meth:`url` substitutes ``${VAR}``."""

    type: Literal["mssql", "postgres", "postgresql"]
    host: str
    port: TextOrNumber | None = None
    user: str | None = None
    password: SecretStr | None = None
    options: dict[str, str] = Field(default={}, description="added to the URL, such as sslmode")

    _origin: Origin = PrivateAttr(default=Origin(Path("<no file>"), "", {}))

    def placed(self, origin: Origin) -> Server:
        """Return a copy that knows its location, for the errors of :meth:`url`."""
        copy = self.model_copy()
        copy._origin = origin
        return copy

    def url(self, database: str, environment: Mapping[str, str] | None = None) -> URL:
        """Return the SQLAlchemy URL of a database, with ``${VAR}`` substituted.

        Args:
            database: the database name, which may contain ``${VAR}`` too.
            environment: the variables; default: os.environ.

        Raises:
            ConfigErrors: a variable is not set, or the port is not a number.
        """
        from sqlalchemy import URL

        variables = os.environ if environment is None else environment
        password = self.password.get_secret_value() if self.password else None
        return URL.create(
            _DRIVERS[self.type],
            username=self._value("user", self.user, variables),
            password=self._value("password", password, variables),
            host=self._value("host", self.host, variables),
            port=self._port(variables),
            database=self._value("", database, variables),
            query={
                key: self._value("options", value, variables) or "" for key, value in self.options.items()
            },
        )

    def _value(self, key: str, text: str | None, variables: Mapping[str, str]) -> str | None:
        try:
            return text and resolve(text, variables)
        except UnsetVariableError as unset:
            raise self._error(key, f"the environment variable {unset} is not set") from None

    def _port(self, variables: Mapping[str, str]) -> int | None:
        port = self._value("port", self.port, variables)
        try:
            return int(port) if port else None
        except ValueError:
            raise self._error("port", f"expected a port number from {self.port}") from None

    def _error(self, key: str, message: str) -> ConfigErrors:
        file, path, lines = self._origin
        inner = ".".join(filter(None, (path, key)))
        line = lines.get(key, lines.get("", 0))
        return ConfigErrors([Finding(CONFIG, file, line, inner, message)])


class SourceEnvironment(Model):
    """A tenant's database in one environment."""

    server: str
    database: TextOrNumber
    customer_id: TextOrNumber | None = None


class Source(Model, extra="allow"):
    """A tenant (db-per-tenant) or a service (db-shared): every key except ``schemas`` is an environment."""

    __pydantic_extra__: dict[str, SourceEnvironment] = Field(init=False)

    schemas: list[str] = Field(default=["dbo"], description="schemas of the source database")

    @property
    def environments(self) -> dict[str, SourceEnvironment]:
        """The databases, keyed by environment."""
        return self.__pydantic_extra__


class SourceGroup(Model):
    """Source databases with one pattern; ``sources`` is keyed by tenant (db-per-tenant) or service (db-shared)."""

    name: SkipJsonSchema[str]
    pattern: Pattern
    type: Literal["mssql"] = "mssql"
    servers: dict[str, Server]
    sources: dict[str, Source]


class SinkEnvironment(Model):
    """A target database in one environment."""

    server: str
    database: TextOrNumber


class SinkGroup(Model):
    """Target databases: ``sources`` is keyed by database, then by environment."""

    name: SkipJsonSchema[str]
    source_group: str
    pattern: Pattern = "db-shared"
    type: Literal["postgres", "postgresql"] = "postgres"
    servers: dict[str, Server]
    sources: dict[str, dict[str, SinkEnvironment]]


def serving_groups(groups: Mapping[str, SourceGroup], service: str) -> list[str]:
    """Return the names of the source groups that a service belongs to; a valid service has exactly one.

    A service belongs to the db-per-tenant group with its name, else to the db-shared groups that list it as a source.
    """
    own = groups.get(service)
    if own and own.pattern == "db-per-tenant":
        return [service]
    return [
        name for name, group in groups.items() if group.pattern == "db-shared" and service in group.sources
    ]
