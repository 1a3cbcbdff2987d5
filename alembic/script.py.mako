"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}

For schema ${schema} alone, compared with its database.
"""

import sqlalchemy as sa
from alembic import op

${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade(schema: str = ${repr(schema)}) -> None:
    ${with_schema_variable(upgrades) if upgrades else "pass"}


def downgrade(schema: str = ${repr(schema)}) -> None:
    ${with_schema_variable(downgrades) if downgrades else "pass"}
