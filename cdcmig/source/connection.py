"""Connections to SQL Server through SQLAlchemy; driver errors explained, with a hint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, ResourceClosedError
from sqlalchemy.pool import NullPool

from cdcmig.errors import SourceError
from cdcmig.source.driver import Driver, default_package, find_driver

DEFAULT_TIMEOUT = 30
"""Seconds to log in, and seconds for one statement."""

_SHORT = 3
_LOGIN_TIMEOUT = {"pyodbc": "timeout", "mssqlpython": "timeout", "pymssql": "login_timeout"}
_FREETDS_ENCRYPTION = {"yes": "require", "mandatory": "require", "true": "require", "strict": "strict"}


@contextmanager
def source_connection(url: URL, timeout: int = DEFAULT_TIMEOUT) -> Iterator[Connection]:
    """Yield a connection in AUTOCOMMIT: reading the catalog needs no transaction, and errors show as they are.

    Args:
        url: any ``mssql+…`` URL; for pyodbc the driver is found unless the URL names one.
        timeout: seconds, for the login and for each statement.

    Raises:
        SourceError: no driver, no connection, no right, or a connection that broke while it was used.
    """
    server = server_name(url)
    engine = _engine(url, timeout)
    connected = False
    try:
        with engine.connect() as connection:
            connected = True
            yield connection
    except DBAPIError as error:
        raise explain(error, url, timeout, connected) from None
    except ResourceClosedError:  # SQLAlchemy's dialect swallows the first error of its own questions
        raise _broken(server, "it was closed while SQLAlchemy asked what the server can do") from None
    except ImportError as missing:
        raise SourceError(f"{server}: {url.drivername}: {missing}", hint=_driver_hint(url)) from None
    except (ArgumentError, TypeError, ValueError) as error:
        if connected:
            raise
        raise SourceError(f"{server}: {mask(str(error), url)}", hint="check the URL") from None
    finally:
        engine.dispose()


def complete_url(url: URL) -> URL:
    """Return the URL with missing parts filled in: the package for ``mssql://``, pyodbc's driver, the database.

    Raises:
        SourceError: it is no URL of SQL Server, or there is no ODBC driver.
    """
    if url.get_backend_name() != "mssql":
        raise SourceError(
            f"{url.drivername} is not SQL Server",
            hint="expected mssql+pyodbc://, mssql+pymssql:// or mssql+mssqlpython://",
        )
    url = _with_package(_as_sqlalchemy_spells(url))
    if "odbc_connect" in url.query or "dsn" in url.query:
        return url
    url = url if url.database else url.set(database="master")
    driver = _driver_of(url)
    if url.get_driver_name() == "pyodbc" and driver:
        url = url.update_query_dict({"driver": driver.value})
    return _with_freetds_keywords(url, driver)


def _with_package(url: URL) -> URL:
    """Add the package that ``mssql://`` stands for; keywords that name an ODBC driver mean pyodbc."""
    if url.drivername != "mssql":
        return url
    package = "pyodbc" if {"driver", "dsn", "odbc_connect"} & url.query.keys() else default_package()
    return url.set(drivername=f"mssql+{package}")


def _as_sqlalchemy_spells(url: URL) -> URL:
    """Lower the case of keywords that SQLAlchemy looks for; ODBC ignores case, SQLAlchemy does not."""
    for key in url.query:
        if key.lower() in ("driver", "authentication", "dsn", "odbc_connect") and key != key.lower():
            value = url.query[key]
            url = url.difference_update_query([key]).update_query_dict({key.lower(): value})
    return url


def _driver_of(url: URL) -> Driver | None:
    if url.get_driver_name() != "pyodbc":
        return None
    if chosen := url.query.get("driver"):
        return Driver(str(chosen), "the URL")
    return find_driver()


def driver_name(url: URL) -> str:
    """Return the name of a connection's driver for display: ``pyodbc, ODBC Driver 18 for SQL Server (installed …)``.

    Raises:
        SourceError: there is no driver.
    """
    url = _with_package(_as_sqlalchemy_spells(url))
    driver = _driver_of(url)
    return f"pyodbc, {driver.value} ({driver.origin})" if driver else url.get_driver_name()


def _with_freetds_keywords(url: URL, driver: Driver | None) -> URL:
    """Translate Microsoft's ``Encrypt`` to FreeTDS and pymssql, which check certificates only on request."""
    pymssql = url.get_driver_name() == "pymssql"
    if not pymssql and not (driver and driver.is_freetds):
        return url
    query = {key.lower(): (key, value) for key, value in url.query.items()}
    url = url.difference_update_query(
        [query[key][0] for key in ("encrypt", "trustservercertificate") if key in query]
    )
    if "encrypt" in query:
        wanted = _FREETDS_ENCRYPTION.get(str(query["encrypt"][1]).lower(), "request")
        url = url.update_query_dict({"encryption" if pymssql else "Encryption": wanted})
    return url


def _engine(url: URL, timeout: int) -> Engine:
    url = complete_url(url)
    driver = url.get_driver_name()
    arguments: dict[str, Any] = {_LOGIN_TIMEOUT[driver]: timeout} if driver in _LOGIN_TIMEOUT else {}
    if driver == "pymssql":
        arguments["timeout"] = timeout
    try:
        engine = create_engine(
            url,
            connect_args=arguments,
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
            supports_comments=True,  # saves SQLAlchemy's question to the server
        )
    except (ImportError, NoSuchModuleError) as missing:
        raise SourceError(f"{url.drivername}: {missing}", hint=_driver_hint(url)) from None
    if driver in ("pyodbc", "mssqlpython"):

        @event.listens_for(engine, "connect")
        def limit_statements(dbapi_connection: Any, _record: Any) -> None:
            dbapi_connection.timeout = timeout

    return engine


def _driver_hint(url: URL) -> str:
    package = {"mssqlpython": "mssql-python", "pymssql": "pymssql"}.get(url.get_driver_name())
    if package:
        return f"pip install {package}" + ("; it needs SQLAlchemy 2.1" if package == "mssql-python" else "")
    return "pip install 'cdcmig[mssql]'"


class _Reading(NamedTuple):
    """How to recognise one kind of driver error (numbers or words), and its message and hint."""

    numbers: frozenset[int]
    words: re.Pattern[str]
    message: str
    hint: str


_READINGS = tuple(
    _Reading(frozenset(numbers), re.compile(words, re.IGNORECASE), message, hint)
    for numbers, words, message, hint in (
        (
            (),
            r"can't open lib|failed to load the driver",
            "the ODBC driver cannot be loaded: {detail}",
            "the file or a library that it needs is missing; on Debian: apt-get install -y unixodbc libgssapi-krb5-2",
        ),
        (
            (),
            r"certificate|ssl provider|ssl_|\btls\b",
            "{server}: no encrypted connection: {detail}",
            "if the server's certificate is its own, add TrustServerCertificate=yes to the URL or to the options"
            " of the server in source-groups.yaml",
        ),
        (
            (911, 4060),
            r"cannot open database|database .* does not exist",
            '{server}: there is no database "{database}" that {user} may open: {detail}',
            "check validation_database or the URL; SELECT name FROM sys.databases lists the databases",
        ),
        (
            (18452, 18456, 18470, 18486, 18487, 18488),
            r"login failed|authentication failed",
            "{server}: the login of {user} was refused: {detail}",
            "check user and password",
        ),
        (
            (229, 230, 262, 297, 300, 916),
            r"permission (was )?denied",
            "{server}: {user} lacks a right: {detail}",
            "`cdcmig source ping` lists the rights that are missing",
        ),
        (
            (20003,),
            r"hyt00|hyt01|hy008|timed out|timeout",
            "{server}: no answer within {timeout} s: {detail}",
            "the server is slow or cannot be reached; --timeout gives it longer",
        ),
        (
            (20002, 20009),
            r"08001|unable to (connect|establish)|unavailable|getaddrinfo|name or service not known|connection refused",
            "{server}: cannot be reached: {detail}",
            "check host and port",
        ),
    )
)


def explain(error: DBAPIError, url: URL, timeout: int, connected: bool) -> SourceError:
    """Return what a driver's error means, without the password."""
    numbers, words = driver_message(error)
    detail = mask(words, url)
    values = {
        "server": server_name(url),
        "database": url.database or "",
        "user": f'"{url.username}"' if url.username else "this login",
        "timeout": timeout,
        "detail": detail,
    }
    if (
        connected
        and error.connection_invalidated
        and not re.search("hyt0|timed out|timeout", detail, re.IGNORECASE)
    ):
        return _broken(server_name(url), detail)
    for reading in _READINGS:
        if reading.numbers & numbers or reading.words.search(detail):
            return SourceError(reading.message.format(**values), hint=reading.hint)
    return SourceError(f"{values['server']}: {detail}")


def _broken(server: str, detail: str) -> SourceError:
    return SourceError(f"{server}: the connection broke: {detail}", hint="nothing was written; run it again")


def driver_message(error: DBAPIError) -> tuple[set[int], str]:
    """Return the error numbers, and the server's or driver's own words in one line.

    pyodbc gives ``('28000', "[28000] [Microsoft]… (18456) (SQLDriverConnect)")``, pymssql ``(18456, b"…")``, in
    one tuple more where it could not connect.
    """
    parts: list[object] = list(error.orig.args if error.orig else error.args)
    while len(parts) == 1 and isinstance(parts[0], tuple):
        parts = list(parts[0])
    texts = [p.decode("utf-8", "replace") if isinstance(p, bytes) else str(p) for p in parts]
    words = " ".join(" ".join(texts[-1:]).split()).removesuffix("(SQLDriverConnect)").strip()
    numbers = {int(number) for number in re.findall(r"\((\d{3,5})\)", words)}
    if library := re.match(r"DB-Lib error message (\d+)", words):
        return {int(library[1])}, words  # the number in front of it may be that of an earlier error
    return numbers | {part for part in parts if isinstance(part, int)}, words


def server_name(url: URL) -> str:
    """Return ``host:port``, for messages; nothing else of the URL is shown."""
    if not url.host:
        return "the server of the ODBC connection string" if "odbc_connect" in url.query else "SQL Server"
    return f"{url.host}:{url.port}" if url.port else url.host


def mask(text: str, url: URL) -> str:
    """Return the text without any password that the URL holds."""
    secrets = {url.password or ""}
    for key, value in url.query.items():
        if key.lower() in ("pwd", "password"):
            secrets.add(str(value))
        elif key.lower() == "odbc_connect":
            secrets.update(re.findall(r"(?:pwd|password)\s*=\s*(\{.*?\}|[^;]*)", str(value), re.IGNORECASE))
    spellings = {form for secret in secrets if secret for form in (secret, quote(secret), quote_plus(secret))}
    for secret in sorted(spellings, key=len, reverse=True):
        # a password of a letter or two would be found inside every other word
        pattern = re.escape(secret) if len(secret) > _SHORT else rf"(?<!\w){re.escape(secret)}(?!\w)"
        text = re.sub(pattern, "***", text)
    return text
