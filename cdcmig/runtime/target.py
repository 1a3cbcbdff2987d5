"""The target database: which URL is meant, and how cdcmig connects to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import NullPool

from cdcmig.errors import ConfigErrors, TargetError, UnreachableError
from cdcmig.repository.layout import Layout
from cdcmig.runtime import embedded
from cdcmig.sql.sqlstate import sqlstate

ENVIRONMENT_VARIABLE = "CDCMIG_TARGET_URL"
EMBEDDED = "embedded"

# SQLSTATEs, PostgreSQL manual, appendix A: duplicate_database, unique_violation; object_in_use
_EXISTS_BY_NOW = frozenset({"42P04", "23505"})
_OBJECT_IN_USE = "55006"
_ATTEMPTS = 20
_URL_HINT = "write postgresql://user:password@host:5432/database"

# Resolve every name explicitly: nothing that a tenant's schema holds can shadow what a migration names.
SEARCH_PATH = "pg_catalog,public"
_SETTINGS = r"-cstatement_timeout=0 -cdefault_transaction_isolation=read\ committed"
"""Defaults of a role or database that would end a merge's sort, an index build, or every merge."""


def resolve(root: Path, configured: str | None, sink: str, environment: str | None = None) -> URL:
    """Return the URL of the database that a sink means.

    ``-x env=`` comes first (the sink's server and database from sink-groups.yaml), then ``CDCMIG_TARGET_URL``,
    then ``sqlalchemy.url`` of alembic.ini, where ``embedded`` means the server below ``.cdcmig/``.

    Raises:
        ConfigErrors: the environment or its variables are unknown.
        TargetError: the URL cannot be read, or sink-groups.yaml does not have the sink.
    """
    if environment is not None:
        return _from_sink_groups(root, sink, environment)
    text = os.environ.get(ENVIRONMENT_VARIABLE) or configured or EMBEDDED
    if text == EMBEDDED:
        return embedded.url(root, sink.partition(".")[2] or sink)
    return parsed(text)


def parsed(text: str) -> URL:
    """Return a URL of PostgreSQL as SQLAlchemy has it.

    Its driver is psycopg2, whatever it says: SQLAlchemy 2.1 would take psycopg for ``postgresql://``, which is not
    among cdcmig's requirements and tells errors in other ways.

    Raises:
        TargetError: it cannot be read, or is about another kind of database.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise TargetError("the target URL cannot be read", hint=_URL_HINT) from None
    if url.drivername.partition("+")[0] not in {"postgres", "postgresql"}:
        raise TargetError(f"{url.drivername} is not PostgreSQL", hint=_URL_HINT)
    return url.set(drivername="postgresql+psycopg2")


def _from_sink_groups(root: Path, sink: str, environment: str) -> URL:
    from cdcmig.config.files import SINK_GROUPS
    from cdcmig.config.findings import suggestion
    from cdcmig.config.project import load_sink_groups

    groups, document = load_sink_groups(root)
    group_name, _, database = sink.partition(".")
    group = groups.get(group_name)
    if group is None or database not in group.sources:
        known = [f"{name}.{each}" for name, group in groups.items() for each in group.sources]
        raise TargetError(f'{SINK_GROUPS} has no sink "{sink}"{suggestion(sink, known)}')
    environments = group.sources[database]
    if environment not in environments:
        assert document is not None  # it holds the group
        message = f'there is no environment "{environment}"{suggestion(environment, environments)}'
        place = (group_name, "sources", database)
        raise ConfigErrors([document.problem(place, message)])
    entry = environments[environment]
    return group.servers[entry.server].url(entry.database)


def select(root: Path, sink: str | None, environment: str | None, schemas: Sequence[str] = ()) -> URL:
    """Return the URL of the database that the options ``--sink``, ``--env`` and ``--schema`` choose.

    Raises:
        SchemaSelectionError: no such sink or schema, or several sinks fit.
    """
    return resolve_at(root, Layout.at(root).sink_of(sink, schemas), environment)


def resolve_at(root: Path, sink: str, environment: str | None = None) -> URL:
    """Return what :func:`resolve` does, for the repository at ``root`` and the URL in its ``alembic.ini``."""
    from alembic.config import Config

    configured = Config(str(root / "alembic.ini")).get_main_option("sqlalchemy.url")
    return resolve(root, configured, sink, environment)


@contextmanager
def connect(url: URL, *, autocommit: bool = False) -> Iterator[Connection]:
    """Open a connection to a target database; create the database where the embedded server lacks it.

    Raises:
        UnreachableError: the server cannot be reached or refuses; the message has no password.
        TargetError: the URL cannot be used.
    """
    connection = _open(url, autocommit=autocommit)
    try:
        yield connection
    finally:
        connection.close()
        connection.engine.dispose()


def _open(url: URL, *, autocommit: bool) -> Connection:
    secrets = _secrets(url)
    shown = (
        url.set(drivername=url.get_backend_name())
        .difference_update_query(list(secrets))
        .render_as_string(hide_password=True)
    )
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            connect_args={"application_name": "cdcmig", "options": _options(url)},
            isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED",
        )
    except (NoSuchModuleError, ImportError) as error:
        raise TargetError(f"{shown}: {error}", hint=_URL_HINT) from None
    try:
        return engine.connect()
    except OperationalError as error:
        if _is_embedded(url) and f'database "{url.database}" does not exist' in str(error.orig):
            _create_missing(url)
            return engine.connect()
        reason = str(error.orig).strip()
        for secret in (url.password, *secrets.values()):
            reason = reason.replace(str(secret), "***") if secret else reason
        raise UnreachableError(
            f"cannot connect to {shown}: {reason}",
            hint=f"check the server, sqlalchemy.url in alembic.ini, {ENVIRONMENT_VARIABLE} or -x env=",
        ) from None


def _secrets(url: URL) -> dict[str, str]:
    """Return the passwords in a URL's query by key: libpq takes ``password`` and ``sslpassword`` there, too."""
    return {key: "".join(value) for key, value in url.query.items() if "password" in key.lower()}


def _options(url: URL) -> str:
    """Return libpq's ``options``: our settings, then the URL's own, which win, but never the search path."""
    given = url.query.get("options", ())
    own = [given] if isinstance(given, str) else given
    return " ".join([_SETTINGS, *own, f"-csearch_path={SEARCH_PATH}"])


def _is_embedded(url: URL) -> bool:
    return url.host is None and url.username == "postgres" and "host" in url.query


def _create_missing(url: URL) -> None:
    """Create a database that several commands at once may find missing; the first one makes it."""
    for _attempt in range(_ATTEMPTS):
        try:
            create_database(url)
        except DBAPIError as error:
            state = sqlstate(error)
            if state == _OBJECT_IN_USE:  # somebody else copies template0
                time.sleep(0.2)
                continue
            if state not in _EXISTS_BY_NOW:
                raise
        return


def create_database(url: URL) -> None:
    """Create the database that ``url`` names, from ``template0``: nothing of a site's own template gets in."""
    _administer(url, "CREATE DATABASE {name} TEMPLATE template0")


def drop_database(url: URL) -> None:
    """Drop the database that ``url`` names, whoever is connected to it."""
    _administer(url, "DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(url: URL, statement: str) -> None:
    with connect(url.set(database="postgres"), autocommit=True) as connection:
        name = connection.dialect.identifier_preparer.quote_identifier(url.database or "")
        connection.exec_driver_sql(statement.format(name=name))
