"""Facts about a server: version, edition, collation, CDC, and the rights of the login."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

_PRODUCT = """
SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS version,
       CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
       DB_NAME() AS database_name, USER_NAME() AS user_name, SUSER_SNAME() AS login_name"""

_DATABASE = """
SELECT d.is_cdc_enabled, d.collation_name
FROM sys.databases AS d
WHERE d.name = DB_NAME()"""

_RIGHTS = "SELECT p.permission_name FROM fn_my_permissions(NULL, 'DATABASE') AS p"
_VIEW_DEFINITION = "SELECT HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DEFINITION') AS allowed"

_DATABASES = """
SELECT d.name
FROM sys.databases AS d
WHERE d.database_id > 4 AND d.state = 0 AND HAS_DBACCESS(d.name) = 1
ORDER BY d.name"""

NEEDED_RIGHTS = ("VIEW DEFINITION",)
"""Rights on the database without which `cdcmig inspect` sees tables in part, or not at all."""


@dataclass(frozen=True)
class ServerFacts:
    """A server, a database on it, and the login's rights there (None: unknown)."""

    version: str
    edition: str
    database: str
    user: str
    login: str
    collation: str | None
    cdc_enabled: bool
    rights: frozenset[str] | None = field(default=None)

    @property
    def missing_rights(self) -> tuple[str, ...]:
        """Those of NEEDED_RIGHTS that the login lacks, as far as they are known."""
        return (
            () if self.rights is None else tuple(right for right in NEEDED_RIGHTS if right not in self.rights)
        )


def read_server(connection: Connection) -> ServerFacts:
    """Ask a server what it is.

    Raises:
        sqlalchemy.exc.DBAPIError: as the driver raised it.
    """
    product = connection.execute(text(_PRODUCT)).one()
    database = connection.execute(text(_DATABASE)).first()
    return ServerFacts(
        version=product.version or "",
        edition=product.edition or "",
        database=product.database_name or "",
        user=product.user_name or "",
        login=product.login_name or "",
        collation=database.collation_name if database else None,
        cdc_enabled=bool(database and database.is_cdc_enabled),
        rights=_rights(connection),
    )


def user_databases(connection: Connection) -> list[str]:
    """Return the databases that are online, not the system's, and open to this login."""
    return [row.name for row in connection.execute(text(_DATABASES))]


def _rights(connection: Connection) -> frozenset[str] | None:
    """Return the login's effective rights on the database; Babelfish knows the second question only."""
    try:
        return frozenset(row.permission_name.upper() for row in connection.execute(text(_RIGHTS)))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
    try:
        allowed = connection.execute(text(_VIEW_DEFINITION)).scalar()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None
    return None if allowed is None else frozenset({"VIEW DEFINITION"} if allowed else ())
