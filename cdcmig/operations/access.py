"""Rights on one table: ``op.grant_cdc_access`` and ``op.revoke_cdc_access``.

Three group roles share the work:

========  =====================================================================================
pipeline  inserts into staging, and nothing else
merge     reads and empties staging, writes the final table, runs the procedures
reader    reads the final table, and staging as far as the status views look into it
========  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from alembic.operations import Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult

from cdcmig.operations.base import ObjectOperation, operation
from cdcmig.operations.compared import desired_objects
from cdcmig.sql import script, templates
from cdcmig.sql.quoting import identifier, literal, qualified

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin


@dataclass(frozen=True)
class CdcAccess:
    """Who may do what with a table.

    Attributes:
        table: the final table.
        staging: its staging table; ``None``: it has none, and no procedure either.
        procedure: its merge procedure.
        purge: its purge procedure, if it has one.
        pipeline: the role that inserts into staging; ``None``: nobody is granted that (so for the other two).
        merge: the role that runs the merges.
        reader: the role that reads.
    """

    table: str
    staging: str | None = None
    procedure: str | None = None
    purge: str | None = None
    pipeline: str | None = None
    merge: str | None = None
    reader: str | None = None

    def roles(self) -> list[str]:
        """Return the roles that are granted anything, each once."""
        return list(
            dict.fromkeys(role for role in (self.pipeline, self.merge, self.reader) if role is not None)
        )


class Privilege(NamedTuple):
    """One right: ``kind`` is ``TABLE`` or ``PROCEDURE``."""

    kind: str
    name: str
    right: str
    role: str


def privileges(access: CdcAccess) -> Iterator[Privilege]:
    """Yield every right on the table and what belongs to it; USAGE of the schema goes with them."""
    if access.reader is not None:
        yield Privilege("TABLE", access.table, "SELECT", access.reader)
    if access.merge is not None:
        rights = ["SELECT", "INSERT", "UPDATE"] if access.procedure else ["SELECT"]
        for right in rights + (["DELETE"] if access.purge else []):
            yield Privilege("TABLE", access.table, right, access.merge)
        for procedure in (access.procedure, access.purge):
            if procedure is not None:
                yield Privilege("PROCEDURE", procedure, "EXECUTE", access.merge)
    if access.staging is not None:
        yield from _staging_privileges(access, access.staging)


def _staging_privileges(access: CdcAccess, staging: str) -> Iterator[Privilege]:
    slots = (f"{staging}_0", f"{staging}_1")
    if access.pipeline is not None:
        yield Privilege("TABLE", staging, "INSERT", access.pipeline)
    if access.merge is not None:
        yield Privilege("TABLE", staging, "SELECT", access.merge)
        for slot in slots:
            yield Privilege("TABLE", slot, "SELECT", access.merge)
            yield Privilege("TABLE", slot, "TRUNCATE", access.merge)
        for right in ("SELECT", "INSERT", "TRUNCATE"):
            yield Privilege("TABLE", f"{staging}_w", right, access.merge)
    if access.reader is not None:
        for slot in slots:
            yield Privilege("TABLE", slot, "SELECT", access.reader)


class _AccessOperation(ObjectOperation[CdcAccess]):
    kind = CdcAccess

    def _grouped(self) -> list[tuple[str, str, list[str]]]:
        """Return (object, role, rights), the rights of a role on an object together, in order of appearance."""
        grouped: dict[tuple[str, str], list[str]] = {}
        for kind, name, right, role in privileges(self.definition):
            key = (f"{kind} {qualified(self.schema, name)}", identifier(role))
            grouped.setdefault(key, []).append(right)
        return [(on, role, list(dict.fromkeys(rights))) for (on, role), rights in grouped.items()]


@operation("grant_cdc_access")
class GrantCdcAccessOp(_AccessOperation):
    """Grant the roles their rights on a table; roles that are missing are created. `CdcAccess` has the arguments."""

    def run(self, operations: Operations) -> None:
        """Create missing roles and grant the rights."""
        roles = self.definition.roles()
        if not roles:
            return
        usage = f"GRANT USAGE ON SCHEMA {identifier(self.schema)} TO {', '.join(map(identifier, roles))};\n"
        grants = "".join(
            f"GRANT {', '.join(rights)} ON {on} TO {role};\n" for on, role, rights in self._grouped()
        )
        script.run(operations, ensure_roles(roles) + usage + grants)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"granted rights to {', '.join(self.definition.roles())}"


@operation("revoke_cdc_access", undoes=GrantCdcAccessOp)
class RevokeCdcAccessOp(_AccessOperation):
    """Revoke what `grant_cdc_access` granted; the roles, and USAGE of the schema, stay."""

    def run(self, operations: Operations) -> None:
        """Revoke the rights."""
        revokes = "".join(
            f"REVOKE {', '.join(rights)} ON {on} FROM {role};\n" for on, role, rights in self._grouped()
        )
        if revokes:
            script.run(operations, revokes)

    def describe(self) -> Iterator[str]:
        """Yield one line."""
        yield f"revoked rights from {', '.join(self.definition.roles())}"


def ensure_roles(roles: list[str]) -> str:
    """Return SQL that creates the group roles that are missing. Roles belong to the server: nothing drops them."""
    return "".join(
        templates.render("role_v1", role=identifier(role), role_literal=literal(role)) for role in roles
    )


# Comparison
# ---------------------------------------------------------------------------------------------------------------


def privileges_in(connection: sa.Connection, schema: str) -> set[Privilege]:
    """Return all rights on tables and procedures in ``schema``, implied ones of owners not among them."""
    rows = connection.execute(
        sa.text(
            "SELECT 'TABLE' AS kind, c.relname AS name, x.privilege_type AS right, r.rolname AS role"
            " FROM pg_catalog.pg_class AS c"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            " CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS x"
            " JOIN pg_catalog.pg_roles AS r ON r.oid = x.grantee WHERE n.nspname = :schema"
            " UNION ALL SELECT 'PROCEDURE', p.proname, x.privilege_type, r.rolname"
            " FROM pg_catalog.pg_proc AS p"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace"
            " CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) AS x"
            " JOIN pg_catalog.pg_roles AS r ON r.oid = x.grantee WHERE n.nspname = :schema AND p.prokind = 'p'"
        ),
        {"schema": schema},
    )
    return {Privilege(row.kind, row.name, row.right, row.role) for row in rows}


def compare_access(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Propose a grant for every table on which a desired right is missing; further rights are left alone."""
    desired = desired_objects(context)
    if desired is None:
        return PriorityDispatchResult.CONTINUE
    assert context.connection is not None
    found = privileges_in(context.connection, desired.schema)
    upgrade_ops.ops += [
        GrantCdcAccessOp(access, schema=desired.schema)
        for _table, access in sorted(desired.grants.items())
        if not set(privileges(access)) <= found
    ]
    return PriorityDispatchResult.CONTINUE


def register(plugin: Plugin) -> None:
    """Make autogenerate look at rights."""
    plugin.add_autogenerate_comparator(
        compare_access, "autogenerate", "access", priority=DispatchPriority.LAST
    )
