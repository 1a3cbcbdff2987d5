"""initial import"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def upgrade(schema: str) -> None:
    # Enhet
    op.create_table('Enhet',
        sa.Column('EnhetId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Enhet.EnhetId'),
        sa.Column('OverordnetEnhetId', sa.Integer(), nullable=True, comment='dbo.Enhet.OverordnetEnhetId'),
        sa.Column('Navn', sa.String(length=120), nullable=False, comment='dbo.Enhet.Navn'),
        sa.Column('OrganisasjonsNr', sa.CHAR(length=9), nullable=True, comment='dbo.Enhet.OrganisasjonsNr'),
        sa.Column('EnhetsTypeKode', sa.String(length=10), nullable=False, comment='dbo.Enhet.EnhetsTypeKode'),
        sa.Column('Kommunenummer', sa.CHAR(length=4), nullable=True, comment='dbo.Enhet.Kommunenummer'),
        sa.Column('Nettsted', sa.String(length=400), nullable=True, comment='dbo.Enhet.Nettsted'),
        sa.Column('Aktiv', sa.Boolean(), nullable=False, comment='dbo.Enhet.Aktiv'),
        sa.Column('Oppdatert', postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False, comment='dbo.Enhet.Oppdatert'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('EnhetId', name='Enhet_pkey'),
        schema=schema,
        comment='Replicated from dbo.Enhet (service directory): Enheter i felleskatalogen [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Enhet_sync_timestamp', 'Enhet', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Enhet', like='Enhet', schema=schema)
    op.create_merge_procedure(
        'sp_merge_enhet',
        table='Enhet',
        staging='stg_Enhet',
        key=['EnhetId'],
        columns=[
            'OverordnetEnhetId', 'Navn', 'OrganisasjonsNr', 'EnhetsTypeKode', 'Kommunenummer',
            'Nettsted', 'Aktiv', 'Oppdatert', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_enhet',
        schema=schema,
    )
    op.grant_cdc_access(
        'Enhet',
        staging='stg_Enhet',
        procedure='sp_merge_enhet',
        purge='sp_purge_enhet',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # EnhetKontakt
    op.create_table('EnhetKontakt',
        sa.Column('EnhetId', sa.Integer(), nullable=False, comment='dbo.EnhetKontakt.EnhetId'),
        sa.Column('KontaktTypeKode', sa.String(length=10), nullable=False, comment='dbo.EnhetKontakt.KontaktTypeKode'),
        sa.Column('Rekkefølge', sa.SmallInteger(), nullable=False, comment='dbo.EnhetKontakt.Rekkefølge'),
        sa.Column('Verdi', sa.String(length=254), nullable=False, comment='dbo.EnhetKontakt.Verdi'),
        sa.Column('Gyldig fra', sa.Date(), nullable=False, comment='dbo.EnhetKontakt.Gyldig fra'),
        sa.Column('Gyldig til', sa.Date(), nullable=True, comment='dbo.EnhetKontakt.Gyldig til'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('EnhetId', 'KontaktTypeKode', 'Rekkefølge', name='EnhetKontakt_pkey'),
        schema=schema,
        comment='Replicated from dbo.EnhetKontakt (service directory) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_EnhetKontakt_sync_timestamp', 'EnhetKontakt', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_EnhetKontakt', like='EnhetKontakt', schema=schema)
    op.create_merge_procedure(
        'sp_merge_enhetkontakt',
        table='EnhetKontakt',
        staging='stg_EnhetKontakt',
        key=['EnhetId', 'KontaktTypeKode', 'Rekkefølge'],
        columns=['Verdi', 'Gyldig fra', 'Gyldig til', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_enhetkontakt',
        schema=schema,
    )
    op.grant_cdc_access(
        'EnhetKontakt',
        staging='stg_EnhetKontakt',
        procedure='sp_merge_enhetkontakt',
        purge='sp_purge_enhetkontakt',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )


def downgrade(schema: str) -> None:
    # EnhetKontakt
    op.revoke_cdc_access(
        'EnhetKontakt',
        staging='stg_EnhetKontakt',
        procedure='sp_merge_enhetkontakt',
        purge='sp_purge_enhetkontakt',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_enhetkontakt',
        table='EnhetKontakt',
        staging='stg_EnhetKontakt',
        key=['EnhetId', 'KontaktTypeKode', 'Rekkefølge'],
        columns=['Verdi', 'Gyldig fra', 'Gyldig til', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_enhetkontakt',
        schema=schema,
    )
    op.drop_staging_table('stg_EnhetKontakt', like='EnhetKontakt', schema=schema)
    op.drop_index('ix_EnhetKontakt_sync_timestamp', table_name='EnhetKontakt', schema=schema, postgresql_using='brin')
    op.drop_table('EnhetKontakt', schema=schema)

    # Enhet
    op.revoke_cdc_access(
        'Enhet',
        staging='stg_Enhet',
        procedure='sp_merge_enhet',
        purge='sp_purge_enhet',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_enhet',
        table='Enhet',
        staging='stg_Enhet',
        key=['EnhetId'],
        columns=[
            'OverordnetEnhetId', 'Navn', 'OrganisasjonsNr', 'EnhetsTypeKode', 'Kommunenummer',
            'Nettsted', 'Aktiv', 'Oppdatert', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_enhet',
        schema=schema,
    )
    op.drop_staging_table('stg_Enhet', like='Enhet', schema=schema)
    op.drop_index('ix_Enhet_sync_timestamp', table_name='Enhet', schema=schema, postgresql_using='brin')
    op.drop_table('Enhet', schema=schema)
