"""initial import

* adopus.Kontaktlogg: the pipeline transforms {'mask': ['from', 'to']}
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def upgrade(schema: str) -> None:
    # Actor
    op.create_table('Actor',
        sa.Column('ActorId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Actor.ActorId'),
        sa.Column('ActorGuid', sa.UUID(), nullable=False, comment='dbo.Actor.ActorGuid'),
        sa.Column('ActorTypeKode', sa.CHAR(length=1), nullable=False, comment='dbo.Actor.ActorTypeKode: P person, V virksomhet'),
        sa.Column('Fødselsnummer', sa.CHAR(length=11), nullable=True, comment='dbo.Actor.Fødselsnummer'),
        sa.Column('Organisasjonsnummer', sa.CHAR(length=9), nullable=True, comment='dbo.Actor.Organisasjonsnummer'),
        sa.Column('Etternavn', sa.String(length=60), nullable=False, comment='dbo.Actor.Etternavn'),
        sa.Column('Fornavn', sa.String(length=60), nullable=True, comment='dbo.Actor.Fornavn'),
        sa.Column('Mellomnavn', sa.String(length=60), nullable=True, comment='dbo.Actor.Mellomnavn'),
        sa.Column('VisningsNavn', sa.String(length=183), nullable=True, comment='dbo.Actor.VisningsNavn'),
        sa.Column('BrukerNavn', sa.String(length=50), nullable=True, comment='dbo.Actor.BrukerNavn: Brukernavn i portalen'),
        sa.Column('Fødselsdato', sa.Date(), nullable=True, comment='dbo.Actor.Fødselsdato'),
        sa.Column('Alder ved registrering', sa.SmallInteger(), nullable=True, comment='dbo.Actor.Alder ved registrering'),
        sa.Column('Kjønn', sa.CHAR(length=1), nullable=True, comment='dbo.Actor.Kjønn'),
        sa.Column('DødsDato', sa.Date(), nullable=True, comment='dbo.Actor.DødsDato'),
        sa.Column('KommuneNr', sa.CHAR(length=4), nullable=True, comment='dbo.Actor.KommuneNr'),
        sa.Column('SpråkKode', sa.String(length=8), nullable=True, comment='dbo.Actor.SpråkKode'),
        sa.Column('TrengerTolk', sa.Boolean(), nullable=False, comment='dbo.Actor.TrengerTolk'),
        sa.Column('HemmeligAdresse', sa.Boolean(), nullable=False, comment='dbo.Actor.HemmeligAdresse: Kode 6 eller 7'),
        sa.Column('Telefon', sa.String(length=20), nullable=True, comment='dbo.Actor.Telefon'),
        sa.Column('Epost', sa.String(length=254), nullable=True, comment='dbo.Actor.Epost'),
        sa.Column('Merknad', sa.Text(), nullable=True, comment='dbo.Actor.Merknad'),
        sa.Column('Registrert', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.Actor.Registrert'),
        sa.Column('RegistrertAv', sa.Integer(), nullable=False, comment='dbo.Actor.RegistrertAv'),
        sa.Column('Endret', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Actor.Endret'),
        sa.Column('EndretAv', sa.Integer(), nullable=True, comment='dbo.Actor.EndretAv'),
        sa.Column('RadVersjon', sa.LargeBinary(), nullable=False, comment='dbo.Actor.RadVersjon'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('ActorId', name='Actor_pkey'),
        schema=schema,
        comment='Replicated from dbo.Actor (service adopus): Personer og virksomheter som en sak kan gjelde [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Actor_sync_timestamp', 'Actor', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Actor', like='Actor', schema=schema)
    op.create_merge_procedure(
        'sp_merge_actor',
        table='Actor',
        staging='stg_Actor',
        key=['ActorId'],
        columns=[
            'ActorGuid', 'ActorTypeKode', 'Fødselsnummer', 'Organisasjonsnummer', 'Etternavn',
            'Fornavn', 'Mellomnavn', 'VisningsNavn', 'BrukerNavn', 'Fødselsdato',
            'Alder ved registrering', 'Kjønn', 'DødsDato', 'KommuneNr', 'SpråkKode',
            'TrengerTolk', 'HemmeligAdresse', 'Telefon', 'Epost', 'Merknad', 'Registrert',
            'RegistrertAv', 'Endret', 'EndretAv', 'RadVersjon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_actor',
        schema=schema,
    )
    op.grant_cdc_access(
        'Actor',
        staging='stg_Actor',
        procedure='sp_merge_actor',
        purge='sp_purge_actor',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # ActorActor
    op.create_table('ActorActor',
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.ActorActor.ActorId'),
        sa.Column('RelatertActorId', sa.Integer(), nullable=False, comment='dbo.ActorActor.RelatertActorId'),
        sa.Column('RelasjonsTypeKode', sa.String(length=10), nullable=False, comment='dbo.ActorActor.RelasjonsTypeKode'),
        sa.Column('FraDato', sa.Date(), nullable=False, comment='dbo.ActorActor.FraDato'),
        sa.Column('TilDato', sa.Date(), nullable=True, comment='dbo.ActorActor.TilDato'),
        sa.Column('ErForesatt', sa.Boolean(), nullable=False, comment='dbo.ActorActor.ErForesatt'),
        sa.Column('HarSamvær', sa.Boolean(), nullable=False, comment='dbo.ActorActor.HarSamvær'),
        sa.Column('Merknad', sa.String(length=400), nullable=True, comment='dbo.ActorActor.Merknad'),
        sa.Column('Registrert', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.ActorActor.Registrert'),
        sa.Column('RegistrertAv', sa.Integer(), nullable=False, comment='dbo.ActorActor.RegistrertAv'),
        sa.Column('Endret', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.ActorActor.Endret'),
        sa.Column('EndretAv', sa.Integer(), nullable=True, comment='dbo.ActorActor.EndretAv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('ActorId', 'RelatertActorId', 'RelasjonsTypeKode', name='ActorActor_pkey'),
        schema=schema,
        comment='Replicated from dbo.ActorActor (service adopus): Relasjoner mellom aktører, som foresatt og barn [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_ActorActor_sync_timestamp', 'ActorActor', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_ActorActor', like='ActorActor', schema=schema)
    op.create_merge_procedure(
        'sp_merge_actoractor',
        table='ActorActor',
        staging='stg_ActorActor',
        key=['ActorId', 'RelatertActorId', 'RelasjonsTypeKode'],
        columns=[
            'FraDato', 'TilDato', 'ErForesatt', 'HarSamvær', 'Merknad', 'Registrert',
            'RegistrertAv', 'Endret', 'EndretAv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_actoractor',
        schema=schema,
    )
    op.grant_cdc_access(
        'ActorActor',
        staging='stg_ActorActor',
        procedure='sp_merge_actoractor',
        purge='sp_purge_actoractor',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # ActorAdresse
    op.create_table('ActorAdresse',
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.ActorAdresse.ActorId'),
        sa.Column('AdresseId', sa.Integer(), nullable=False, comment='dbo.ActorAdresse.AdresseId'),
        sa.Column('FraDato', sa.Date(), nullable=False, comment='dbo.ActorAdresse.FraDato'),
        sa.Column('TilDato', sa.Date(), nullable=True, comment='dbo.ActorAdresse.TilDato'),
        sa.Column('AdresseTypeKode', sa.CHAR(length=1), nullable=False, comment='dbo.ActorAdresse.AdresseTypeKode: B bosted, P post, M midlertidig'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('AdresseId', 'ActorId', 'FraDato', name='ActorAdresse_pkey'),
        schema=schema,
        comment='Replicated from dbo.ActorAdresse (service adopus): Adressehistorikk [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_ActorAdresse_sync_timestamp', 'ActorAdresse', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_ActorAdresse', like='ActorAdresse', schema=schema)
    op.create_merge_procedure(
        'sp_merge_actoradresse',
        table='ActorAdresse',
        staging='stg_ActorAdresse',
        key=['AdresseId', 'ActorId', 'FraDato'],
        columns=['TilDato', 'AdresseTypeKode', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_actoradresse',
        schema=schema,
    )
    op.grant_cdc_access(
        'ActorAdresse',
        staging='stg_ActorAdresse',
        procedure='sp_merge_actoradresse',
        purge='sp_purge_actoradresse',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # ActorRelasjonsType
    op.create_table('ActorRelasjonsType',
        sa.Column('RelasjonsTypeKode', sa.String(length=10), autoincrement=False, nullable=False, comment='dbo.ActorRelasjonsType.RelasjonsTypeKode'),
        sa.Column('Navn', sa.String(length=50), nullable=False, comment='dbo.ActorRelasjonsType.Navn'),
        sa.Column('MotsattKode', sa.String(length=10), nullable=True, comment='dbo.ActorRelasjonsType.MotsattKode'),
        sa.Column('Aktiv', sa.Boolean(), nullable=False, comment='dbo.ActorRelasjonsType.Aktiv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('RelasjonsTypeKode', name='ActorRelasjonsType_pkey'),
        schema=schema,
        comment='Replicated from dbo.ActorRelasjonsType (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_ActorRelasjonsType_sync_timestamp', 'ActorRelasjonsType', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table(
        'stg_ActorRelasjonsType',
        like='ActorRelasjonsType',
        schema=schema,
    )
    op.create_merge_procedure(
        'sp_merge_actorrelasjonstype',
        table='ActorRelasjonsType',
        staging='stg_ActorRelasjonsType',
        key=['RelasjonsTypeKode'],
        columns=['Navn', 'MotsattKode', 'Aktiv', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_actorrelasjonstype',
        schema=schema,
    )
    op.grant_cdc_access(
        'ActorRelasjonsType',
        staging='stg_ActorRelasjonsType',
        procedure='sp_merge_actorrelasjonstype',
        purge='sp_purge_actorrelasjonstype',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Adresse
    op.create_table('Adresse',
        sa.Column('AdresseId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Adresse.AdresseId'),
        sa.Column('Gateadresse', sa.String(length=100), nullable=True, comment='dbo.Adresse.Gateadresse'),
        sa.Column('Bruksenhet', sa.CHAR(length=5), nullable=True, comment='dbo.Adresse.Bruksenhet'),
        sa.Column('Postnummer', sa.CHAR(length=4), nullable=True, comment='dbo.Adresse.Postnummer'),
        sa.Column('Poststed', sa.String(length=40), nullable=True, comment='dbo.Adresse.Poststed'),
        sa.Column('KommuneNr', sa.CHAR(length=4), nullable=True, comment='dbo.Adresse.KommuneNr'),
        sa.Column('Posisjon', sa.LargeBinary(), nullable=True, comment='dbo.Adresse.Posisjon'),
        sa.Column('Hentet', postgresql.TIMESTAMP(timezone=True, precision=0), nullable=True, comment='dbo.Adresse.Hentet: Sist hentet fra Folkeregisteret'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('_hentet_fra', sa.String(length=128), nullable=True, comment='template source_database: Name of the database that the row comes from [cdcmig template=source_database]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('AdresseId', name='Adresse_pkey'),
        schema=schema,
        comment='Replicated from dbo.Adresse (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Adresse_sync_timestamp', 'Adresse', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Adresse', like='Adresse', schema=schema)
    op.create_merge_procedure(
        'sp_merge_adresse',
        table='Adresse',
        staging='stg_Adresse',
        key=['AdresseId'],
        columns=[
            'Gateadresse', 'Bruksenhet', 'Postnummer', 'Poststed', 'KommuneNr', 'Posisjon',
            'Hentet', '_customer_id', '_hentet_fra',
        ],
        template='merge_v1',
        purge='sp_purge_adresse',
        schema=schema,
    )
    op.grant_cdc_access(
        'Adresse',
        staging='stg_Adresse',
        procedure='sp_merge_adresse',
        purge='sp_purge_adresse',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Ansatt
    op.create_table('Ansatt',
        sa.Column('AnsattId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Ansatt.AnsattId'),
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.Ansatt.ActorId'),
        sa.Column('AvdelingId', sa.Integer(), nullable=True, comment='dbo.Ansatt.AvdelingId'),
        sa.Column('Ansattnummer', sa.String(length=12), nullable=True, comment='dbo.Ansatt.Ansattnummer'),
        sa.Column('Stilling', sa.String(length=80), nullable=True, comment='dbo.Ansatt.Stilling'),
        sa.Column('Stillingsandel %', sa.Numeric(precision=5, scale=2), nullable=False, comment='dbo.Ansatt.Stillingsandel %'),
        sa.Column('Timelønn', sa.Numeric(precision=10, scale=4), nullable=True, comment='dbo.Ansatt.Timelønn'),
        sa.Column('Ansatt fra', sa.Date(), nullable=False, comment='dbo.Ansatt.Ansatt fra'),
        sa.Column('Ansatt til', sa.Date(), nullable=True, comment='dbo.Ansatt.Ansatt til'),
        sa.Column('Portrett', sa.LargeBinary(), nullable=True, comment='dbo.Ansatt.Portrett'),
        sa.Column('Signatur', sa.LargeBinary(), nullable=True, comment='dbo.Ansatt.Signatur'),
        sa.Column('Registrert', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.Ansatt.Registrert'),
        sa.Column('RegistrertAv', sa.Integer(), nullable=False, comment='dbo.Ansatt.RegistrertAv'),
        sa.Column('Endret', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Ansatt.Endret'),
        sa.Column('EndretAv', sa.Integer(), nullable=True, comment='dbo.Ansatt.EndretAv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('AnsattId', name='Ansatt_pkey'),
        schema=schema,
        comment='Replicated from dbo.Ansatt (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Ansatt_sync_timestamp', 'Ansatt', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Ansatt', like='Ansatt', schema=schema)
    op.create_merge_procedure(
        'sp_merge_ansatt',
        table='Ansatt',
        staging='stg_Ansatt',
        key=['AnsattId'],
        columns=[
            'ActorId', 'AvdelingId', 'Ansattnummer', 'Stilling', 'Stillingsandel %', 'Timelønn',
            'Ansatt fra', 'Ansatt til', 'Portrett', 'Signatur', 'Registrert', 'RegistrertAv',
            'Endret', 'EndretAv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_ansatt',
        schema=schema,
    )
    op.grant_cdc_access(
        'Ansatt',
        staging='stg_Ansatt',
        procedure='sp_merge_ansatt',
        purge='sp_purge_ansatt',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # AnsattRolle
    op.create_table('AnsattRolle',
        sa.Column('AnsattId', sa.Integer(), nullable=False, comment='dbo.AnsattRolle.AnsattId'),
        sa.Column('RolleKode', sa.String(length=20), nullable=False, comment='dbo.AnsattRolle.RolleKode'),
        sa.Column('FraTidspunkt', postgresql.TIMESTAMP(precision=0), nullable=False, comment='dbo.AnsattRolle.FraTidspunkt'),
        sa.Column('TilTidspunkt', postgresql.TIMESTAMP(precision=0), nullable=True, comment='dbo.AnsattRolle.TilTidspunkt'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('AnsattId', 'RolleKode', name='AnsattRolle_pkey'),
        schema=schema,
        comment='Replicated from dbo.AnsattRolle (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_AnsattRolle_sync_timestamp', 'AnsattRolle', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_AnsattRolle', like='AnsattRolle', schema=schema)
    op.create_merge_procedure(
        'sp_merge_ansattrolle',
        table='AnsattRolle',
        staging='stg_AnsattRolle',
        key=['AnsattId', 'RolleKode'],
        columns=['FraTidspunkt', 'TilTidspunkt', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_ansattrolle',
        schema=schema,
    )
    op.grant_cdc_access(
        'AnsattRolle',
        staging='stg_AnsattRolle',
        procedure='sp_merge_ansattrolle',
        purge='sp_purge_ansattrolle',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Avdeling
    op.create_table('Avdeling',
        sa.Column('AvdelingId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Avdeling.AvdelingId'),
        sa.Column('OrgSti', sa.Text(), nullable=False, comment='dbo.Avdeling.OrgSti'),
        sa.Column('Navn', sa.String(length=100), nullable=False, comment='dbo.Avdeling.Navn'),
        sa.Column('Kortnavn', sa.CHAR(length=10), nullable=True, comment='dbo.Avdeling.Kortnavn'),
        sa.Column('LederAnsattId', sa.Integer(), nullable=True, comment='dbo.Avdeling.LederAnsattId'),
        sa.Column('InstitusjonId', sa.Integer(), nullable=True, comment='dbo.Avdeling.InstitusjonId'),
        sa.Column('Kostnadssted', sa.Numeric(precision=8, scale=0), nullable=True, comment='dbo.Avdeling.Kostnadssted'),
        sa.Column('Aktiv', sa.Boolean(), nullable=False, comment='dbo.Avdeling.Aktiv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('AvdelingId', name='Avdeling_pkey'),
        schema=schema,
        comment='Replicated from dbo.Avdeling (service adopus): Organisasjonstreet [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Avdeling_sync_timestamp', 'Avdeling', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Avdeling', like='Avdeling', schema=schema)
    op.create_merge_procedure(
        'sp_merge_avdeling',
        table='Avdeling',
        staging='stg_Avdeling',
        key=['AvdelingId'],
        columns=[
            'OrgSti', 'Navn', 'Kortnavn', 'LederAnsattId', 'InstitusjonId', 'Kostnadssted',
            'Aktiv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_avdeling',
        schema=schema,
    )
    op.grant_cdc_access(
        'Avdeling',
        staging='stg_Avdeling',
        procedure='sp_merge_avdeling',
        purge='sp_purge_avdeling',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Avtale
    op.create_table('Avtale',
        sa.Column('AvtaleId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Avtale.AvtaleId'),
        sa.Column('SakId', sa.Integer(), nullable=False, comment='dbo.Avtale.SakId'),
        sa.Column('KommuneNr', sa.CHAR(length=4), nullable=True, comment='dbo.Avtale.KommuneNr'),
        sa.Column('Døgnpris', sa.Numeric(precision=19, scale=4), nullable=False, comment='dbo.Avtale.Døgnpris'),
        sa.Column('Egenandel', sa.Numeric(precision=10, scale=4), nullable=True, comment='dbo.Avtale.Egenandel'),
        sa.Column('Valuta', sa.CHAR(length=3), nullable=False, comment='dbo.Avtale.Valuta'),
        sa.Column('Gjelder fra', postgresql.TIMESTAMP(precision=0), nullable=False, comment='dbo.Avtale.Gjelder fra'),
        sa.Column('Gjelder til', postgresql.TIMESTAMP(precision=0), nullable=True, comment='dbo.Avtale.Gjelder til'),
        sa.Column('Vilkår', sa.Text(), nullable=True, comment='dbo.Avtale.Vilkår'),
        sa.Column('Signert', postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True, comment='dbo.Avtale.Signert'),
        sa.Column('Registrert', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.Avtale.Registrert'),
        sa.Column('RegistrertAv', sa.Integer(), nullable=False, comment='dbo.Avtale.RegistrertAv'),
        sa.Column('Endret', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Avtale.Endret'),
        sa.Column('EndretAv', sa.Integer(), nullable=True, comment='dbo.Avtale.EndretAv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('AvtaleId', name='Avtale_pkey'),
        schema=schema,
        comment='Replicated from dbo.Avtale (service adopus): Avtaler med kommuner om plass og pris [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Avtale_sync_timestamp', 'Avtale', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Avtale', like='Avtale', schema=schema)
    op.create_merge_procedure(
        'sp_merge_avtale',
        table='Avtale',
        staging='stg_Avtale',
        key=['AvtaleId'],
        columns=[
            'SakId', 'KommuneNr', 'Døgnpris', 'Egenandel', 'Valuta', 'Gjelder fra', 'Gjelder til',
            'Vilkår', 'Signert', 'Registrert', 'RegistrertAv', 'Endret', 'EndretAv',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_avtale',
        schema=schema,
    )
    op.grant_cdc_access(
        'Avtale',
        staging='stg_Avtale',
        procedure='sp_merge_avtale',
        purge='sp_purge_avtale',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Bruker
    op.create_table('Bruker',
        sa.Column('BrukerId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Bruker.BrukerId'),
        sa.Column('AnsattId', sa.Integer(), nullable=True, comment='dbo.Bruker.AnsattId'),
        sa.Column('BrukerNavn', sa.String(length=50), nullable=False, comment='dbo.Bruker.BrukerNavn'),
        sa.Column('Sid', sa.LargeBinary(), nullable=True, comment='dbo.Bruker.Sid'),
        sa.Column('SistPålogget', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Bruker.SistPålogget'),
        sa.Column('FeiledeForsøk', sa.SmallInteger(), nullable=False, comment='dbo.Bruker.FeiledeForsøk'),
        sa.Column('Sperret', sa.Boolean(), nullable=False, comment='dbo.Bruker.Sperret'),
        sa.Column('Innstillinger', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='dbo.Bruker.Innstillinger'),
        sa.Column('RadVersjon', sa.LargeBinary(), nullable=False, comment='dbo.Bruker.RadVersjon'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('BrukerId', name='Bruker_pkey'),
        schema=schema,
        comment='Replicated from dbo.Bruker (service adopus): Pålogging [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Bruker_sync_timestamp', 'Bruker', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Bruker', like='Bruker', schema=schema)
    op.create_merge_procedure(
        'sp_merge_bruker',
        table='Bruker',
        staging='stg_Bruker',
        key=['BrukerId'],
        columns=[
            'AnsattId', 'BrukerNavn', 'Sid', 'SistPålogget', 'FeiledeForsøk', 'Sperret',
            'Innstillinger', 'RadVersjon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_bruker',
        schema=schema,
    )
    op.grant_cdc_access(
        'Bruker',
        staging='stg_Bruker',
        procedure='sp_merge_bruker',
        purge='sp_purge_bruker',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # BrukerGruppe
    op.create_table('BrukerGruppe',
        sa.Column('BrukerGruppeId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.BrukerGruppe.BrukerGruppeId'),
        sa.Column('Navn', sa.String(length=50), nullable=False, comment='dbo.BrukerGruppe.Navn'),
        sa.Column('Beskrivelse', sa.Text(), nullable=True, comment='dbo.BrukerGruppe.Beskrivelse'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('BrukerGruppeId', name='BrukerGruppe_pkey'),
        schema=schema,
        comment='Replicated from dbo.BrukerGruppe (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_BrukerGruppe_sync_timestamp', 'BrukerGruppe', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_BrukerGruppe', like='BrukerGruppe', schema=schema)
    op.create_merge_procedure(
        'sp_merge_brukergruppe',
        table='BrukerGruppe',
        staging='stg_BrukerGruppe',
        key=['BrukerGruppeId'],
        columns=['Navn', 'Beskrivelse', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_brukergruppe',
        schema=schema,
    )
    op.grant_cdc_access(
        'BrukerGruppe',
        staging='stg_BrukerGruppe',
        procedure='sp_merge_brukergruppe',
        purge='sp_purge_brukergruppe',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # BrukerTilgang
    op.create_table('BrukerTilgang',
        sa.Column('BrukerId', sa.Integer(), nullable=False, comment='dbo.BrukerTilgang.BrukerId'),
        sa.Column('BrukerGruppeId', sa.Integer(), nullable=False, comment='dbo.BrukerTilgang.BrukerGruppeId'),
        sa.Column('AvdelingId', sa.Integer(), nullable=False, comment='dbo.BrukerTilgang.AvdelingId'),
        sa.Column('Lese', sa.Boolean(), nullable=False, comment='dbo.BrukerTilgang.Lese'),
        sa.Column('Skrive', sa.Boolean(), nullable=False, comment='dbo.BrukerTilgang.Skrive'),
        sa.Column('Gitt', postgresql.TIMESTAMP(precision=0), nullable=False, comment='dbo.BrukerTilgang.Gitt'),
        sa.Column('GittAv', sa.Integer(), nullable=True, comment='dbo.BrukerTilgang.GittAv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('BrukerId', 'BrukerGruppeId', 'AvdelingId', name='BrukerTilgang_pkey'),
        schema=schema,
        comment='Replicated from dbo.BrukerTilgang (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_BrukerTilgang_sync_timestamp', 'BrukerTilgang', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_BrukerTilgang', like='BrukerTilgang', schema=schema)
    op.create_merge_procedure(
        'sp_merge_brukertilgang',
        table='BrukerTilgang',
        staging='stg_BrukerTilgang',
        key=['BrukerId', 'BrukerGruppeId', 'AvdelingId'],
        columns=['Lese', 'Skrive', 'Gitt', 'GittAv', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_brukertilgang',
        schema=schema,
    )
    op.grant_cdc_access(
        'BrukerTilgang',
        staging='stg_BrukerTilgang',
        procedure='sp_merge_brukertilgang',
        purge='sp_purge_brukertilgang',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Diagnose
    op.create_table('Diagnose',
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.Diagnose.ActorId'),
        sa.Column('DiagnoseKode', sa.CHAR(length=6), nullable=False, comment='dbo.Diagnose.DiagnoseKode'),
        sa.Column('Satt', sa.Date(), nullable=False, comment='dbo.Diagnose.Satt'),
        sa.Column('Tekst', sa.String(length=200), nullable=True, comment='dbo.Diagnose.Tekst'),
        sa.Column('Hoveddiagnose', sa.Boolean(), nullable=False, comment='dbo.Diagnose.Hoveddiagnose'),
        sa.Column('SattAv', sa.Integer(), nullable=True, comment='dbo.Diagnose.SattAv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('ActorId', 'DiagnoseKode', 'Satt', name='Diagnose_pkey'),
        schema=schema,
        comment='Replicated from dbo.Diagnose (service adopus): Diagnoser etter ICD-10 [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Diagnose_sync_timestamp', 'Diagnose', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Diagnose', like='Diagnose', schema=schema)
    op.create_merge_procedure(
        'sp_merge_diagnose',
        table='Diagnose',
        staging='stg_Diagnose',
        key=['ActorId', 'DiagnoseKode', 'Satt'],
        columns=['Tekst', 'Hoveddiagnose', 'SattAv', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_diagnose',
        schema=schema,
    )
    op.grant_cdc_access(
        'Diagnose',
        staging='stg_Diagnose',
        procedure='sp_merge_diagnose',
        purge='sp_purge_diagnose',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Dokument
    op.create_table('Dokument',
        sa.Column('DokumentId', sa.UUID(), autoincrement=False, nullable=False, comment='dbo.Dokument.DokumentId'),
        sa.Column('SakId', sa.Integer(), nullable=True, comment='dbo.Dokument.SakId'),
        sa.Column('DokumentTypeId', sa.SmallInteger(), nullable=False, comment='dbo.Dokument.DokumentTypeId'),
        sa.Column('Tittel', sa.String(length=200), nullable=False, comment='dbo.Dokument.Tittel'),
        sa.Column('Filnavn', sa.String(length=260), nullable=True, comment='dbo.Dokument.Filnavn'),
        sa.Column('MimeType', sa.String(length=100), nullable=True, comment='dbo.Dokument.MimeType'),
        sa.Column('Innhold', sa.LargeBinary(), nullable=True, comment='dbo.Dokument.Innhold'),
        sa.Column('Tekst', sa.Text(), nullable=True, comment='dbo.Dokument.Tekst'),
        sa.Column('Metadata', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='dbo.Dokument.Metadata'),
        sa.Column('Søkevektor', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='dbo.Dokument.Søkevektor'),
        sa.Column('Størrelse', sa.BigInteger(), nullable=True, comment='dbo.Dokument.Størrelse'),
        sa.Column('Sjekksum', sa.LargeBinary(), nullable=True, comment='dbo.Dokument.Sjekksum'),
        sa.Column('Slettet', postgresql.TIMESTAMP(precision=6), nullable=True, comment='dbo.Dokument.Slettet'),
        sa.Column('Registrert', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.Dokument.Registrert'),
        sa.Column('RegistrertAv', sa.Integer(), nullable=False, comment='dbo.Dokument.RegistrertAv'),
        sa.Column('Endret', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Dokument.Endret'),
        sa.Column('EndretAv', sa.Integer(), nullable=True, comment='dbo.Dokument.EndretAv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('_retention_class', sa.Text(), server_default=sa.text("'ordinary'"), nullable=False, comment='template retention_class: How long the row has to be kept, as the archivist classifies it [cdcmig template=retention_class]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('DokumentId', name='Dokument_pkey'),
        schema=schema,
        comment='Replicated from dbo.Dokument (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Dokument_sync_timestamp', 'Dokument', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Dokument', like='Dokument', schema=schema)
    op.create_merge_procedure(
        'sp_merge_dokument',
        table='Dokument',
        staging='stg_Dokument',
        key=['DokumentId'],
        columns=[
            'SakId', 'DokumentTypeId', 'Tittel', 'Filnavn', 'MimeType', 'Innhold', 'Tekst',
            'Metadata', 'Søkevektor', 'Størrelse', 'Sjekksum', 'Slettet', 'Registrert',
            'RegistrertAv', 'Endret', 'EndretAv', '_customer_id', '_retention_class',
        ],
        template='merge_v1',
        purge='sp_purge_dokument',
        schema=schema,
    )
    op.grant_cdc_access(
        'Dokument',
        staging='stg_Dokument',
        procedure='sp_merge_dokument',
        purge='sp_purge_dokument',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # DokumentType
    op.create_table('DokumentType',
        sa.Column('DokumentTypeId', sa.SmallInteger(), autoincrement=False, nullable=False, comment='dbo.DokumentType.DokumentTypeId'),
        sa.Column('Navn', sa.String(length=80), nullable=False, comment='dbo.DokumentType.Navn'),
        sa.Column('ArkivKode', sa.String(length=20), nullable=True, comment='dbo.DokumentType.ArkivKode'),
        sa.Column('OppbevaresÅr', sa.SmallInteger(), nullable=True, comment='dbo.DokumentType.OppbevaresÅr'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('DokumentTypeId', name='DokumentType_pkey'),
        schema=schema,
        comment='Replicated from dbo.DokumentType (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_DokumentType_sync_timestamp', 'DokumentType', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_DokumentType', like='DokumentType', schema=schema)
    op.create_merge_procedure(
        'sp_merge_dokumenttype',
        table='DokumentType',
        staging='stg_DokumentType',
        key=['DokumentTypeId'],
        columns=['Navn', 'ArkivKode', 'OppbevaresÅr', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_dokumenttype',
        schema=schema,
    )
    op.grant_cdc_access(
        'DokumentType',
        staging='stg_DokumentType',
        procedure='sp_merge_dokumenttype',
        purge='sp_purge_dokumenttype',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Faktura
    op.create_table('Faktura',
        sa.Column('FakturaNr', sa.BigInteger(), autoincrement=False, nullable=False, comment='dbo.Faktura.FakturaNr'),
        sa.Column('AvtaleId', sa.Integer(), nullable=False, comment='dbo.Faktura.AvtaleId'),
        sa.Column('KommuneNr', sa.CHAR(length=4), nullable=False, comment='dbo.Faktura.KommuneNr'),
        sa.Column('FakturaDato', sa.Date(), nullable=False, comment='dbo.Faktura.FakturaDato'),
        sa.Column('Forfall', sa.Date(), nullable=False, comment='dbo.Faktura.Forfall'),
        sa.Column('SumEksMva', sa.Numeric(precision=19, scale=4), nullable=False, comment='dbo.Faktura.SumEksMva'),
        sa.Column('Mva', sa.Numeric(precision=19, scale=4), nullable=False, comment='dbo.Faktura.Mva'),
        sa.Column('SumInkMva', sa.Numeric(precision=19, scale=4), nullable=True, comment='dbo.Faktura.SumInkMva'),
        sa.Column('KID', sa.String(length=25), nullable=True, comment='dbo.Faktura.KID'),
        sa.Column('Betalt', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Faktura.Betalt'),
        sa.Column('EhfXml', sa.Text(), nullable=True, comment='dbo.Faktura.EhfXml'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('FakturaNr', name='Faktura_pkey'),
        schema=schema,
        comment='Replicated from dbo.Faktura (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Faktura_sync_timestamp', 'Faktura', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Faktura', like='Faktura', schema=schema)
    op.create_merge_procedure(
        'sp_merge_faktura',
        table='Faktura',
        staging='stg_Faktura',
        key=['FakturaNr'],
        columns=[
            'AvtaleId', 'KommuneNr', 'FakturaDato', 'Forfall', 'SumEksMva', 'Mva', 'SumInkMva',
            'KID', 'Betalt', 'EhfXml', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_faktura',
        schema=schema,
    )
    op.grant_cdc_access(
        'Faktura',
        staging='stg_Faktura',
        procedure='sp_merge_faktura',
        purge='sp_purge_faktura',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # FakturaLinje
    op.create_table('FakturaLinje',
        sa.Column('LinjeNr', sa.SmallInteger(), nullable=False, comment='dbo.FakturaLinje.LinjeNr'),
        sa.Column('FakturaNr', sa.BigInteger(), nullable=False, comment='dbo.FakturaLinje.FakturaNr'),
        sa.Column('Tekst', sa.String(length=200), nullable=False, comment='dbo.FakturaLinje.Tekst'),
        sa.Column('Antall', sa.Numeric(precision=9, scale=3), nullable=False, comment='dbo.FakturaLinje.Antall'),
        sa.Column('Enhetspris', sa.Numeric(precision=19, scale=6), nullable=False, comment='dbo.FakturaLinje.Enhetspris'),
        sa.Column('Rabatt %', sa.REAL(), nullable=False, comment='dbo.FakturaLinje.Rabatt %'),
        sa.Column('MvaKode', sa.SmallInteger(), nullable=False, comment='dbo.FakturaLinje.MvaKode'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('FakturaNr', 'LinjeNr', name='FakturaLinje_pkey'),
        schema=schema,
        comment='Replicated from dbo.FakturaLinje (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_FakturaLinje_sync_timestamp', 'FakturaLinje', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_FakturaLinje', like='FakturaLinje', schema=schema)
    op.create_merge_procedure(
        'sp_merge_fakturalinje',
        table='FakturaLinje',
        staging='stg_FakturaLinje',
        key=['FakturaNr', 'LinjeNr'],
        columns=['Tekst', 'Antall', 'Enhetspris', 'Rabatt %', 'MvaKode', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_fakturalinje',
        schema=schema,
    )
    op.grant_cdc_access(
        'FakturaLinje',
        staging='stg_FakturaLinje',
        procedure='sp_merge_fakturalinje',
        purge='sp_purge_fakturalinje',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Fylke
    op.create_table('Fylke',
        sa.Column('FylkesNr', sa.CHAR(length=2), autoincrement=False, nullable=False, comment='dbo.Fylke.FylkesNr'),
        sa.Column('Navn', sa.String(length=40), nullable=False, comment='dbo.Fylke.Navn'),
        sa.Column('Opphørt', sa.SmallInteger(), nullable=True, comment='dbo.Fylke.Opphørt: Årstall'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('FylkesNr', name='Fylke_pkey'),
        schema=schema,
        comment='Replicated from dbo.Fylke (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Fylke_sync_timestamp', 'Fylke', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Fylke', like='Fylke', schema=schema)
    op.create_merge_procedure(
        'sp_merge_fylke',
        table='Fylke',
        staging='stg_Fylke',
        key=['FylkesNr'],
        columns=['Navn', 'Opphørt', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_fylke',
        schema=schema,
    )
    op.grant_cdc_access(
        'Fylke',
        staging='stg_Fylke',
        procedure='sp_merge_fylke',
        purge='sp_purge_fylke',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # HendelseLogg
    op.create_table('HendelseLogg',
        sa.Column('Tidspunkt', postgresql.TIMESTAMP(precision=6), nullable=False, comment='dbo.HendelseLogg.Tidspunkt'),
        sa.Column('Objekt', sa.String(length=128), nullable=False, comment='dbo.HendelseLogg.Objekt'),
        sa.Column('BrukerId', sa.Integer(), nullable=True, comment='dbo.HendelseLogg.BrukerId'),
        sa.Column('Nivå', sa.SmallInteger(), nullable=False, comment='dbo.HendelseLogg.Nivå'),
        sa.Column('Melding', sa.String(length=2000), nullable=True, comment='dbo.HendelseLogg.Melding'),
        sa.Column('Detaljer', sa.Text(), nullable=True, comment='dbo.HendelseLogg.Detaljer'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        schema=schema,
        comment='Replicated from dbo.HendelseLogg (service adopus): Hendelser fra fagsystemet; tabellen har ingen nøkkel [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_HendelseLogg_sync_timestamp', 'HendelseLogg', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.grant_cdc_access(
        'HendelseLogg',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Institusjon
    op.create_table('Institusjon',
        sa.Column('InstitusjonId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Institusjon.InstitusjonId'),
        sa.Column('OrganisasjonsNr', sa.Numeric(precision=9, scale=0), nullable=True, comment='dbo.Institusjon.OrganisasjonsNr'),
        sa.Column('Navn', sa.String(length=120), nullable=False, comment='dbo.Institusjon.Navn'),
        sa.Column('KommuneNr', sa.CHAR(length=4), nullable=True, comment='dbo.Institusjon.KommuneNr'),
        sa.Column('Posisjon', sa.LargeBinary(), nullable=True, comment='dbo.Institusjon.Posisjon'),
        sa.Column('Eiendom', sa.LargeBinary(), nullable=True, comment='dbo.Institusjon.Eiendom: Eiendomsgrense i UTM 33'),
        sa.Column('Godkjent', sa.Date(), nullable=True, comment='dbo.Institusjon.Godkjent'),
        sa.Column('Kapasitet', sa.SmallInteger(), nullable=False, comment='dbo.Institusjon.Kapasitet'),
        sa.Column('Åpner', postgresql.TIME(precision=0), nullable=True, comment='dbo.Institusjon.Åpner'),
        sa.Column('Stenger', postgresql.TIME(precision=0), nullable=True, comment='dbo.Institusjon.Stenger'),
        sa.Column('Nettsted', sa.String(length=2083), nullable=True, comment='dbo.Institusjon.Nettsted'),
        sa.Column('Telefon', sa.String(length=20), nullable=True, comment='dbo.Institusjon.Telefon'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('InstitusjonId', name='Institusjon_pkey'),
        schema=schema,
        comment='Replicated from dbo.Institusjon (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Institusjon_sync_timestamp', 'Institusjon', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Institusjon', like='Institusjon', schema=schema)
    op.create_merge_procedure(
        'sp_merge_institusjon',
        table='Institusjon',
        staging='stg_Institusjon',
        key=['InstitusjonId'],
        columns=[
            'OrganisasjonsNr', 'Navn', 'KommuneNr', 'Posisjon', 'Eiendom', 'Godkjent',
            'Kapasitet', 'Åpner', 'Stenger', 'Nettsted', 'Telefon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_institusjon',
        schema=schema,
    )
    op.grant_cdc_access(
        'Institusjon',
        staging='stg_Institusjon',
        procedure='sp_merge_institusjon',
        purge='sp_purge_institusjon',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # InstitusjonPlass
    op.create_table('InstitusjonPlass',
        sa.Column('InstitusjonId', sa.Integer(), nullable=False, comment='dbo.InstitusjonPlass.InstitusjonId'),
        sa.Column('PlassNr', sa.SmallInteger(), nullable=False, comment='dbo.InstitusjonPlass.PlassNr'),
        sa.Column('Rom', sa.String(length=20), nullable=True, comment='dbo.InstitusjonPlass.Rom'),
        sa.Column('Skjermet', sa.Boolean(), nullable=False, comment='dbo.InstitusjonPlass.Skjermet'),
        sa.Column('OpptattAv', sa.Integer(), nullable=True, comment='dbo.InstitusjonPlass.OpptattAv'),
        sa.Column('Opptatt fra', postgresql.TIMESTAMP(precision=0), nullable=True, comment='dbo.InstitusjonPlass.Opptatt fra'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('InstitusjonId', 'PlassNr', name='InstitusjonPlass_pkey'),
        schema=schema,
        comment='Replicated from dbo.InstitusjonPlass (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_InstitusjonPlass_sync_timestamp', 'InstitusjonPlass', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table(
        'stg_InstitusjonPlass',
        like='InstitusjonPlass',
        schema=schema,
    )
    op.create_merge_procedure(
        'sp_merge_institusjonplass',
        table='InstitusjonPlass',
        staging='stg_InstitusjonPlass',
        key=['InstitusjonId', 'PlassNr'],
        columns=['Rom', 'Skjermet', 'OpptattAv', 'Opptatt fra', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_institusjonplass',
        schema=schema,
    )
    op.grant_cdc_access(
        'InstitusjonPlass',
        staging='stg_InstitusjonPlass',
        procedure='sp_merge_institusjonplass',
        purge='sp_purge_institusjonplass',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Journal
    op.create_table('Journal',
        sa.Column('JournalId', sa.BigInteger(), autoincrement=False, nullable=False, comment='dbo.tblJournal.jnlId'),
        sa.Column('SakId', sa.Integer(), nullable=False, comment='dbo.tblJournal.jnlSakId'),
        sa.Column('ActorId', sa.Integer(), nullable=True, comment='dbo.tblJournal.jnlActorId'),
        sa.Column('Dato', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.tblJournal.jnlDato'),
        sa.Column('TidBrukt', postgresql.TIME(precision=6), nullable=True, comment='dbo.tblJournal.jnlTidBrukt'),
        sa.Column('Overskrift', sa.String(length=200), nullable=True, comment='dbo.tblJournal.jnlOverskrift'),
        sa.Column('Tekst', sa.Text(), nullable=True, comment='dbo.tblJournal.jnlTekst'),
        sa.Column('Rtf', sa.Text(), nullable=True, comment='dbo.tblJournal.jnlRtf'),
        sa.Column('Godkjent', sa.Boolean(), nullable=False, comment='dbo.tblJournal.jnlGodkjent'),
        sa.Column('GodkjentAv', sa.Integer(), nullable=True, comment='dbo.tblJournal.jnlGodkjentAv'),
        sa.Column('GodkjentTidspunkt', postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True, comment='dbo.tblJournal.jnlGodkjentTid'),
        sa.Column('RadVersjon', sa.LargeBinary(), nullable=False, comment='dbo.tblJournal.jnlTs'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('_retention_class', sa.Text(), server_default=sa.text("'ordinary'"), nullable=False, comment='template retention_class: How long the row has to be kept, as the archivist classifies it [cdcmig template=retention_class]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('JournalId', name='Journal_pkey'),
        schema=schema,
        comment='Replicated from dbo.tblJournal (service adopus): Journalnotater [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Journal_sync_timestamp', 'Journal', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Journal', like='Journal', schema=schema)
    op.create_merge_procedure(
        'sp_merge_journal',
        table='Journal',
        staging='stg_Journal',
        key=['JournalId'],
        columns=[
            'SakId', 'ActorId', 'Dato', 'TidBrukt', 'Overskrift', 'Tekst', 'Rtf', 'Godkjent',
            'GodkjentAv', 'GodkjentTidspunkt', 'RadVersjon', '_customer_id', '_retention_class',
        ],
        template='merge_v1',
        purge='sp_purge_journal',
        schema=schema,
    )
    op.grant_cdc_access(
        'Journal',
        staging='stg_Journal',
        procedure='sp_merge_journal',
        purge='sp_purge_journal',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # JournalVedlegg
    op.create_table('JournalVedlegg',
        sa.Column('JournalId', sa.BigInteger(), nullable=False, comment='dbo.JournalVedlegg.JournalId'),
        sa.Column('DokumentId', sa.UUID(), nullable=False, comment='dbo.JournalVedlegg.DokumentId'),
        sa.Column('Rekkefølge', sa.SmallInteger(), nullable=False, comment='dbo.JournalVedlegg.Rekkefølge'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('JournalId', 'DokumentId', name='JournalVedlegg_pkey'),
        schema=schema,
        comment='Replicated from dbo.JournalVedlegg (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_JournalVedlegg_sync_timestamp', 'JournalVedlegg', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_JournalVedlegg', like='JournalVedlegg', schema=schema)
    op.create_merge_procedure(
        'sp_merge_journalvedlegg',
        table='JournalVedlegg',
        staging='stg_JournalVedlegg',
        key=['JournalId', 'DokumentId'],
        columns=['Rekkefølge', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_journalvedlegg',
        schema=schema,
    )
    op.grant_cdc_access(
        'JournalVedlegg',
        staging='stg_JournalVedlegg',
        procedure='sp_merge_journalvedlegg',
        purge='sp_purge_journalvedlegg',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Kartlegging
    op.create_table('Kartlegging',
        sa.Column('KartleggingId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Kartlegging.KartleggingId'),
        sa.Column('SakId', sa.Integer(), nullable=False, comment='dbo.Kartlegging.SakId'),
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.Kartlegging.ActorId'),
        sa.Column('UtførtAv', sa.Integer(), nullable=False, comment='dbo.Kartlegging.UtførtAv'),
        sa.Column('Utført', postgresql.TIMESTAMP(precision=0), nullable=False, comment='dbo.Kartlegging.Utført'),
        sa.Column('Versjon', sa.SmallInteger(), nullable=False, comment='dbo.Kartlegging.Versjon'),
        sa.Column('Boforhold', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.Boforhold'),
        sa.Column('AntallFlyttinger', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.AntallFlyttinger'),
        sa.Column('BorMedBarn', sa.Boolean(), nullable=True, comment='dbo.Kartlegging.BorMedBarn'),
        sa.Column('Antall barn under 18', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.Antall barn under 18'),
        sa.Column('Husleie', sa.Numeric(precision=19, scale=4), nullable=True, comment='dbo.Kartlegging.Husleie'),
        sa.Column('Gjeld', sa.Numeric(precision=19, scale=4), nullable=True, comment='dbo.Kartlegging.Gjeld'),
        sa.Column('Inntekt', sa.Numeric(precision=19, scale=4), nullable=True, comment='dbo.Kartlegging.Inntekt'),
        sa.Column('Inntektskilde', sa.String(length=20), nullable=True, comment='dbo.Kartlegging.Inntektskilde'),
        sa.Column('Utdanning', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.Utdanning'),
        sa.Column('Yrke', sa.String(length=80), nullable=True, comment='dbo.Kartlegging.Yrke'),
        sa.Column('Arbeidstimer', sa.Numeric(precision=4, scale=1), nullable=True, comment='dbo.Kartlegging.Arbeidstimer'),
        sa.Column('DagerSyk', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.DagerSyk'),
        sa.Column('Høyde', sa.REAL(), nullable=True, comment='dbo.Kartlegging.Høyde'),
        sa.Column('Vekt', sa.Double(), nullable=True, comment='dbo.Kartlegging.Vekt'),
        sa.Column('Kroppsmasseindeks', sa.Double(), nullable=True, comment='dbo.Kartlegging.Kroppsmasseindeks'),
        sa.Column('Hvilepuls', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.Hvilepuls'),
        sa.Column('Debutalder', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.Debutalder'),
        sa.Column('FørsteRusmiddel', sa.String(length=20), nullable=True, comment='dbo.Kartlegging.FørsteRusmiddel'),
        sa.Column('Hovedrusmiddel', sa.String(length=20), nullable=True, comment='dbo.Kartlegging.Hovedrusmiddel'),
        sa.Column('AlkoholEnheterPerUke', sa.Numeric(precision=6, scale=2), nullable=True, comment='dbo.Kartlegging.AlkoholEnheterPerUke'),
        sa.Column('DagerAlkohol', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.DagerAlkohol'),
        sa.Column('DagerOpioider', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.DagerOpioider'),
        sa.Column('DagerCannabis', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.DagerCannabis'),
        sa.Column('DagerStimulanter', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.DagerStimulanter'),
        sa.Column('Sprøytebruk', sa.Boolean(), nullable=True, comment='dbo.Kartlegging.Sprøytebruk'),
        sa.Column('Overdoser', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.Overdoser'),
        sa.Column('Har brukeren i løpet av de siste tretti dagene før i_b5bbc3d6', sa.Boolean(), nullable=True, comment='dbo.Kartlegging.Har brukeren i løpet av de siste tretti dagene før inntak brukt rusmidler slik at det gikk utover arbeid, skole eller familieliv'),
        sa.Column('Har brukeren i løpet av de siste tretti dagene før i_82c248a7', sa.Boolean(), nullable=True, comment='dbo.Kartlegging.Har brukeren i løpet av de siste tretti dagene før inntak brukt rusmidler sammen med familie eller nære venner'),
        sa.Column('Selvrapportert helse', sa.SmallInteger(), nullable=True, comment='dbo.Kartlegging.Selvrapportert helse'),
        sa.Column('Nettverk', sa.Text(), nullable=True, comment='dbo.Kartlegging.Nettverk'),
        sa.Column('Vurdering', sa.Text(), nullable=True, comment='dbo.Kartlegging.Vurdering'),
        sa.Column('Samtykke', sa.LargeBinary(), nullable=True, comment='dbo.Kartlegging.Samtykke'),
        sa.Column('Varighet', postgresql.TIME(precision=3), nullable=True, comment='dbo.Kartlegging.Varighet'),
        sa.Column('SistLagret', postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False, comment='dbo.Kartlegging.SistLagret'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('KartleggingId', name='Kartlegging_pkey'),
        schema=schema,
        comment='Replicated from dbo.Kartlegging (service adopus): Strukturert intervju ved inntak: bolig, arbeid, helse, rus og nettverk [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Kartlegging_sync_timestamp', 'Kartlegging', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Kartlegging', like='Kartlegging', schema=schema)
    op.create_merge_procedure(
        'sp_merge_kartlegging',
        table='Kartlegging',
        staging='stg_Kartlegging',
        key=['KartleggingId'],
        columns=[
            'SakId', 'ActorId', 'UtførtAv', 'Utført', 'Versjon', 'Boforhold', 'AntallFlyttinger',
            'BorMedBarn', 'Antall barn under 18', 'Husleie', 'Gjeld', 'Inntekt', 'Inntektskilde',
            'Utdanning', 'Yrke', 'Arbeidstimer', 'DagerSyk', 'Høyde', 'Vekt', 'Kroppsmasseindeks',
            'Hvilepuls', 'Debutalder', 'FørsteRusmiddel', 'Hovedrusmiddel',
            'AlkoholEnheterPerUke', 'DagerAlkohol', 'DagerOpioider', 'DagerCannabis',
            'DagerStimulanter', 'Sprøytebruk', 'Overdoser',
            'Har brukeren i løpet av de siste tretti dagene før i_b5bbc3d6',
            'Har brukeren i løpet av de siste tretti dagene før i_82c248a7',
            'Selvrapportert helse', 'Nettverk', 'Vurdering', 'Samtykke', 'Varighet', 'SistLagret',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_kartlegging',
        schema=schema,
    )
    op.grant_cdc_access(
        'Kartlegging',
        staging='stg_Kartlegging',
        procedure='sp_merge_kartlegging',
        purge='sp_purge_kartlegging',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # KartleggingSvar
    op.create_table('KartleggingSvar',
        sa.Column('KartleggingId', sa.Integer(), nullable=False, comment='dbo.KartleggingSvar.KartleggingId'),
        sa.Column('SpørsmålKode', sa.String(length=30), nullable=False, comment='dbo.KartleggingSvar.SpørsmålKode'),
        sa.Column('Verdi', sa.Text(), nullable=True, comment='dbo.KartleggingSvar.Verdi'),
        sa.Column('Vekt', sa.REAL(), nullable=True, comment='dbo.KartleggingSvar.Vekt'),
        sa.Column('Kommentar', sa.String(length=1000), nullable=True, comment='dbo.KartleggingSvar.Kommentar'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('KartleggingId', 'SpørsmålKode', name='KartleggingSvar_pkey'),
        schema=schema,
        comment='Replicated from dbo.KartleggingSvar (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_KartleggingSvar_sync_timestamp', 'KartleggingSvar', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_KartleggingSvar', like='KartleggingSvar', schema=schema)
    op.create_merge_procedure(
        'sp_merge_kartleggingsvar',
        table='KartleggingSvar',
        staging='stg_KartleggingSvar',
        key=['KartleggingId', 'SpørsmålKode'],
        columns=['Verdi', 'Vekt', 'Kommentar', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_kartleggingsvar',
        schema=schema,
    )
    op.grant_cdc_access(
        'KartleggingSvar',
        staging='stg_KartleggingSvar',
        procedure='sp_merge_kartleggingsvar',
        purge='sp_purge_kartleggingsvar',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Kommune
    op.create_table('Kommune',
        sa.Column('KommuneNr', sa.CHAR(length=4), autoincrement=False, nullable=False, comment='dbo.Kommune.KommuneNr'),
        sa.Column('FylkesNr', sa.CHAR(length=2), nullable=False, comment='dbo.Kommune.FylkesNr'),
        sa.Column('Navn', sa.String(length=60), nullable=False, comment='dbo.Kommune.Navn'),
        sa.Column('Navn samisk', sa.String(length=60), nullable=True, comment='dbo.Kommune.Navn samisk'),
        sa.Column('Grense', sa.LargeBinary(), nullable=True, comment='dbo.Kommune.Grense'),
        sa.Column('Folketall', sa.Integer(), nullable=True, comment='dbo.Kommune.Folketall'),
        sa.Column('Målform', sa.CHAR(length=1), nullable=True, comment='dbo.Kommune.Målform'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('KommuneNr', name='Kommune_pkey'),
        schema=schema,
        comment='Replicated from dbo.Kommune (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Kommune_sync_timestamp', 'Kommune', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Kommune', like='Kommune', schema=schema)
    op.create_merge_procedure(
        'sp_merge_kommune',
        table='Kommune',
        staging='stg_Kommune',
        key=['KommuneNr'],
        columns=[
            'FylkesNr', 'Navn', 'Navn samisk', 'Grense', 'Folketall', 'Målform', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_kommune',
        schema=schema,
    )
    op.grant_cdc_access(
        'Kommune',
        staging='stg_Kommune',
        procedure='sp_merge_kommune',
        purge='sp_purge_kommune',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Kontaktlogg
    op.create_table('Kontaktlogg',
        sa.Column('KontaktId', sa.BigInteger(), autoincrement=False, nullable=False, comment='dbo.Kontaktlogg.KontaktId'),
        sa.Column('SakId', sa.Integer(), nullable=False, comment='dbo.Kontaktlogg.SakId'),
        sa.Column('from', sa.String(length=100), nullable=True, comment='dbo.Kontaktlogg.from'),
        sa.Column('to', sa.String(length=100), nullable=True, comment='dbo.Kontaktlogg.to'),
        sa.Column('Kanal', sa.String(length=10), nullable=False, comment='dbo.Kontaktlogg.Kanal'),
        sa.Column('Start', postgresql.TIMESTAMP(precision=0), nullable=False, comment='dbo.Kontaktlogg.Start'),
        sa.Column('Slutt', postgresql.TIMESTAMP(precision=0), nullable=True, comment='dbo.Kontaktlogg.Slutt'),
        sa.Column('Oppsummering', sa.Text(), nullable=True, comment='dbo.Kontaktlogg.Oppsummering'),
        sa.Column('Uteblitt', sa.Boolean(), nullable=False, comment='dbo.Kontaktlogg.Uteblitt'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('KontaktId', name='Kontaktlogg_pkey'),
        schema=schema,
        comment='Replicated from dbo.Kontaktlogg (service adopus): Telefoner, møter og meldinger i en sak [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Kontaktlogg_sync_timestamp', 'Kontaktlogg', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Kontaktlogg', like='Kontaktlogg', schema=schema)
    op.create_merge_procedure(
        'sp_merge_kontaktlogg',
        table='Kontaktlogg',
        staging='stg_Kontaktlogg',
        key=['KontaktId'],
        columns=[
            'SakId', 'from', 'to', 'Kanal', 'Start', 'Slutt', 'Oppsummering', 'Uteblitt',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_kontaktlogg',
        schema=schema,
    )
    op.grant_cdc_access(
        'Kontaktlogg',
        staging='stg_Kontaktlogg',
        procedure='sp_merge_kontaktlogg',
        purge='sp_purge_kontaktlogg',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Medisinering
    op.create_table('Medisinering',
        sa.Column('MedisineringId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Medisinering.MedisineringId'),
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.Medisinering.ActorId'),
        sa.Column('Virkestoff', sa.String(length=100), nullable=False, comment='dbo.Medisinering.Virkestoff'),
        sa.Column('ATC', sa.CHAR(length=7), nullable=True, comment='dbo.Medisinering.ATC'),
        sa.Column('Dose', sa.Numeric(precision=10, scale=4), nullable=True, comment='dbo.Medisinering.Dose'),
        sa.Column('Enhet', sa.String(length=10), nullable=True, comment='dbo.Medisinering.Enhet'),
        sa.Column('Klokkeslett', postgresql.TIME(precision=0), nullable=True, comment='dbo.Medisinering.Klokkeslett'),
        sa.Column('Gis', sa.SmallInteger(), nullable=False, comment='dbo.Medisinering.Gis: Ganger i døgnet'),
        sa.Column('Seponert', postgresql.TIMESTAMP(precision=0), nullable=True, comment='dbo.Medisinering.Seponert'),
        sa.Column('LAR', sa.Boolean(), nullable=False, comment='dbo.Medisinering.LAR: Legemiddelassistert rehabilitering'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('MedisineringId', name='Medisinering_pkey'),
        schema=schema,
        comment='Replicated from dbo.Medisinering (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Medisinering_sync_timestamp', 'Medisinering', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Medisinering', like='Medisinering', schema=schema)
    op.create_merge_procedure(
        'sp_merge_medisinering',
        table='Medisinering',
        staging='stg_Medisinering',
        key=['MedisineringId'],
        columns=[
            'ActorId', 'Virkestoff', 'ATC', 'Dose', 'Enhet', 'Klokkeslett', 'Gis', 'Seponert',
            'LAR', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_medisinering',
        schema=schema,
    )
    op.grant_cdc_access(
        'Medisinering',
        staging='stg_Medisinering',
        procedure='sp_merge_medisinering',
        purge='sp_purge_medisinering',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Melding
    op.create_table('Melding',
        sa.Column('MeldingId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Melding.MeldingId'),
        sa.Column('SakId', sa.Integer(), nullable=True, comment='dbo.Melding.SakId'),
        sa.Column('GjelderActorId', sa.Integer(), nullable=False, comment='dbo.Melding.GjelderActorId'),
        sa.Column('Mottatt', postgresql.TIMESTAMP(timezone=True, precision=6), nullable=False, comment='dbo.Melding.Mottatt'),
        sa.Column('Frist', sa.Date(), nullable=True, comment='dbo.Melding.Frist'),
        sa.Column('MelderTypeKode', sa.String(length=10), nullable=False, comment='dbo.Melding.MelderTypeKode'),
        sa.Column('Anonym', sa.Boolean(), nullable=False, comment='dbo.Melding.Anonym'),
        sa.Column('Innhold', sa.Text(), nullable=True, comment='dbo.Melding.Innhold'),
        sa.Column('Alvorlighet', sa.SmallInteger(), nullable=True, comment='dbo.Melding.Alvorlighet'),
        sa.Column('Konklusjon', sa.Text(), nullable=True, comment='dbo.Melding.Konklusjon'),
        sa.Column('Avklart', postgresql.TIMESTAMP(timezone=True, precision=6), nullable=True, comment='dbo.Melding.Avklart'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('MeldingId', name='Melding_pkey'),
        schema=schema,
        comment='Replicated from dbo.Melding (service adopus): Bekymringsmeldinger til barnevernet [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Melding_sync_timestamp', 'Melding', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Melding', like='Melding', schema=schema)
    op.create_merge_procedure(
        'sp_merge_melding',
        table='Melding',
        staging='stg_Melding',
        key=['MeldingId'],
        columns=[
            'SakId', 'GjelderActorId', 'Mottatt', 'Frist', 'MelderTypeKode', 'Anonym', 'Innhold',
            'Alvorlighet', 'Konklusjon', 'Avklart', '_customer_id',
        ],
        template='merge_v1',
        schema=schema,
    )
    op.grant_cdc_access(
        'Melding',
        staging='stg_Melding',
        procedure='sp_merge_melding',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Oppfølging
    op.create_table('Oppfølging',
        sa.Column('OppfølgingId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Oppfølging.OppfølgingId'),
        sa.Column('SakId', sa.Integer(), nullable=False, comment='dbo.Oppfølging.SakId'),
        sa.Column('AnsvarligAnsattId', sa.Integer(), nullable=False, comment='dbo.Oppfølging.AnsvarligAnsattId'),
        sa.Column('Måned', sa.SmallInteger(), nullable=False, comment='dbo.Oppfølging.Måned'),
        sa.Column('År', sa.SmallInteger(), nullable=False, comment='dbo.Oppfølging.År'),
        sa.Column('Mål', sa.Text(), nullable=True, comment='dbo.Oppfølging.Mål'),
        sa.Column('Måloppnåelse %', sa.Numeric(precision=5, scale=2), nullable=True, comment='dbo.Oppfølging.Måloppnåelse %'),
        sa.Column('Neste møte', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Oppfølging.Neste møte'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('OppfølgingId', name='Oppfølging_pkey'),
        schema=schema,
        comment='Replicated from dbo.Oppfølging (service adopus): Ettervern og oppfølging [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Oppfølging_sync_timestamp', 'Oppfølging', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Oppfølging', like='Oppfølging', schema=schema)
    op.create_merge_procedure(
        'sp_merge_oppfølging',
        table='Oppfølging',
        staging='stg_Oppfølging',
        key=['OppfølgingId'],
        columns=[
            'SakId', 'AnsvarligAnsattId', 'Måned', 'År', 'Mål', 'Måloppnåelse %', 'Neste møte',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_oppfølging',
        schema=schema,
    )
    op.grant_cdc_access(
        'Oppfølging',
        staging='stg_Oppfølging',
        procedure='sp_merge_oppfølging',
        purge='sp_purge_oppfølging',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Parameter
    op.create_table('Parameter',
        sa.Column('group', sa.String(length=30), nullable=False, comment='dbo.Parameter.group'),
        sa.Column('order', sa.Integer(), nullable=False, comment='dbo.Parameter.order'),
        sa.Column('select', sa.String(length=128), nullable=True, comment='dbo.Parameter.select'),
        sa.Column('value', sa.Text(), nullable=True, comment='dbo.Parameter.value'),
        sa.Column('default', sa.String(length=500), nullable=True, comment='dbo.Parameter.default'),
        sa.Column('table', sa.String(length=128), nullable=True, comment='dbo.Parameter.table'),
        sa.Column('user', sa.String(length=50), nullable=True, comment='dbo.Parameter.user'),
        sa.Column('check', sa.Boolean(), nullable=False, comment='dbo.Parameter.check'),
        sa.Column('Schema', sa.Text(), nullable=True, comment='dbo.Parameter.Schema'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('group', 'order', name='Parameter_pkey'),
        schema=schema,
        comment='Replicated from dbo.Parameter (service adopus): Oppsett; kolonnenavn fra før noen visste bedre [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Parameter_sync_timestamp', 'Parameter', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Parameter', like='Parameter', schema=schema)
    op.create_merge_procedure(
        'sp_merge_parameter',
        table='Parameter',
        staging='stg_Parameter',
        key=['group', 'order'],
        columns=[
            'select', 'value', 'default', 'table', 'user', 'check', 'Schema', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_parameter',
        schema=schema,
    )
    op.grant_cdc_access(
        'Parameter',
        staging='stg_Parameter',
        procedure='sp_merge_parameter',
        purge='sp_purge_parameter',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Permisjon
    op.create_table('Permisjon',
        sa.Column('PermisjonId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Permisjon.PermisjonId'),
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.Permisjon.ActorId'),
        sa.Column('InstitusjonId', sa.Integer(), nullable=False, comment='dbo.Permisjon.InstitusjonId'),
        sa.Column('Periode', sa.String(length=41), nullable=False, comment='dbo.Permisjon.Periode: CLR-type med fra og til'),
        sa.Column('Formål', sa.String(length=200), nullable=True, comment='dbo.Permisjon.Formål'),
        sa.Column('Ledsaget', sa.Boolean(), nullable=False, comment='dbo.Permisjon.Ledsaget'),
        sa.Column('Godkjent av', sa.Integer(), nullable=True, comment='dbo.Permisjon.Godkjent av'),
        sa.Column('Kommentar til vedtak', sa.String(length=500), nullable=True, comment='dbo.Permisjon.Kommentar til vedtak'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('PermisjonId', name='Permisjon_pkey'),
        schema=schema,
        comment='Replicated from dbo.Permisjon (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Permisjon_sync_timestamp', 'Permisjon', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Permisjon', like='Permisjon', schema=schema)
    op.create_merge_procedure(
        'sp_merge_permisjon',
        table='Permisjon',
        staging='stg_Permisjon',
        key=['PermisjonId'],
        columns=[
            'ActorId', 'InstitusjonId', 'Periode', 'Formål', 'Ledsaget', 'Godkjent av',
            'Kommentar til vedtak', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_permisjon',
        schema=schema,
    )
    op.grant_cdc_access(
        'Permisjon',
        staging='stg_Permisjon',
        procedure='sp_merge_permisjon',
        purge='sp_purge_permisjon',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Rusprøve
    op.create_table('Rusprøve',
        sa.Column('PrøveId', sa.UUID(), autoincrement=False, nullable=False, comment='dbo.Rusprøve.PrøveId'),
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.Rusprøve.ActorId'),
        sa.Column('Tatt', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.Rusprøve.Tatt'),
        sa.Column('PrøveType', sa.CHAR(length=1), nullable=False, comment='dbo.Rusprøve.PrøveType'),
        sa.Column('Kreatinin mmol/l', sa.Double(), nullable=True, comment='dbo.Rusprøve.Kreatinin mmol/l'),
        sa.Column('Etanol ‰', sa.Numeric(precision=4, scale=2), nullable=True, comment='dbo.Rusprøve.Etanol ‰'),
        sa.Column('Funn', sa.String(length=400), nullable=True, comment='dbo.Rusprøve.Funn'),
        sa.Column('Positiv', sa.Boolean(), nullable=True, comment='dbo.Rusprøve.Positiv'),
        sa.Column('Analysert', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Rusprøve.Analysert'),
        sa.Column('Rådata', sa.LargeBinary(), nullable=True, comment='dbo.Rusprøve.Rådata'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('PrøveId', name='Rusprøve_pkey'),
        schema=schema,
        comment='Replicated from dbo.Rusprøve (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Rusprøve_sync_timestamp', 'Rusprøve', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Rusprøve', like='Rusprøve', schema=schema)
    op.create_merge_procedure(
        'sp_merge_rusprøve',
        table='Rusprøve',
        staging='stg_Rusprøve',
        key=['PrøveId'],
        columns=[
            'ActorId', 'Tatt', 'PrøveType', 'Kreatinin mmol/l', 'Etanol ‰', 'Funn', 'Positiv',
            'Analysert', 'Rådata', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_rusprøve',
        retention_days=30,
        schema=schema,
    )
    op.grant_cdc_access(
        'Rusprøve',
        staging='stg_Rusprøve',
        procedure='sp_merge_rusprøve',
        purge='sp_purge_rusprøve',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Sak
    op.create_table('Sak',
        sa.Column('SakId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Sak.SakId'),
        sa.Column('Saksnummer', sa.String(length=20), nullable=False, comment='dbo.Sak.Saksnummer'),
        sa.Column('ActorId', sa.Integer(), nullable=False, comment='dbo.Sak.ActorId'),
        sa.Column('AvdelingId', sa.Integer(), nullable=False, comment='dbo.Sak.AvdelingId'),
        sa.Column('SaksbehandlerId', sa.Integer(), nullable=True, comment='dbo.Sak.SaksbehandlerId'),
        sa.Column('SakTypeKode', sa.String(length=10), nullable=False, comment='dbo.Sak.SakTypeKode'),
        sa.Column('Tittel', sa.String(length=200), nullable=True, comment='dbo.Sak.Tittel'),
        sa.Column('Opprettet', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.Sak.Opprettet'),
        sa.Column('Avsluttet', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Sak.Avsluttet'),
        sa.Column('AvslutningsÅrsak', sa.String(length=100), nullable=True, comment='dbo.Sak.AvslutningsÅrsak'),
        sa.Column('Prioritet', sa.SmallInteger(), nullable=False, comment='dbo.Sak.Prioritet'),
        sa.Column('LovHjemmel', sa.String(length=40), nullable=True, comment='dbo.Sak.LovHjemmel'),
        sa.Column('Unntatt offentlighet', sa.Boolean(), nullable=False, comment='dbo.Sak.Unntatt offentlighet'),
        sa.Column('SistEndret', postgresql.TIMESTAMP(precision=6), nullable=False, comment='dbo.Sak.SistEndret'),
        sa.Column('RadVersjon', sa.LargeBinary(), nullable=False, comment='dbo.Sak.RadVersjon'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('SakId', name='Sak_pkey'),
        schema=schema,
        comment='Replicated from dbo.Sak (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Sak_sync_timestamp', 'Sak', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Sak', like='Sak', schema=schema)
    op.create_merge_procedure(
        'sp_merge_sak',
        table='Sak',
        staging='stg_Sak',
        key=['SakId'],
        columns=[
            'Saksnummer', 'ActorId', 'AvdelingId', 'SaksbehandlerId', 'SakTypeKode', 'Tittel',
            'Opprettet', 'Avsluttet', 'AvslutningsÅrsak', 'Prioritet', 'LovHjemmel',
            'Unntatt offentlighet', 'SistEndret', 'RadVersjon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_sak',
        schema=schema,
    )
    op.grant_cdc_access(
        'Sak',
        staging='stg_Sak',
        procedure='sp_merge_sak',
        purge='sp_purge_sak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Sak Status
    op.create_table('Sak Status',
        sa.Column('SakId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Sak Status.SakId'),
        sa.Column('Fra', postgresql.TIMESTAMP(precision=6), nullable=False, comment='dbo.Sak Status.Fra'),
        sa.Column('Til', postgresql.TIMESTAMP(precision=6), nullable=False, comment='dbo.Sak Status.Til'),
        sa.Column('Status', sa.String(length=20), nullable=False, comment='dbo.Sak Status.Status'),
        sa.Column('SaksbehandlerId', sa.Integer(), nullable=True, comment='dbo.Sak Status.SaksbehandlerId'),
        sa.Column('Endret av', sa.String(length=128), nullable=True, comment='dbo.Sak Status.Endret av'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('SakId', name='Sak Status_pkey'),
        schema=schema,
        comment='Replicated from dbo.Sak Status (service adopus): Systemversjonert; historikken ligger i Sak StatusHistorikk [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Sak Status_sync_timestamp', 'Sak Status', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Sak Status', like='Sak Status', schema=schema)
    op.create_merge_procedure(
        'sp_merge_sak status',
        table='Sak Status',
        staging='stg_Sak Status',
        key=['SakId'],
        columns=['Fra', 'Til', 'Status', 'SaksbehandlerId', 'Endret av', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_sak status',
        schema=schema,
    )
    op.grant_cdc_access(
        'Sak Status',
        staging='stg_Sak Status',
        procedure='sp_merge_sak status',
        purge='sp_purge_sak status',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # SakTiltak
    op.create_table('SakTiltak',
        sa.Column('SakId', sa.Integer(), nullable=False, comment='dbo.SakTiltak.SakId'),
        sa.Column('TiltakId', sa.Integer(), nullable=False, comment='dbo.SakTiltak.TiltakId'),
        sa.Column('Start', sa.Date(), nullable=False, comment='dbo.SakTiltak.Start'),
        sa.Column('Slutt', sa.Date(), nullable=True, comment='dbo.SakTiltak.Slutt'),
        sa.Column('Resultat', sa.String(length=20), nullable=True, comment='dbo.SakTiltak.Resultat'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('SakId', 'TiltakId', 'Start', name='SakTiltak_pkey'),
        schema=schema,
        comment='Replicated from dbo.SakTiltak (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_SakTiltak_sync_timestamp', 'SakTiltak', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_SakTiltak', like='SakTiltak', schema=schema)
    op.create_merge_procedure(
        'sp_merge_saktiltak',
        table='SakTiltak',
        staging='stg_SakTiltak',
        key=['SakId', 'TiltakId', 'Start'],
        columns=['Slutt', 'Resultat', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_saktiltak',
        schema=schema,
    )
    op.grant_cdc_access(
        'SakTiltak',
        staging='stg_SakTiltak',
        procedure='sp_merge_saktiltak',
        purge='sp_purge_saktiltak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Tiltak
    op.create_table('Tiltak',
        sa.Column('TiltakId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Tiltak.TiltakId'),
        sa.Column('TiltakTypeKode', sa.String(length=10), nullable=False, comment='dbo.Tiltak.TiltakTypeKode'),
        sa.Column('Navn', sa.String(length=150), nullable=False, comment='dbo.Tiltak.Navn'),
        sa.Column('Beskrivelse', sa.Text(), nullable=True, comment='dbo.Tiltak.Beskrivelse'),
        sa.Column('Timer per uke', sa.Numeric(precision=5, scale=2), nullable=True, comment='dbo.Tiltak.Timer per uke'),
        sa.Column('Kostnad', sa.Numeric(precision=19, scale=4), nullable=True, comment='dbo.Tiltak.Kostnad'),
        sa.Column('Gruppetiltak', sa.Boolean(), nullable=False, comment='dbo.Tiltak.Gruppetiltak'),
        sa.Column('Aktiv', sa.Boolean(), nullable=False, comment='dbo.Tiltak.Aktiv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('TiltakId', name='Tiltak_pkey'),
        schema=schema,
        comment='Replicated from dbo.Tiltak (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Tiltak_sync_timestamp', 'Tiltak', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Tiltak', like='Tiltak', schema=schema)
    op.create_merge_procedure(
        'sp_merge_tiltak',
        table='Tiltak',
        staging='stg_Tiltak',
        key=['TiltakId'],
        columns=[
            'TiltakTypeKode', 'Navn', 'Beskrivelse', 'Timer per uke', 'Kostnad', 'Gruppetiltak',
            'Aktiv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_tiltak',
        schema=schema,
    )
    op.grant_cdc_access(
        'Tiltak',
        staging='stg_Tiltak',
        procedure='sp_merge_tiltak',
        purge='sp_purge_tiltak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # TiltakType
    op.create_table('TiltakType',
        sa.Column('TiltakTypeKode', sa.String(length=10), autoincrement=False, nullable=False, comment='dbo.TiltakType.TiltakTypeKode'),
        sa.Column('Navn', sa.String(length=80), nullable=False, comment='dbo.TiltakType.Navn'),
        sa.Column('Lov', sa.String(length=20), nullable=True, comment='dbo.TiltakType.Lov'),
        sa.Column('Kapittel og §', sa.String(length=20), nullable=True, comment='dbo.TiltakType.Kapittel og §'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('TiltakTypeKode', name='TiltakType_pkey'),
        schema=schema,
        comment='Replicated from dbo.TiltakType (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_TiltakType_sync_timestamp', 'TiltakType', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_TiltakType', like='TiltakType', schema=schema)
    op.create_merge_procedure(
        'sp_merge_tiltaktype',
        table='TiltakType',
        staging='stg_TiltakType',
        key=['TiltakTypeKode'],
        columns=['Navn', 'Lov', 'Kapittel og §', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_tiltaktype',
        schema=schema,
    )
    op.grant_cdc_access(
        'TiltakType',
        staging='stg_TiltakType',
        procedure='sp_merge_tiltaktype',
        purge='sp_purge_tiltaktype',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )

    # Vedtak
    op.create_table('Vedtak',
        sa.Column('VedtakId', sa.Integer(), autoincrement=False, nullable=False, comment='dbo.Vedtak.VedtakId'),
        sa.Column('SakId', sa.Integer(), nullable=False, comment='dbo.Vedtak.SakId'),
        sa.Column('VedtakDato', sa.Date(), nullable=False, comment='dbo.Vedtak.VedtakDato'),
        sa.Column('Hjemmel', sa.String(length=40), nullable=False, comment='dbo.Vedtak.Hjemmel'),
        sa.Column('Klagefrist', sa.Date(), nullable=True, comment='dbo.Vedtak.Klagefrist'),
        sa.Column('Innvilget', sa.Boolean(), nullable=True, comment='dbo.Vedtak.Innvilget'),
        sa.Column('Begrunnelse', sa.Text(), nullable=True, comment='dbo.Vedtak.Begrunnelse'),
        sa.Column('Vedtatt av', sa.Integer(), nullable=False, comment='dbo.Vedtak.Vedtatt av'),
        sa.Column('Signatur', sa.LargeBinary(), nullable=True, comment='dbo.Vedtak.Signatur'),
        sa.Column('Ekspedert', postgresql.TIMESTAMP(timezone=True, precision=0), nullable=True, comment='dbo.Vedtak.Ekspedert'),
        sa.Column('Registrert', postgresql.TIMESTAMP(precision=3), nullable=False, comment='dbo.Vedtak.Registrert'),
        sa.Column('RegistrertAv', sa.Integer(), nullable=False, comment='dbo.Vedtak.RegistrertAv'),
        sa.Column('Endret', postgresql.TIMESTAMP(precision=3), nullable=True, comment='dbo.Vedtak.Endret'),
        sa.Column('EndretAv', sa.Integer(), nullable=True, comment='dbo.Vedtak.EndretAv'),
        sa.Column('_customer_id', sa.UUID(), nullable=False, comment='template customer_id: The customer that the row belongs to [cdcmig template=customer_id]'),
        sa.Column('__sync_timestamp', postgresql.TIMESTAMP(timezone=True), server_default=sa.text('now()'), nullable=False, comment='when this row was last written here [cdcmig role=sync_timestamp]'),
        sa.Column('__source', sa.Text(), nullable=True, comment='where the event came from [cdcmig role=source]'),
        sa.Column('__source_ts_ms', sa.BigInteger(), nullable=True, comment='when the source committed the change, in milliseconds since 1970-01-01 UTC [cdcmig role=source_ts_ms]'),
        sa.Column('__deleted', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='the row is gone from the source; kept as a tombstone against late events [cdcmig role=deleted]'),
        sa.Column('__operation', sa.Text(), nullable=True, comment='last operation: c, u, d or, from a snapshot, r [cdcmig role=operation]'),
        sa.Column('__lsn', sa.Text(collation='C'), nullable=True, comment='commit LSN of the change in SQL Server; with __seq_val it orders all events [cdcmig role=lsn]'),
        sa.Column('__seq_val', sa.Text(collation='C'), nullable=True, comment='place of the change within its transaction in SQL Server [cdcmig role=seq_val]'),
        sa.PrimaryKeyConstraint('VedtakId', name='Vedtak_pkey'),
        schema=schema,
        comment='Replicated from dbo.Vedtak (service adopus) [cdcmig table]',
        postgresql_with={'fillfactor': 85}
    )
    op.create_index('ix_Vedtak_sync_timestamp', 'Vedtak', ['__sync_timestamp'], unique=False, schema=schema, postgresql_using='brin')
    op.create_staging_table('stg_Vedtak', like='Vedtak', schema=schema)
    op.create_merge_procedure(
        'sp_merge_vedtak',
        table='Vedtak',
        staging='stg_Vedtak',
        key=['VedtakId'],
        columns=[
            'SakId', 'VedtakDato', 'Hjemmel', 'Klagefrist', 'Innvilget', 'Begrunnelse',
            'Vedtatt av', 'Signatur', 'Ekspedert', 'Registrert', 'RegistrertAv', 'Endret',
            'EndretAv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_vedtak',
        schema=schema,
    )
    op.grant_cdc_access(
        'Vedtak',
        staging='stg_Vedtak',
        procedure='sp_merge_vedtak',
        purge='sp_purge_vedtak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )


def downgrade(schema: str) -> None:
    # Vedtak
    op.revoke_cdc_access(
        'Vedtak',
        staging='stg_Vedtak',
        procedure='sp_merge_vedtak',
        purge='sp_purge_vedtak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_vedtak',
        table='Vedtak',
        staging='stg_Vedtak',
        key=['VedtakId'],
        columns=[
            'SakId', 'VedtakDato', 'Hjemmel', 'Klagefrist', 'Innvilget', 'Begrunnelse',
            'Vedtatt av', 'Signatur', 'Ekspedert', 'Registrert', 'RegistrertAv', 'Endret',
            'EndretAv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_vedtak',
        schema=schema,
    )
    op.drop_staging_table('stg_Vedtak', like='Vedtak', schema=schema)
    op.drop_index('ix_Vedtak_sync_timestamp', table_name='Vedtak', schema=schema, postgresql_using='brin')
    op.drop_table('Vedtak', schema=schema)

    # TiltakType
    op.revoke_cdc_access(
        'TiltakType',
        staging='stg_TiltakType',
        procedure='sp_merge_tiltaktype',
        purge='sp_purge_tiltaktype',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_tiltaktype',
        table='TiltakType',
        staging='stg_TiltakType',
        key=['TiltakTypeKode'],
        columns=['Navn', 'Lov', 'Kapittel og §', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_tiltaktype',
        schema=schema,
    )
    op.drop_staging_table('stg_TiltakType', like='TiltakType', schema=schema)
    op.drop_index('ix_TiltakType_sync_timestamp', table_name='TiltakType', schema=schema, postgresql_using='brin')
    op.drop_table('TiltakType', schema=schema)

    # Tiltak
    op.revoke_cdc_access(
        'Tiltak',
        staging='stg_Tiltak',
        procedure='sp_merge_tiltak',
        purge='sp_purge_tiltak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_tiltak',
        table='Tiltak',
        staging='stg_Tiltak',
        key=['TiltakId'],
        columns=[
            'TiltakTypeKode', 'Navn', 'Beskrivelse', 'Timer per uke', 'Kostnad', 'Gruppetiltak',
            'Aktiv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_tiltak',
        schema=schema,
    )
    op.drop_staging_table('stg_Tiltak', like='Tiltak', schema=schema)
    op.drop_index('ix_Tiltak_sync_timestamp', table_name='Tiltak', schema=schema, postgresql_using='brin')
    op.drop_table('Tiltak', schema=schema)

    # SakTiltak
    op.revoke_cdc_access(
        'SakTiltak',
        staging='stg_SakTiltak',
        procedure='sp_merge_saktiltak',
        purge='sp_purge_saktiltak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_saktiltak',
        table='SakTiltak',
        staging='stg_SakTiltak',
        key=['SakId', 'TiltakId', 'Start'],
        columns=['Slutt', 'Resultat', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_saktiltak',
        schema=schema,
    )
    op.drop_staging_table('stg_SakTiltak', like='SakTiltak', schema=schema)
    op.drop_index('ix_SakTiltak_sync_timestamp', table_name='SakTiltak', schema=schema, postgresql_using='brin')
    op.drop_table('SakTiltak', schema=schema)

    # Sak Status
    op.revoke_cdc_access(
        'Sak Status',
        staging='stg_Sak Status',
        procedure='sp_merge_sak status',
        purge='sp_purge_sak status',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_sak status',
        table='Sak Status',
        staging='stg_Sak Status',
        key=['SakId'],
        columns=['Fra', 'Til', 'Status', 'SaksbehandlerId', 'Endret av', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_sak status',
        schema=schema,
    )
    op.drop_staging_table('stg_Sak Status', like='Sak Status', schema=schema)
    op.drop_index('ix_Sak Status_sync_timestamp', table_name='Sak Status', schema=schema, postgresql_using='brin')
    op.drop_table('Sak Status', schema=schema)

    # Sak
    op.revoke_cdc_access(
        'Sak',
        staging='stg_Sak',
        procedure='sp_merge_sak',
        purge='sp_purge_sak',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_sak',
        table='Sak',
        staging='stg_Sak',
        key=['SakId'],
        columns=[
            'Saksnummer', 'ActorId', 'AvdelingId', 'SaksbehandlerId', 'SakTypeKode', 'Tittel',
            'Opprettet', 'Avsluttet', 'AvslutningsÅrsak', 'Prioritet', 'LovHjemmel',
            'Unntatt offentlighet', 'SistEndret', 'RadVersjon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_sak',
        schema=schema,
    )
    op.drop_staging_table('stg_Sak', like='Sak', schema=schema)
    op.drop_index('ix_Sak_sync_timestamp', table_name='Sak', schema=schema, postgresql_using='brin')
    op.drop_table('Sak', schema=schema)

    # Rusprøve
    op.revoke_cdc_access(
        'Rusprøve',
        staging='stg_Rusprøve',
        procedure='sp_merge_rusprøve',
        purge='sp_purge_rusprøve',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_rusprøve',
        table='Rusprøve',
        staging='stg_Rusprøve',
        key=['PrøveId'],
        columns=[
            'ActorId', 'Tatt', 'PrøveType', 'Kreatinin mmol/l', 'Etanol ‰', 'Funn', 'Positiv',
            'Analysert', 'Rådata', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_rusprøve',
        retention_days=30,
        schema=schema,
    )
    op.drop_staging_table('stg_Rusprøve', like='Rusprøve', schema=schema)
    op.drop_index('ix_Rusprøve_sync_timestamp', table_name='Rusprøve', schema=schema, postgresql_using='brin')
    op.drop_table('Rusprøve', schema=schema)

    # Permisjon
    op.revoke_cdc_access(
        'Permisjon',
        staging='stg_Permisjon',
        procedure='sp_merge_permisjon',
        purge='sp_purge_permisjon',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_permisjon',
        table='Permisjon',
        staging='stg_Permisjon',
        key=['PermisjonId'],
        columns=[
            'ActorId', 'InstitusjonId', 'Periode', 'Formål', 'Ledsaget', 'Godkjent av',
            'Kommentar til vedtak', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_permisjon',
        schema=schema,
    )
    op.drop_staging_table('stg_Permisjon', like='Permisjon', schema=schema)
    op.drop_index('ix_Permisjon_sync_timestamp', table_name='Permisjon', schema=schema, postgresql_using='brin')
    op.drop_table('Permisjon', schema=schema)

    # Parameter
    op.revoke_cdc_access(
        'Parameter',
        staging='stg_Parameter',
        procedure='sp_merge_parameter',
        purge='sp_purge_parameter',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_parameter',
        table='Parameter',
        staging='stg_Parameter',
        key=['group', 'order'],
        columns=[
            'select', 'value', 'default', 'table', 'user', 'check', 'Schema', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_parameter',
        schema=schema,
    )
    op.drop_staging_table('stg_Parameter', like='Parameter', schema=schema)
    op.drop_index('ix_Parameter_sync_timestamp', table_name='Parameter', schema=schema, postgresql_using='brin')
    op.drop_table('Parameter', schema=schema)

    # Oppfølging
    op.revoke_cdc_access(
        'Oppfølging',
        staging='stg_Oppfølging',
        procedure='sp_merge_oppfølging',
        purge='sp_purge_oppfølging',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_oppfølging',
        table='Oppfølging',
        staging='stg_Oppfølging',
        key=['OppfølgingId'],
        columns=[
            'SakId', 'AnsvarligAnsattId', 'Måned', 'År', 'Mål', 'Måloppnåelse %', 'Neste møte',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_oppfølging',
        schema=schema,
    )
    op.drop_staging_table('stg_Oppfølging', like='Oppfølging', schema=schema)
    op.drop_index('ix_Oppfølging_sync_timestamp', table_name='Oppfølging', schema=schema, postgresql_using='brin')
    op.drop_table('Oppfølging', schema=schema)

    # Melding
    op.revoke_cdc_access(
        'Melding',
        staging='stg_Melding',
        procedure='sp_merge_melding',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_melding',
        table='Melding',
        staging='stg_Melding',
        key=['MeldingId'],
        columns=[
            'SakId', 'GjelderActorId', 'Mottatt', 'Frist', 'MelderTypeKode', 'Anonym', 'Innhold',
            'Alvorlighet', 'Konklusjon', 'Avklart', '_customer_id',
        ],
        template='merge_v1',
        schema=schema,
    )
    op.drop_staging_table('stg_Melding', like='Melding', schema=schema)
    op.drop_index('ix_Melding_sync_timestamp', table_name='Melding', schema=schema, postgresql_using='brin')
    op.drop_table('Melding', schema=schema)

    # Medisinering
    op.revoke_cdc_access(
        'Medisinering',
        staging='stg_Medisinering',
        procedure='sp_merge_medisinering',
        purge='sp_purge_medisinering',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_medisinering',
        table='Medisinering',
        staging='stg_Medisinering',
        key=['MedisineringId'],
        columns=[
            'ActorId', 'Virkestoff', 'ATC', 'Dose', 'Enhet', 'Klokkeslett', 'Gis', 'Seponert',
            'LAR', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_medisinering',
        schema=schema,
    )
    op.drop_staging_table('stg_Medisinering', like='Medisinering', schema=schema)
    op.drop_index('ix_Medisinering_sync_timestamp', table_name='Medisinering', schema=schema, postgresql_using='brin')
    op.drop_table('Medisinering', schema=schema)

    # Kontaktlogg
    op.revoke_cdc_access(
        'Kontaktlogg',
        staging='stg_Kontaktlogg',
        procedure='sp_merge_kontaktlogg',
        purge='sp_purge_kontaktlogg',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_kontaktlogg',
        table='Kontaktlogg',
        staging='stg_Kontaktlogg',
        key=['KontaktId'],
        columns=[
            'SakId', 'from', 'to', 'Kanal', 'Start', 'Slutt', 'Oppsummering', 'Uteblitt',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_kontaktlogg',
        schema=schema,
    )
    op.drop_staging_table('stg_Kontaktlogg', like='Kontaktlogg', schema=schema)
    op.drop_index('ix_Kontaktlogg_sync_timestamp', table_name='Kontaktlogg', schema=schema, postgresql_using='brin')
    op.drop_table('Kontaktlogg', schema=schema)

    # Kommune
    op.revoke_cdc_access(
        'Kommune',
        staging='stg_Kommune',
        procedure='sp_merge_kommune',
        purge='sp_purge_kommune',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_kommune',
        table='Kommune',
        staging='stg_Kommune',
        key=['KommuneNr'],
        columns=[
            'FylkesNr', 'Navn', 'Navn samisk', 'Grense', 'Folketall', 'Målform', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_kommune',
        schema=schema,
    )
    op.drop_staging_table('stg_Kommune', like='Kommune', schema=schema)
    op.drop_index('ix_Kommune_sync_timestamp', table_name='Kommune', schema=schema, postgresql_using='brin')
    op.drop_table('Kommune', schema=schema)

    # KartleggingSvar
    op.revoke_cdc_access(
        'KartleggingSvar',
        staging='stg_KartleggingSvar',
        procedure='sp_merge_kartleggingsvar',
        purge='sp_purge_kartleggingsvar',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_kartleggingsvar',
        table='KartleggingSvar',
        staging='stg_KartleggingSvar',
        key=['KartleggingId', 'SpørsmålKode'],
        columns=['Verdi', 'Vekt', 'Kommentar', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_kartleggingsvar',
        schema=schema,
    )
    op.drop_staging_table('stg_KartleggingSvar', like='KartleggingSvar', schema=schema)
    op.drop_index('ix_KartleggingSvar_sync_timestamp', table_name='KartleggingSvar', schema=schema, postgresql_using='brin')
    op.drop_table('KartleggingSvar', schema=schema)

    # Kartlegging
    op.revoke_cdc_access(
        'Kartlegging',
        staging='stg_Kartlegging',
        procedure='sp_merge_kartlegging',
        purge='sp_purge_kartlegging',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_kartlegging',
        table='Kartlegging',
        staging='stg_Kartlegging',
        key=['KartleggingId'],
        columns=[
            'SakId', 'ActorId', 'UtførtAv', 'Utført', 'Versjon', 'Boforhold', 'AntallFlyttinger',
            'BorMedBarn', 'Antall barn under 18', 'Husleie', 'Gjeld', 'Inntekt', 'Inntektskilde',
            'Utdanning', 'Yrke', 'Arbeidstimer', 'DagerSyk', 'Høyde', 'Vekt', 'Kroppsmasseindeks',
            'Hvilepuls', 'Debutalder', 'FørsteRusmiddel', 'Hovedrusmiddel',
            'AlkoholEnheterPerUke', 'DagerAlkohol', 'DagerOpioider', 'DagerCannabis',
            'DagerStimulanter', 'Sprøytebruk', 'Overdoser',
            'Har brukeren i løpet av de siste tretti dagene før i_b5bbc3d6',
            'Har brukeren i løpet av de siste tretti dagene før i_82c248a7',
            'Selvrapportert helse', 'Nettverk', 'Vurdering', 'Samtykke', 'Varighet', 'SistLagret',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_kartlegging',
        schema=schema,
    )
    op.drop_staging_table('stg_Kartlegging', like='Kartlegging', schema=schema)
    op.drop_index('ix_Kartlegging_sync_timestamp', table_name='Kartlegging', schema=schema, postgresql_using='brin')
    op.drop_table('Kartlegging', schema=schema)

    # JournalVedlegg
    op.revoke_cdc_access(
        'JournalVedlegg',
        staging='stg_JournalVedlegg',
        procedure='sp_merge_journalvedlegg',
        purge='sp_purge_journalvedlegg',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_journalvedlegg',
        table='JournalVedlegg',
        staging='stg_JournalVedlegg',
        key=['JournalId', 'DokumentId'],
        columns=['Rekkefølge', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_journalvedlegg',
        schema=schema,
    )
    op.drop_staging_table('stg_JournalVedlegg', like='JournalVedlegg', schema=schema)
    op.drop_index('ix_JournalVedlegg_sync_timestamp', table_name='JournalVedlegg', schema=schema, postgresql_using='brin')
    op.drop_table('JournalVedlegg', schema=schema)

    # Journal
    op.revoke_cdc_access(
        'Journal',
        staging='stg_Journal',
        procedure='sp_merge_journal',
        purge='sp_purge_journal',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_journal',
        table='Journal',
        staging='stg_Journal',
        key=['JournalId'],
        columns=[
            'SakId', 'ActorId', 'Dato', 'TidBrukt', 'Overskrift', 'Tekst', 'Rtf', 'Godkjent',
            'GodkjentAv', 'GodkjentTidspunkt', 'RadVersjon', '_customer_id', '_retention_class',
        ],
        template='merge_v1',
        purge='sp_purge_journal',
        schema=schema,
    )
    op.drop_staging_table('stg_Journal', like='Journal', schema=schema)
    op.drop_index('ix_Journal_sync_timestamp', table_name='Journal', schema=schema, postgresql_using='brin')
    op.drop_table('Journal', schema=schema)

    # InstitusjonPlass
    op.revoke_cdc_access(
        'InstitusjonPlass',
        staging='stg_InstitusjonPlass',
        procedure='sp_merge_institusjonplass',
        purge='sp_purge_institusjonplass',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_institusjonplass',
        table='InstitusjonPlass',
        staging='stg_InstitusjonPlass',
        key=['InstitusjonId', 'PlassNr'],
        columns=['Rom', 'Skjermet', 'OpptattAv', 'Opptatt fra', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_institusjonplass',
        schema=schema,
    )
    op.drop_staging_table('stg_InstitusjonPlass', like='InstitusjonPlass', schema=schema)
    op.drop_index('ix_InstitusjonPlass_sync_timestamp', table_name='InstitusjonPlass', schema=schema, postgresql_using='brin')
    op.drop_table('InstitusjonPlass', schema=schema)

    # Institusjon
    op.revoke_cdc_access(
        'Institusjon',
        staging='stg_Institusjon',
        procedure='sp_merge_institusjon',
        purge='sp_purge_institusjon',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_institusjon',
        table='Institusjon',
        staging='stg_Institusjon',
        key=['InstitusjonId'],
        columns=[
            'OrganisasjonsNr', 'Navn', 'KommuneNr', 'Posisjon', 'Eiendom', 'Godkjent',
            'Kapasitet', 'Åpner', 'Stenger', 'Nettsted', 'Telefon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_institusjon',
        schema=schema,
    )
    op.drop_staging_table('stg_Institusjon', like='Institusjon', schema=schema)
    op.drop_index('ix_Institusjon_sync_timestamp', table_name='Institusjon', schema=schema, postgresql_using='brin')
    op.drop_table('Institusjon', schema=schema)

    # HendelseLogg
    op.revoke_cdc_access(
        'HendelseLogg',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_index('ix_HendelseLogg_sync_timestamp', table_name='HendelseLogg', schema=schema, postgresql_using='brin')
    op.drop_table('HendelseLogg', schema=schema)

    # Fylke
    op.revoke_cdc_access(
        'Fylke',
        staging='stg_Fylke',
        procedure='sp_merge_fylke',
        purge='sp_purge_fylke',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_fylke',
        table='Fylke',
        staging='stg_Fylke',
        key=['FylkesNr'],
        columns=['Navn', 'Opphørt', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_fylke',
        schema=schema,
    )
    op.drop_staging_table('stg_Fylke', like='Fylke', schema=schema)
    op.drop_index('ix_Fylke_sync_timestamp', table_name='Fylke', schema=schema, postgresql_using='brin')
    op.drop_table('Fylke', schema=schema)

    # FakturaLinje
    op.revoke_cdc_access(
        'FakturaLinje',
        staging='stg_FakturaLinje',
        procedure='sp_merge_fakturalinje',
        purge='sp_purge_fakturalinje',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_fakturalinje',
        table='FakturaLinje',
        staging='stg_FakturaLinje',
        key=['FakturaNr', 'LinjeNr'],
        columns=['Tekst', 'Antall', 'Enhetspris', 'Rabatt %', 'MvaKode', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_fakturalinje',
        schema=schema,
    )
    op.drop_staging_table('stg_FakturaLinje', like='FakturaLinje', schema=schema)
    op.drop_index('ix_FakturaLinje_sync_timestamp', table_name='FakturaLinje', schema=schema, postgresql_using='brin')
    op.drop_table('FakturaLinje', schema=schema)

    # Faktura
    op.revoke_cdc_access(
        'Faktura',
        staging='stg_Faktura',
        procedure='sp_merge_faktura',
        purge='sp_purge_faktura',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_faktura',
        table='Faktura',
        staging='stg_Faktura',
        key=['FakturaNr'],
        columns=[
            'AvtaleId', 'KommuneNr', 'FakturaDato', 'Forfall', 'SumEksMva', 'Mva', 'SumInkMva',
            'KID', 'Betalt', 'EhfXml', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_faktura',
        schema=schema,
    )
    op.drop_staging_table('stg_Faktura', like='Faktura', schema=schema)
    op.drop_index('ix_Faktura_sync_timestamp', table_name='Faktura', schema=schema, postgresql_using='brin')
    op.drop_table('Faktura', schema=schema)

    # DokumentType
    op.revoke_cdc_access(
        'DokumentType',
        staging='stg_DokumentType',
        procedure='sp_merge_dokumenttype',
        purge='sp_purge_dokumenttype',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_dokumenttype',
        table='DokumentType',
        staging='stg_DokumentType',
        key=['DokumentTypeId'],
        columns=['Navn', 'ArkivKode', 'OppbevaresÅr', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_dokumenttype',
        schema=schema,
    )
    op.drop_staging_table('stg_DokumentType', like='DokumentType', schema=schema)
    op.drop_index('ix_DokumentType_sync_timestamp', table_name='DokumentType', schema=schema, postgresql_using='brin')
    op.drop_table('DokumentType', schema=schema)

    # Dokument
    op.revoke_cdc_access(
        'Dokument',
        staging='stg_Dokument',
        procedure='sp_merge_dokument',
        purge='sp_purge_dokument',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_dokument',
        table='Dokument',
        staging='stg_Dokument',
        key=['DokumentId'],
        columns=[
            'SakId', 'DokumentTypeId', 'Tittel', 'Filnavn', 'MimeType', 'Innhold', 'Tekst',
            'Metadata', 'Søkevektor', 'Størrelse', 'Sjekksum', 'Slettet', 'Registrert',
            'RegistrertAv', 'Endret', 'EndretAv', '_customer_id', '_retention_class',
        ],
        template='merge_v1',
        purge='sp_purge_dokument',
        schema=schema,
    )
    op.drop_staging_table('stg_Dokument', like='Dokument', schema=schema)
    op.drop_index('ix_Dokument_sync_timestamp', table_name='Dokument', schema=schema, postgresql_using='brin')
    op.drop_table('Dokument', schema=schema)

    # Diagnose
    op.revoke_cdc_access(
        'Diagnose',
        staging='stg_Diagnose',
        procedure='sp_merge_diagnose',
        purge='sp_purge_diagnose',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_diagnose',
        table='Diagnose',
        staging='stg_Diagnose',
        key=['ActorId', 'DiagnoseKode', 'Satt'],
        columns=['Tekst', 'Hoveddiagnose', 'SattAv', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_diagnose',
        schema=schema,
    )
    op.drop_staging_table('stg_Diagnose', like='Diagnose', schema=schema)
    op.drop_index('ix_Diagnose_sync_timestamp', table_name='Diagnose', schema=schema, postgresql_using='brin')
    op.drop_table('Diagnose', schema=schema)

    # BrukerTilgang
    op.revoke_cdc_access(
        'BrukerTilgang',
        staging='stg_BrukerTilgang',
        procedure='sp_merge_brukertilgang',
        purge='sp_purge_brukertilgang',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_brukertilgang',
        table='BrukerTilgang',
        staging='stg_BrukerTilgang',
        key=['BrukerId', 'BrukerGruppeId', 'AvdelingId'],
        columns=['Lese', 'Skrive', 'Gitt', 'GittAv', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_brukertilgang',
        schema=schema,
    )
    op.drop_staging_table('stg_BrukerTilgang', like='BrukerTilgang', schema=schema)
    op.drop_index('ix_BrukerTilgang_sync_timestamp', table_name='BrukerTilgang', schema=schema, postgresql_using='brin')
    op.drop_table('BrukerTilgang', schema=schema)

    # BrukerGruppe
    op.revoke_cdc_access(
        'BrukerGruppe',
        staging='stg_BrukerGruppe',
        procedure='sp_merge_brukergruppe',
        purge='sp_purge_brukergruppe',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_brukergruppe',
        table='BrukerGruppe',
        staging='stg_BrukerGruppe',
        key=['BrukerGruppeId'],
        columns=['Navn', 'Beskrivelse', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_brukergruppe',
        schema=schema,
    )
    op.drop_staging_table('stg_BrukerGruppe', like='BrukerGruppe', schema=schema)
    op.drop_index('ix_BrukerGruppe_sync_timestamp', table_name='BrukerGruppe', schema=schema, postgresql_using='brin')
    op.drop_table('BrukerGruppe', schema=schema)

    # Bruker
    op.revoke_cdc_access(
        'Bruker',
        staging='stg_Bruker',
        procedure='sp_merge_bruker',
        purge='sp_purge_bruker',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_bruker',
        table='Bruker',
        staging='stg_Bruker',
        key=['BrukerId'],
        columns=[
            'AnsattId', 'BrukerNavn', 'Sid', 'SistPålogget', 'FeiledeForsøk', 'Sperret',
            'Innstillinger', 'RadVersjon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_bruker',
        schema=schema,
    )
    op.drop_staging_table('stg_Bruker', like='Bruker', schema=schema)
    op.drop_index('ix_Bruker_sync_timestamp', table_name='Bruker', schema=schema, postgresql_using='brin')
    op.drop_table('Bruker', schema=schema)

    # Avtale
    op.revoke_cdc_access(
        'Avtale',
        staging='stg_Avtale',
        procedure='sp_merge_avtale',
        purge='sp_purge_avtale',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_avtale',
        table='Avtale',
        staging='stg_Avtale',
        key=['AvtaleId'],
        columns=[
            'SakId', 'KommuneNr', 'Døgnpris', 'Egenandel', 'Valuta', 'Gjelder fra', 'Gjelder til',
            'Vilkår', 'Signert', 'Registrert', 'RegistrertAv', 'Endret', 'EndretAv',
            '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_avtale',
        schema=schema,
    )
    op.drop_staging_table('stg_Avtale', like='Avtale', schema=schema)
    op.drop_index('ix_Avtale_sync_timestamp', table_name='Avtale', schema=schema, postgresql_using='brin')
    op.drop_table('Avtale', schema=schema)

    # Avdeling
    op.revoke_cdc_access(
        'Avdeling',
        staging='stg_Avdeling',
        procedure='sp_merge_avdeling',
        purge='sp_purge_avdeling',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_avdeling',
        table='Avdeling',
        staging='stg_Avdeling',
        key=['AvdelingId'],
        columns=[
            'OrgSti', 'Navn', 'Kortnavn', 'LederAnsattId', 'InstitusjonId', 'Kostnadssted',
            'Aktiv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_avdeling',
        schema=schema,
    )
    op.drop_staging_table('stg_Avdeling', like='Avdeling', schema=schema)
    op.drop_index('ix_Avdeling_sync_timestamp', table_name='Avdeling', schema=schema, postgresql_using='brin')
    op.drop_table('Avdeling', schema=schema)

    # AnsattRolle
    op.revoke_cdc_access(
        'AnsattRolle',
        staging='stg_AnsattRolle',
        procedure='sp_merge_ansattrolle',
        purge='sp_purge_ansattrolle',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_ansattrolle',
        table='AnsattRolle',
        staging='stg_AnsattRolle',
        key=['AnsattId', 'RolleKode'],
        columns=['FraTidspunkt', 'TilTidspunkt', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_ansattrolle',
        schema=schema,
    )
    op.drop_staging_table('stg_AnsattRolle', like='AnsattRolle', schema=schema)
    op.drop_index('ix_AnsattRolle_sync_timestamp', table_name='AnsattRolle', schema=schema, postgresql_using='brin')
    op.drop_table('AnsattRolle', schema=schema)

    # Ansatt
    op.revoke_cdc_access(
        'Ansatt',
        staging='stg_Ansatt',
        procedure='sp_merge_ansatt',
        purge='sp_purge_ansatt',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_ansatt',
        table='Ansatt',
        staging='stg_Ansatt',
        key=['AnsattId'],
        columns=[
            'ActorId', 'AvdelingId', 'Ansattnummer', 'Stilling', 'Stillingsandel %', 'Timelønn',
            'Ansatt fra', 'Ansatt til', 'Portrett', 'Signatur', 'Registrert', 'RegistrertAv',
            'Endret', 'EndretAv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_ansatt',
        schema=schema,
    )
    op.drop_staging_table('stg_Ansatt', like='Ansatt', schema=schema)
    op.drop_index('ix_Ansatt_sync_timestamp', table_name='Ansatt', schema=schema, postgresql_using='brin')
    op.drop_table('Ansatt', schema=schema)

    # Adresse
    op.revoke_cdc_access(
        'Adresse',
        staging='stg_Adresse',
        procedure='sp_merge_adresse',
        purge='sp_purge_adresse',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_adresse',
        table='Adresse',
        staging='stg_Adresse',
        key=['AdresseId'],
        columns=[
            'Gateadresse', 'Bruksenhet', 'Postnummer', 'Poststed', 'KommuneNr', 'Posisjon',
            'Hentet', '_customer_id', '_hentet_fra',
        ],
        template='merge_v1',
        purge='sp_purge_adresse',
        schema=schema,
    )
    op.drop_staging_table('stg_Adresse', like='Adresse', schema=schema)
    op.drop_index('ix_Adresse_sync_timestamp', table_name='Adresse', schema=schema, postgresql_using='brin')
    op.drop_table('Adresse', schema=schema)

    # ActorRelasjonsType
    op.revoke_cdc_access(
        'ActorRelasjonsType',
        staging='stg_ActorRelasjonsType',
        procedure='sp_merge_actorrelasjonstype',
        purge='sp_purge_actorrelasjonstype',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_actorrelasjonstype',
        table='ActorRelasjonsType',
        staging='stg_ActorRelasjonsType',
        key=['RelasjonsTypeKode'],
        columns=['Navn', 'MotsattKode', 'Aktiv', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_actorrelasjonstype',
        schema=schema,
    )
    op.drop_staging_table(
        'stg_ActorRelasjonsType',
        like='ActorRelasjonsType',
        schema=schema,
    )
    op.drop_index('ix_ActorRelasjonsType_sync_timestamp', table_name='ActorRelasjonsType', schema=schema, postgresql_using='brin')
    op.drop_table('ActorRelasjonsType', schema=schema)

    # ActorAdresse
    op.revoke_cdc_access(
        'ActorAdresse',
        staging='stg_ActorAdresse',
        procedure='sp_merge_actoradresse',
        purge='sp_purge_actoradresse',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_actoradresse',
        table='ActorAdresse',
        staging='stg_ActorAdresse',
        key=['AdresseId', 'ActorId', 'FraDato'],
        columns=['TilDato', 'AdresseTypeKode', '_customer_id'],
        template='merge_v1',
        purge='sp_purge_actoradresse',
        schema=schema,
    )
    op.drop_staging_table('stg_ActorAdresse', like='ActorAdresse', schema=schema)
    op.drop_index('ix_ActorAdresse_sync_timestamp', table_name='ActorAdresse', schema=schema, postgresql_using='brin')
    op.drop_table('ActorAdresse', schema=schema)

    # ActorActor
    op.revoke_cdc_access(
        'ActorActor',
        staging='stg_ActorActor',
        procedure='sp_merge_actoractor',
        purge='sp_purge_actoractor',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_actoractor',
        table='ActorActor',
        staging='stg_ActorActor',
        key=['ActorId', 'RelatertActorId', 'RelasjonsTypeKode'],
        columns=[
            'FraDato', 'TilDato', 'ErForesatt', 'HarSamvær', 'Merknad', 'Registrert',
            'RegistrertAv', 'Endret', 'EndretAv', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_actoractor',
        schema=schema,
    )
    op.drop_staging_table('stg_ActorActor', like='ActorActor', schema=schema)
    op.drop_index('ix_ActorActor_sync_timestamp', table_name='ActorActor', schema=schema, postgresql_using='brin')
    op.drop_table('ActorActor', schema=schema)

    # Actor
    op.revoke_cdc_access(
        'Actor',
        staging='stg_Actor',
        procedure='sp_merge_actor',
        purge='sp_purge_actor',
        pipeline='cdc_pipeline',
        merge='cdc_merge',
        reader='cdc_reader',
        schema=schema,
    )
    op.drop_merge_procedure(
        'sp_merge_actor',
        table='Actor',
        staging='stg_Actor',
        key=['ActorId'],
        columns=[
            'ActorGuid', 'ActorTypeKode', 'Fødselsnummer', 'Organisasjonsnummer', 'Etternavn',
            'Fornavn', 'Mellomnavn', 'VisningsNavn', 'BrukerNavn', 'Fødselsdato',
            'Alder ved registrering', 'Kjønn', 'DødsDato', 'KommuneNr', 'SpråkKode',
            'TrengerTolk', 'HemmeligAdresse', 'Telefon', 'Epost', 'Merknad', 'Registrert',
            'RegistrertAv', 'Endret', 'EndretAv', 'RadVersjon', '_customer_id',
        ],
        template='merge_v1',
        purge='sp_purge_actor',
        schema=schema,
    )
    op.drop_staging_table('stg_Actor', like='Actor', schema=schema)
    op.drop_index('ix_Actor_sync_timestamp', table_name='Actor', schema=schema, postgresql_using='brin')
    op.drop_table('Actor', schema=schema)
