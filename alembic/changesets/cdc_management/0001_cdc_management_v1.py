"""cdc_management, version 1

What all tenants of a database share: merge state, watermarks, logs, history, views for operators.
"""

from alembic import op


def upgrade(schema: str) -> None:
    op.create_cdc_management(version=1, pipeline='cdc_pipeline', merge='cdc_merge', reader='cdc_reader', schema=schema)


def downgrade(schema: str) -> None:
    op.drop_cdc_management(version=1, pipeline='cdc_pipeline', merge='cdc_merge', reader='cdc_reader', schema=schema)
