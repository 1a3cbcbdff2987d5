-- cdc_management, version 1: what all merge procedures of a database share.
--
-- Tables     merge_state, watermarks, processing_log, processing_log_offsets, error_log, migration_history,
--            crash_witness, crashes, crash_offsets
-- For people run_pending_merges(), run_purges(), acknowledge_replay(), and the views at the end
-- For merge  claim_generation(), switch_slot(), finish_generation() and their helpers
--
-- A merge runs in steps; every step is one transaction that leaves merge_state consistent, so that whoever
-- comes next, after whatever kind of death, continues. One generation of a table:
--
--   SWITCHED   new rows go to the other slot; the old one is frozen, and complete
--   SORTED     (large slots) its newest rows per key were copied to the work copy, in key order
--   APPLIED    (large slots) one range of the work copy was merged
--   MERGED     everything was merged, counted and logged, the watermarks moved, the slot is empty: all at once
--
-- All functions pin their search_path; all dynamic SQL names its objects through format('%I').

DO $cdcmig$
BEGIN
    IF to_regnamespace('cdc_management') IS NULL THEN
        CREATE SCHEMA cdc_management;
    END IF;
END
$cdcmig$;

----------------------------------------------------------------------------------------------------------------
-- Tables
----------------------------------------------------------------------------------------------------------------

CREATE TABLE cdc_management.merge_state (
    schema_name      text        NOT NULL,
    table_name       text        NOT NULL,
    staging_name     text        NOT NULL,
    procedure_name   text        NOT NULL,
    purge_procedure  text,
    key_columns      text[]      NOT NULL,
    source_ts_column text,
    deleted_column   text,
    fingerprint      text        NOT NULL,
    active_slot      smallint    NOT NULL CHECK (active_slot IN (0, 1)),
    frozen_slot      smallint    CHECK (frozen_slot <> active_slot),
    generation       bigint      NOT NULL DEFAULT 0,
    switched_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at       timestamptz,
    staged           bigint,
    work_rows        bigint,
    work_file        oid,
    next_block       bigint      NOT NULL DEFAULT 0,
    read_rows        bigint      NOT NULL DEFAULT 0,
    inserted         bigint      NOT NULL DEFAULT 0,
    updated          bigint      NOT NULL DEFAULT 0,
    batches          integer     NOT NULL DEFAULT 0,
    last_merged_at   timestamptz,
    failures         integer     NOT NULL DEFAULT 0,
    last_error       text,
    last_error_at    timestamptz,
    registered_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (schema_name, table_name)
) WITH (fillfactor = 50);
COMMENT ON TABLE cdc_management.merge_state IS
    'One row per merged table: what it is made of, and how far its merge has come. Locking the row is the mutex of the merge.';
COMMENT ON COLUMN cdc_management.merge_state.fingerprint IS
    'Of the procedure''s definition. A procedure that is still running after it was replaced sees the difference and stops.';
COMMENT ON COLUMN cdc_management.merge_state.active_slot IS 'The slot that new rows go to.';
COMMENT ON COLUMN cdc_management.merge_state.frozen_slot IS 'The slot that is being merged; NULL between two generations.';
COMMENT ON COLUMN cdc_management.merge_state.staged IS
    'Rows in the frozen slot; NULL until they are counted, which a merge in one transaction does at its end.';
COMMENT ON COLUMN cdc_management.merge_state.work_rows IS 'Newest rows per key; NULL until they are determined.';
COMMENT ON COLUMN cdc_management.merge_state.work_file IS
    'Relfilenode of the work copy that next_block refers to; a rewrite of the copy makes the position meaningless.';
COMMENT ON COLUMN cdc_management.merge_state.next_block IS 'First block of the work copy that is not merged yet.';
COMMENT ON COLUMN cdc_management.merge_state.read_rows IS 'Rows of work_rows that were merged so far.';

CREATE TABLE cdc_management.watermarks (
    schema_name       text        NOT NULL,
    table_name        text        NOT NULL,
    topic             text        NOT NULL,
    partition         integer     NOT NULL,
    last_offset       bigint      NOT NULL,
    last_source_ts_ms bigint,
    generation        bigint      NOT NULL,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (schema_name, table_name, topic, partition)
) WITH (fillfactor = 70);
COMMENT ON TABLE cdc_management.watermarks IS
    'Everything up to last_offset is merged, durably. Consumers whose staging was lost resume from last_offset + 1; a partition without a row, from the earliest offset.';

CREATE TABLE cdc_management.processing_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text        NOT NULL,
    table_name  text        NOT NULL,
    generation  bigint      NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    duration_ms bigint      NOT NULL,
    staged      bigint      NOT NULL,
    inserted    bigint      NOT NULL,
    updated     bigint      NOT NULL,
    stale       bigint      NOT NULL,
    duplicates  bigint      NOT NULL,
    deleted     bigint      NOT NULL,
    batches     integer     NOT NULL,
    CONSTRAINT every_row_is_accounted_for CHECK (staged = inserted + updated + stale + duplicates)
);
CREATE INDEX processing_log_finished_at ON cdc_management.processing_log USING brin (finished_at);
CREATE INDEX processing_log_table ON cdc_management.processing_log (schema_name, table_name);
COMMENT ON TABLE cdc_management.processing_log IS 'One row per merged generation.';
COMMENT ON COLUMN cdc_management.processing_log.stale IS 'Newest row of its key in this generation, but the final table had a newer one.';
COMMENT ON COLUMN cdc_management.processing_log.duplicates IS 'Staged rows that a newer row of the same key in this generation replaced.';
COMMENT ON COLUMN cdc_management.processing_log.deleted IS 'How many of the staged rows are deletions.';

CREATE TABLE cdc_management.processing_log_offsets (
    log_id           bigint  NOT NULL REFERENCES cdc_management.processing_log (id) ON DELETE CASCADE,
    schema_name      text    NOT NULL,
    table_name       text    NOT NULL,
    topic            text    NOT NULL,
    partition        integer NOT NULL,
    staged           bigint  NOT NULL,
    min_offset       bigint  NOT NULL,
    max_offset       bigint  NOT NULL,
    min_source_ts_ms bigint,
    max_source_ts_ms bigint,
    offsets          int8multirange,
    PRIMARY KEY (log_id, topic, partition)
);
CREATE INDEX processing_log_offsets_partition
    ON cdc_management.processing_log_offsets (schema_name, table_name, topic, partition);
COMMENT ON TABLE cdc_management.processing_log_offsets IS 'What a generation held of each topic and partition.';
COMMENT ON COLUMN cdc_management.processing_log_offsets.offsets IS
    'Exactly which offsets; NULL where that is more than 100 ranges, or not traced: other tables are fed from the partition.';

CREATE TABLE cdc_management.error_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    schema_name text        NOT NULL,
    table_name  text        NOT NULL,
    generation  bigint,
    sqlstate    text        NOT NULL,
    message     text        NOT NULL,
    detail      text,
    hint        text,
    context     text
);
CREATE INDEX error_log_occurred_at ON cdc_management.error_log (occurred_at);
COMMENT ON TABLE cdc_management.error_log IS 'What made run_pending_merges and run_purges give up on a table.';

CREATE TABLE cdc_management.migration_history (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name     text        NOT NULL,
    revision        text        NOT NULL,
    changeset       text,
    direction       text        NOT NULL CHECK (direction IN ('upgrade', 'downgrade', 'squash', 'stamp')),
    checksum        text,
    started_at      timestamptz NOT NULL,
    duration_ms     bigint,
    db_user         text,
    os_user         text,
    ci_job          text,
    cdcmig_version  text,
    alembic_version text
);
CREATE INDEX migration_history_schema_name ON cdc_management.migration_history (schema_name);
COMMENT ON TABLE cdc_management.migration_history IS 'Every step that was taken, written in the step''s own transaction.';

-- Crash recovery empties UNLOGGED tables: staging, and this one. Its row tells that it has not happened.
CREATE UNLOGGED TABLE cdc_management.crash_witness (
    alive boolean PRIMARY KEY CHECK (alive)
);
INSERT INTO cdc_management.crash_witness VALUES (true);

CREATE TABLE cdc_management.crashes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    detected_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE cdc_management.crashes IS
    'Times at which UNLOGGED staging was found emptied: by crash recovery, the promotion of a standby, or a restored backup.';

CREATE TABLE cdc_management.crash_offsets (
    crash_id      bigint  NOT NULL REFERENCES cdc_management.crashes (id) ON DELETE CASCADE,
    schema_name   text    NOT NULL,
    table_name    text    NOT NULL,
    topic         text    NOT NULL,
    partition     integer NOT NULL,
    resume_offset bigint  NOT NULL,
    seen          int8multirange NOT NULL DEFAULT '{}',
    PRIMARY KEY (schema_name, table_name, topic, partition, crash_id)
);
COMMENT ON TABLE cdc_management.crash_offsets IS
    'From where each partition has to be consumed again after a crash: kept apart, for the watermarks move on. A row goes away when that has happened.';
COMMENT ON COLUMN cdc_management.crash_offsets.seen IS 'Offsets that were merged since the crash.';

----------------------------------------------------------------------------------------------------------------
-- Looking into staging. A slot is the partition <staging>_<slot>; reading that, and not the parent, never stands
-- in the way of a slot switch.
----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION cdc_management.has_rows(p_schema text, p_staging text, p_slot integer) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_found boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', p_schema, p_staging || '_' || p_slot) INTO v_found;
    RETURN v_found;
END
$cdcmig$;

CREATE FUNCTION cdc_management.estimated_rows(p_schema text, p_staging text, p_slot integer) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_slot   text := format('%I.%I', p_schema, p_staging || '_' || p_slot);
    v_blocks bigint := pg_relation_size(v_slot::regclass) / current_setting('block_size')::bigint;
    v_end    tid := format('(%s,0)', greatest(v_blocks - 500, 500))::tid;
    v_rows   numeric;
BEGIN
    EXECUTE format('SELECT count(*)::numeric FROM %s WHERE ctid < ''(500,0)'' OR ctid >= $1', v_slot) INTO v_rows USING v_end;
    IF v_rows = 0 AND v_blocks > 1000 THEN  -- what aborted transactions left at both ends
        EXECUTE format('SELECT count(*)::numeric FROM %s', v_slot) INTO v_rows;
        RETURN v_rows;
    END IF;
    RETURN v_rows * greatest(v_blocks / 1000.0, 1);
END
$cdcmig$;
COMMENT ON FUNCTION cdc_management.estimated_rows(text, text, integer) IS
    'Rows in a slot: counted in its first and last 500 blocks, and taken to be as dense in the others.';

CREATE FUNCTION cdc_management.rows_waiting(
    p_schema text, p_staging text, OUT rows_waiting bigint, OUT oldest timestamptz
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $cdcmig$
BEGIN
    EXECUTE format(
        'SELECT count(*), min("__kafka_timestamp")'
        ' FROM (SELECT "__kafka_timestamp" FROM %1$I.%2$I UNION ALL SELECT "__kafka_timestamp" FROM %1$I.%3$I) AS waiting',
        p_schema, p_staging || '_0', p_staging || '_1')
    INTO rows_waiting, oldest;
END
$cdcmig$;
COMMENT ON FUNCTION cdc_management.rows_waiting(text, text) IS
    'Rows in both slots, and the broker''s timestamp of the oldest.';

CREATE FUNCTION cdc_management.pending_merges(p_schema text DEFAULT NULL, p_table text DEFAULT NULL)
RETURNS TABLE (schema_name text, table_name text, procedure_name text, waiting_since timestamptz, failures integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_state cdc_management.merge_state;
    v_slot  integer;
    v_since timestamptz;
BEGIN
    FOR v_state IN
        SELECT * FROM cdc_management.merge_state AS m
        WHERE (p_schema IS NULL OR m.schema_name = p_schema) AND (p_table IS NULL OR m.table_name = p_table)
    LOOP
        v_since := CASE WHEN v_state.frozen_slot IS NOT NULL THEN v_state.switched_at END;
        BEGIN
            FOREACH v_slot IN ARRAY ARRAY[0, 1] LOOP
                EXIT WHEN v_since IS NOT NULL;
                -- The first row of the heap is the oldest: nothing is ever deleted from a slot.
                EXECUTE format('SELECT coalesce("__kafka_timestamp", $1) FROM %I.%I LIMIT 1',
                               v_state.schema_name, v_state.staging_name || '_' || v_slot)
                INTO v_since USING v_state.switched_at;
            END LOOP;
        EXCEPTION WHEN undefined_table OR undefined_column OR insufficient_privilege OR lock_not_available THEN
            v_since := v_state.switched_at;  -- let the merge itself fail, and its error be logged
        END;
        IF v_since IS NOT NULL THEN
            schema_name := v_state.schema_name;
            table_name := v_state.table_name;
            procedure_name := v_state.procedure_name;
            waiting_since := v_since;
            failures := v_state.failures;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$cdcmig$;
COMMENT ON FUNCTION cdc_management.pending_merges(text, text) IS
    'Tables with staged rows, or with a generation half merged. The rows themselves are the signal: there is no flag to lose.';

----------------------------------------------------------------------------------------------------------------
-- After a crash
----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION cdc_management.note_crash() RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_crash bigint;
BEGIN
    IF EXISTS (SELECT FROM cdc_management.crash_witness) THEN
        RETURN false;
    END IF;
    -- Several runners may come here at once: the one whose insert succeeds notes the crash, the others wait for it.
    INSERT INTO cdc_management.crash_witness VALUES (true) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    INSERT INTO cdc_management.crashes DEFAULT VALUES RETURNING id INTO v_crash;
    INSERT INTO cdc_management.crash_offsets
    SELECT v_crash, l.schema_name, l.table_name, l.topic, l.partition, l.resume_offset
    FROM cdc_management.lost_offsets AS l;
    RETURN true;
END
$cdcmig$;
COMMENT ON FUNCTION cdc_management.note_crash() IS
    'Writes down, once after a crash and before any watermark moves, where each partition has to be resumed. True if there was one.';

----------------------------------------------------------------------------------------------------------------
-- The steps of a merge
----------------------------------------------------------------------------------------------------------------

-- Locks a table for the rest of the transaction. False: that would have taken longer than p_wait.
CREATE FUNCTION cdc_management.try_lock(p_schema text, p_table text, p_mode text, p_wait interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $cdcmig$
DECLARE
    v_timeout text := pg_catalog.current_setting('lock_timeout');
BEGIN
    PERFORM pg_catalog.set_config('lock_timeout', pg_catalog.format(
        '%sms', greatest(1, pg_catalog.ceil(extract(epoch FROM p_wait) * 1000)::bigint)), true);
    CASE p_mode
        WHEN 'ACCESS SHARE' THEN
            EXECUTE pg_catalog.format('LOCK TABLE ONLY %I.%I IN ACCESS SHARE MODE', p_schema, p_table);
        WHEN 'ROW EXCLUSIVE' THEN
            EXECUTE pg_catalog.format('LOCK TABLE ONLY %I.%I IN ROW EXCLUSIVE MODE', p_schema, p_table);
        WHEN 'SHARE' THEN
            EXECUTE pg_catalog.format('LOCK TABLE ONLY %I.%I IN SHARE MODE', p_schema, p_table);
        WHEN 'ACCESS EXCLUSIVE' THEN
            EXECUTE pg_catalog.format('LOCK TABLE ONLY %I.%I IN ACCESS EXCLUSIVE MODE', p_schema, p_table);
    END CASE;
    PERFORM pg_catalog.set_config('lock_timeout', v_timeout, true);
    RETURN true;
EXCEPTION WHEN lock_not_available THEN
    RETURN false;
END
$cdcmig$;

-- The one thing that needs ownership. It is as small as can be: it flips the default of "__slot" of a registered
-- staging table, and the state that goes with it. False: ingestion did not let go within p_wait.
CREATE FUNCTION cdc_management.switch_slot(p_schema text, p_table text, p_wait interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_staging text;
    v_next    integer;
BEGIN
    SELECT m.staging_name, 1 - m.active_slot INTO STRICT v_staging, v_next
    FROM cdc_management.merge_state AS m
    WHERE m.schema_name = p_schema AND m.table_name = p_table AND m.frozen_slot IS NULL
    FOR UPDATE;
    IF NOT cdc_management.try_lock(p_schema, v_staging, 'ACCESS EXCLUSIVE', p_wait) THEN
        RETURN false;
    END IF;
    EXECUTE format('ALTER TABLE ONLY %I.%I ALTER COLUMN "__slot" SET DEFAULT %s', p_schema, v_staging, v_next);
    UPDATE cdc_management.merge_state AS m
    SET active_slot = v_next, frozen_slot = 1 - v_next
    WHERE m.schema_name = p_schema AND m.table_name = p_table;
    RETURN true;
END
$cdcmig$;

CREATE FUNCTION cdc_management.begin_step(p_work_mem text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $cdcmig$
BEGIN
    -- A snapshot from before the slot switch would not see all rows of the slot that is emptied in the end.
    IF pg_catalog.current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'a merge does not run in a % transaction', pg_catalog.current_setting('transaction_isolation')
            USING ERRCODE = 'CDC04', HINT = 'SET default_transaction_isolation = ''read committed''';
    END IF;
    -- No SET clause here: the settings are for the rest of the caller's transaction.
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    PERFORM pg_catalog.set_config('work_mem', p_work_mem, true);
    PERFORM pg_catalog.set_config('bytea_output', 'hex', true);  -- text of a bytea LSN has to sort like the LSN
    PERFORM pg_catalog.set_config('jit', 'off', true);           -- compiling costs more than it saves in bounded batches
    -- Staging has no statistics, and the final table may grow a thousandfold within a statement. Rows come in key
    -- order, so walking the final table's index is right, and the only way that cannot end in reading all of it
    -- for a few rows, or once for every row.
    PERFORM pg_catalog.set_config('enable_hashjoin', 'off', true);
    PERFORM pg_catalog.set_config('enable_mergejoin', 'off', true);
    PERFORM pg_catalog.set_config('enable_seqscan', 'off', true);
    PERFORM pg_catalog.set_config('enable_nestloop', 'on', true);
    PERFORM pg_catalog.set_config('plan_cache_mode', 'force_custom_plan', true);
END
$cdcmig$;

-- For the statement that merges a whole slot: where the final table is no larger than the slot, walking once through
-- its index in key order beats looking up one row after the other, and costs no more than reading the slot did.
CREATE FUNCTION cdc_management.choose_join(p_schema text, p_table text, p_staging text, p_slot integer) RETURNS void
LANGUAGE plpgsql VOLATILE AS $cdcmig$
BEGIN
    IF pg_catalog.pg_relation_size(pg_catalog.format('%I.%I', p_schema, p_table)::pg_catalog.regclass)
       <= pg_catalog.pg_relation_size(
           pg_catalog.format('%I.%I', p_schema, p_staging || '_' || p_slot)::pg_catalog.regclass)
    THEN
        PERFORM pg_catalog.set_config('enable_mergejoin', 'on', true);
        PERFORM pg_catalog.set_config('enable_nestloop', 'off', true);
    END IF;
END
$cdcmig$;

-- Resets a generation's counters: it begins, or begins again.
CREATE FUNCTION cdc_management.restart_generation(p_schema text, p_table text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
    UPDATE cdc_management.merge_state AS m
    SET staged = NULL, work_rows = NULL, work_file = NULL, next_block = 0,
        read_rows = 0, inserted = 0, updated = 0, batches = 0
    WHERE m.schema_name = p_schema AND m.table_name = p_table
$cdcmig$;

-- Takes the mutex, and brings the table to the point where there is something to merge: NULL. Else it returns why
-- there is nothing to merge in this transaction.
CREATE FUNCTION cdc_management.claim_generation(
    p_schema text, p_table text, p_fingerprint text, p_wait interval
) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_state cdc_management.merge_state;
    v_old   integer;
BEGIN
    IF cdc_management.note_crash() THEN
        RETURN 'CRASH NOTED';
    END IF;
    SELECT * INTO v_state FROM cdc_management.merge_state AS m
    WHERE m.schema_name = p_schema AND m.table_name = p_table
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT FROM cdc_management.merge_state AS m
                       WHERE m.schema_name = p_schema AND m.table_name = p_table) THEN
            RAISE EXCEPTION '%.% is not registered in cdc_management.merge_state',
                quote_ident(p_schema), quote_ident(p_table)
                USING ERRCODE = 'CDC03', HINT = 'its row was deleted; create the merge procedure anew';
        END IF;
        RETURN 'BUSY';
    END IF;
    IF v_state.fingerprint <> p_fingerprint THEN
        RETURN 'REPLACED';
    END IF;
    IF v_state.frozen_slot IS NULL THEN
        v_old := 1 - v_state.active_slot;
        IF cdc_management.has_rows(p_schema, v_state.staging_name, v_old) THEN
            -- Nothing inserts there any more, yet it holds rows: the state was registered anew over a filled
            -- staging table. They are older than those in the active slot, so they go first.
            UPDATE cdc_management.merge_state AS m SET frozen_slot = v_old
            WHERE m.schema_name = p_schema AND m.table_name = p_table;
        ELSIF NOT cdc_management.has_rows(p_schema, v_state.staging_name, v_state.active_slot) THEN
            RETURN 'EMPTY';
        ELSIF NOT cdc_management.switch_slot(p_schema, p_table, p_wait) THEN
            RETURN 'WAITING';
        END IF;
        UPDATE cdc_management.merge_state AS m
        SET generation = m.generation + 1, switched_at = clock_timestamp(), started_at = clock_timestamp()
        WHERE m.schema_name = p_schema AND m.table_name = p_table;
        PERFORM cdc_management.restart_generation(p_schema, p_table);
        RETURN 'SWITCHED';
    END IF;
    IF NOT cdc_management.has_rows(p_schema, v_state.staging_name, v_state.frozen_slot) THEN
        PERFORM cdc_management.abandon_generation(v_state);
        RETURN 'LOST';
    END IF;
    IF v_state.read_rows < v_state.work_rows AND NOT cdc_management.work_copy_is_intact(v_state) THEN
        PERFORM cdc_management.restart_generation(p_schema, p_table);
    END IF;
    -- Ingestion does not come here any more; nobody else shall, while this step reads the slot.
    IF NOT cdc_management.try_lock(p_schema, v_state.staging_name || '_' || v_state.frozen_slot, 'SHARE', p_wait) THEN
        RETURN 'WAITING';
    END IF;
    RETURN NULL;
END
$cdcmig$;

-- Empties the work copy. False: somebody reads it for longer than p_wait.
CREATE FUNCTION cdc_management.empty_work_copy(p_schema text, p_staging text, p_wait interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
BEGIN
    IF NOT cdc_management.try_lock(p_schema, p_staging || '_w', 'ACCESS EXCLUSIVE', p_wait) THEN
        RETURN false;
    END IF;
    EXECUTE format('TRUNCATE ONLY %I.%I', p_schema, p_staging || '_w');
    RETURN true;
END
$cdcmig$;

CREATE FUNCTION cdc_management.work_copy_is_intact(p_state cdc_management.merge_state) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_work regclass := to_regclass(format('%I.%I', p_state.schema_name, p_state.staging_name || '_w'));
BEGIN
    RETURN coalesce(pg_relation_filenode(v_work) = p_state.work_file AND pg_relation_size(v_work) > 0, false);
END
$cdcmig$;
COMMENT ON FUNCTION cdc_management.work_copy_is_intact(cdc_management.merge_state) IS
    'False after crash recovery emptied the work copy, or ALTER TABLE rewrote it: block numbers mean nothing then.';

CREATE FUNCTION cdc_management.abandon_generation(p_state cdc_management.merge_state) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
BEGIN
    INSERT INTO cdc_management.error_log (schema_name, table_name, generation, sqlstate, message, hint)
    VALUES (p_state.schema_name, p_state.table_name, p_state.generation, 'CDC02',
            'the frozen staging slot is empty: the server crashed before it was merged',
            'nothing in it was counted as merged; cdcmig offsets --after-crash tells what to consume again, with'
            ' --brokers also the partitions of which nothing had been merged yet');
    UPDATE cdc_management.merge_state AS m SET frozen_slot = NULL
    WHERE m.schema_name = p_state.schema_name AND m.table_name = p_state.table_name;
    PERFORM cdc_management.restart_generation(p_state.schema_name, p_state.table_name);
END
$cdcmig$;

-- Exactly which offsets of each partition a slot holds. That takes a sort of the slot.
CREATE FUNCTION cdc_management.held_offsets(p_schema text, p_staging text, p_slot integer)
RETURNS TABLE (topic text, partition integer, offsets int8multirange, ranges bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_sort = on AS $cdcmig$
BEGIN
    FOR topic, partition, offsets, ranges IN EXECUTE format(
        'SELECT topic, partition, range_agg(int8range(first, last, ''[]'')), count(*) FROM ('
        ' SELECT topic, partition, min("offset") AS first, max("offset") AS last FROM ('
        ' SELECT "__kafka_topic" AS topic, "__kafka_partition" AS partition, "__kafka_offset" AS "offset",'
        ' "__kafka_offset" - dense_rank() OVER (PARTITION BY "__kafka_topic", "__kafka_partition" ORDER BY "__kafka_offset")'
        ' AS island FROM %I.%I) AS ranked'
        ' GROUP BY topic, partition, island) AS islands'
        ' GROUP BY topic, partition',
        p_schema, p_staging || '_' || p_slot)
    LOOP
        RETURN NEXT;
    END LOOP;
END
$cdcmig$;

-- Writes down which offsets a generation held of the partitions of which count and sum say that they are not one
-- range without repetitions: it happens after a redelivery, or a loss.
CREATE FUNCTION cdc_management.trace_offsets(p_log_id bigint, p_schema text, p_staging text, p_slot integer) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
    UPDATE cdc_management.processing_log_offsets AS o
    SET offsets = h.offsets
    FROM cdc_management.held_offsets(p_schema, p_staging, p_slot) AS h
    WHERE o.log_id = p_log_id AND o.topic = h.topic AND o.partition = h.partition
      AND o.offsets IS NULL AND h.ranges <= 100
$cdcmig$;

-- After a crash: what of the lost offsets came again, until everything from the resume offset on did. A partition may
-- feed several tables: what one of them has seen is accounted for in all.
CREATE FUNCTION cdc_management.note_replay(p_log_id bigint, p_schema text, p_staging text, p_slot integer) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
BEGIN
    PERFORM FROM cdc_management.crash_offsets AS c
    JOIN cdc_management.processing_log_offsets AS o ON o.topic = c.topic AND o.partition = c.partition
    WHERE o.log_id = p_log_id
    ORDER BY c.schema_name, c.table_name, c.topic, c.partition, c.crash_id
    FOR UPDATE OF c;  -- in one order, for merges of other tables may come here at the same time
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE cdc_management.crash_offsets AS c
    SET seen = c.seen + h.offsets
    FROM cdc_management.held_offsets(p_schema, p_staging, p_slot) AS h
    WHERE h.topic = c.topic AND h.partition = c.partition;
    DELETE FROM cdc_management.crash_offsets AS c
    USING cdc_management.processing_log_offsets AS o
    WHERE o.log_id = p_log_id AND o.topic = c.topic AND o.partition = c.partition
      AND int8range(c.resume_offset, greatest(c.resume_offset + 1, upper(c.seen))) <@ c.seen;
END
$cdcmig$;

-- Ends a generation: checks that every staged row is accounted for, logs it, moves the watermarks and empties
-- the slot. False: somebody reads it (a backup, a person) for longer than p_wait; all else is done by then.
CREATE FUNCTION cdc_management.finish_generation(p_schema text, p_table text, p_wait interval) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
SET enable_sort = off  -- there are few partitions to group by, which nothing tells the planner
SET seq_page_cost = 0  -- the slot was just read; what it takes is computing,
SET parallel_tuple_cost = 0  -- which processes can share
AS $cdcmig$
DECLARE
    v_state   cdc_management.merge_state;
    v_slot    text;
    v_held    cdc_management.processing_log_offsets[];
    v_log     bigint;
    v_staged  bigint;
    v_deleted bigint;
    v_now     timestamptz;
BEGIN
    SELECT * INTO STRICT v_state FROM cdc_management.merge_state AS m
    WHERE m.schema_name = p_schema AND m.table_name = p_table;
    v_slot := format('%I.%I', p_schema, v_state.staging_name || '_' || v_state.frozen_slot);
    IF NOT cdc_management.try_lock(
           p_schema, v_state.staging_name || '_' || v_state.frozen_slot, 'ACCESS EXCLUSIVE', p_wait)
       OR v_state.work_file IS NOT NULL
           AND NOT cdc_management.empty_work_copy(p_schema, v_state.staging_name, p_wait)
    THEN
        IF v_state.staged IS NULL THEN  -- what was merged is merged: count it while the slot is still locked
            EXECUTE format('UPDATE cdc_management.merge_state AS m SET staged = (SELECT count(*) FROM %s)'
                           ' WHERE m.schema_name = $1 AND m.table_name = $2', v_slot)
            USING p_schema, p_table;
        END IF;
        RETURN false;
    END IF;
    v_now := clock_timestamp();
    -- A query of its own that only reads: PostgreSQL runs it in parallel where processes are free.
    EXECUTE format(
        'SELECT array_agg(h.held), sum((h.held).staged), sum(h.deleted) FROM ('
        ' SELECT ROW(NULL, $1, $2, "__kafka_topic", "__kafka_partition", count(*), min("__kafka_offset"),'
        ' max("__kafka_offset"), min(%2$s), max(%2$s),'
        ' CASE WHEN count(*) = max("__kafka_offset") - min("__kafka_offset") + 1 AND sum("__kafka_offset") * 2'
        ' = (min("__kafka_offset")::numeric + max("__kafka_offset")) * count(*)'
        ' THEN int8multirange(int8range(min("__kafka_offset"), max("__kafka_offset"), ''[]'')) END'
        ' )::cdc_management.processing_log_offsets AS held, count(*) FILTER (WHERE %3$s) AS deleted'
        ' FROM %1$s GROUP BY "__kafka_topic", "__kafka_partition") AS h',
        v_slot, coalesce(quote_ident(v_state.source_ts_column), 'NULL::bigint'),
        coalesce(quote_ident(v_state.deleted_column), 'false'))
    INTO v_held, v_staged, v_deleted USING p_schema, p_table;
    IF v_staged <> v_state.staged OR v_staged < v_state.work_rows OR v_state.read_rows <> v_state.work_rows THEN
        RAISE EXCEPTION 'the frozen slot of %.% holds % rows, but % were merged, and % of % keys, in generation %',
            quote_ident(p_schema), quote_ident(p_table), v_staged, coalesce(v_state.staged, v_staged),
            v_state.read_rows, v_state.work_rows, v_state.generation
            USING ERRCODE = 'CDC01',
                  HINT = 'it is rolled back; cdcmig merge, or run_pending_merges, merges it again from the slot';
    END IF;
    INSERT INTO cdc_management.processing_log (
        schema_name, table_name, generation, started_at, finished_at, duration_ms,
        staged, inserted, updated, stale, duplicates, deleted, batches)
    VALUES (p_schema, p_table, v_state.generation, v_state.started_at, v_now,
            round(extract(epoch FROM v_now - v_state.started_at) * 1000),
            v_staged, v_state.inserted, v_state.updated, v_state.read_rows - v_state.inserted - v_state.updated,
            v_staged - v_state.work_rows, v_deleted, v_state.batches)
    RETURNING id INTO v_log;
    INSERT INTO cdc_management.processing_log_offsets
    SELECT v_log, h.schema_name, h.table_name, h.topic, h.partition, h.staged, h.min_offset, h.max_offset,
           h.min_source_ts_ms, h.max_source_ts_ms, h.offsets
    FROM unnest(v_held) AS h;
    -- Of a partition that feeds several tables, each has its own part: neither of them could tell a gap.
    IF EXISTS (
        SELECT FROM cdc_management.processing_log_offsets AS o
        WHERE o.log_id = v_log AND o.offsets IS NULL AND NOT EXISTS (
            SELECT FROM cdc_management.watermarks AS other
            WHERE other.topic = o.topic AND other.partition = o.partition
              AND (other.schema_name, other.table_name) <> (p_schema, p_table)))
    THEN
        PERFORM cdc_management.trace_offsets(v_log, p_schema, v_state.staging_name, v_state.frozen_slot);
    END IF;
    PERFORM cdc_management.note_replay(v_log, p_schema, v_state.staging_name, v_state.frozen_slot);
    INSERT INTO cdc_management.watermarks AS w (
        schema_name, table_name, topic, partition, last_offset, last_source_ts_ms, generation)
    SELECT p_schema, p_table, o.topic, o.partition, o.max_offset, o.max_source_ts_ms, v_state.generation
    FROM cdc_management.processing_log_offsets AS o WHERE o.log_id = v_log
    ON CONFLICT (schema_name, table_name, topic, partition) DO UPDATE
    SET last_offset = greatest(w.last_offset, excluded.last_offset),
        last_source_ts_ms = greatest(w.last_source_ts_ms, excluded.last_source_ts_ms),
        generation = excluded.generation, updated_at = clock_timestamp();
    EXECUTE format('TRUNCATE ONLY %s', v_slot);
    UPDATE cdc_management.merge_state AS m
    SET frozen_slot = NULL, last_merged_at = v_now, failures = 0, last_error = NULL, last_error_at = NULL
    WHERE m.schema_name = p_schema AND m.table_name = p_table;
    PERFORM cdc_management.restart_generation(p_schema, p_table);
    RETURN true;
END
$cdcmig$;

CREATE FUNCTION cdc_management.record_failure(
    p_schema text, p_table text, p_sqlstate text, p_message text, p_detail text, p_hint text, p_context text
) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET lock_timeout = 0 AS $cdcmig$
DECLARE
    v_generation bigint;
BEGIN
    UPDATE cdc_management.merge_state AS m
    SET failures = m.failures + 1, last_error = p_message, last_error_at = clock_timestamp()
    WHERE m.schema_name = p_schema AND m.table_name = p_table
    RETURNING m.generation INTO v_generation;
    INSERT INTO cdc_management.error_log (schema_name, table_name, generation, sqlstate, message, detail, hint, context)
    VALUES (p_schema, p_table, v_generation, p_sqlstate, p_message,
            nullif(p_detail, ''), nullif(p_hint, ''), nullif(p_context, ''));
    IF p_sqlstate = 'CDC01' THEN  -- the count was wrong: do not trust the work copy
        PERFORM cdc_management.restart_generation(p_schema, p_table);
    END IF;
END
$cdcmig$;

----------------------------------------------------------------------------------------------------------------
-- The orchestrators. They commit, so they are neither SECURITY DEFINER nor do they have a SET clause.
----------------------------------------------------------------------------------------------------------------

CREATE PROCEDURE cdc_management.run_pending_merges(
    p_schema     text     DEFAULT NULL,
    p_table      text     DEFAULT NULL,
    batch_size   integer  DEFAULT 1000000,
    swap_wait    interval DEFAULT '250 milliseconds',
    max_duration interval DEFAULT '1 minute',
    work_mem     text     DEFAULT '16MB',
    INOUT merged    integer DEFAULT 0,
    INOUT failed    integer DEFAULT 0,
    INOUT postponed integer DEFAULT 0
)
LANGUAGE plpgsql AS $cdcmig$
DECLARE
    v_deadline  timestamptz := clock_timestamp() + max_duration;
    v_table     record;
    v_outcome   text;
    v_sqlstate  text;
    v_message   text;
    v_detail    text;
    v_hint      text;
    v_context   text;
BEGIN
    merged := 0;
    failed := 0;
    postponed := 0;
    PERFORM cdc_management.begin_step(work_mem);
    PERFORM cdc_management.note_crash();
    FOR v_table IN
        -- Tables that failed last time come last: they must not use up the time of the others.
        SELECT p.schema_name, p.table_name, p.procedure_name
        FROM cdc_management.pending_merges(p_schema, p_table) AS p
        ORDER BY p.failures > 0, p.waiting_since
    LOOP
        LOOP
            COMMIT;  -- the step before this one, or the look for pending tables, with its locks
            v_outcome := 'POSTPONED';
            EXIT WHEN clock_timestamp() >= v_deadline;
            PERFORM cdc_management.begin_step(work_mem);
            BEGIN
                EXECUTE format('CALL %I.%I($1, $2, $3, true, NULL)', v_table.schema_name, v_table.procedure_name)
                INTO v_outcome USING batch_size, swap_wait, work_mem;
            EXCEPTION
                WHEN lock_not_available THEN
                    v_outcome := 'WAITING';
                WHEN OTHERS THEN
                    GET STACKED DIAGNOSTICS
                        v_sqlstate = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL,
                        v_hint = PG_EXCEPTION_HINT, v_context = PG_EXCEPTION_CONTEXT;
                    PERFORM cdc_management.begin_step(work_mem);
                    PERFORM cdc_management.record_failure(
                        v_table.schema_name, v_table.table_name, v_sqlstate, v_message, v_detail, v_hint, v_context);
                    RAISE WARNING 'merge of %.% failed: %', v_table.schema_name, v_table.table_name, v_message;
                    v_outcome := 'FAILED';
            END;
            EXIT WHEN v_outcome NOT IN ('CRASH NOTED', 'SWITCHED', 'LOST', 'SORTED', 'APPLIED');
        END LOOP;
        merged := merged + (v_outcome = 'MERGED')::integer;
        failed := failed + (v_outcome = 'FAILED')::integer;
        postponed := postponed + (v_outcome IN ('POSTPONED', 'WAITING', 'REPLACED'))::integer;
    END LOOP;
    COMMIT;
END
$cdcmig$;
COMMENT ON PROCEDURE cdc_management.run_pending_merges(text, text, integer, interval, interval, text, integer, integer, integer) IS
    'Merges every table that has staged rows, one generation each, oldest first. Call it outside of a transaction block; any number of callers may run side by side.';

CREATE FUNCTION cdc_management.purge_logs(p_retention interval DEFAULT '90 days') RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
BEGIN
    DELETE FROM cdc_management.processing_log WHERE finished_at < clock_timestamp() - p_retention;
    DELETE FROM cdc_management.error_log WHERE occurred_at < clock_timestamp() - p_retention;
    DELETE FROM cdc_management.crashes WHERE detected_at < clock_timestamp() - p_retention;
END
$cdcmig$;

CREATE PROCEDURE cdc_management.run_purges(
    p_schema      text     DEFAULT NULL,
    p_table       text     DEFAULT NULL,
    batch_size    integer  DEFAULT 10000,
    max_duration  interval DEFAULT '10 minutes',
    log_retention interval DEFAULT '90 days',
    INOUT purged bigint  DEFAULT 0,
    INOUT failed integer DEFAULT 0
)
LANGUAGE plpgsql AS $cdcmig$
DECLARE
    v_deadline  timestamptz := clock_timestamp() + max_duration;
    v_table     record;
    v_purged    bigint;
    v_sqlstate  text;
    v_message   text;
    v_detail    text;
    v_hint      text;
    v_context   text;
BEGIN
    purged := 0;
    failed := 0;
    FOR v_table IN
        SELECT m.schema_name, m.table_name, m.purge_procedure FROM cdc_management.merge_state AS m
        WHERE m.purge_procedure IS NOT NULL
          AND (p_schema IS NULL OR m.schema_name = p_schema) AND (p_table IS NULL OR m.table_name = p_table)
        ORDER BY m.schema_name, m.table_name
    LOOP
        LOOP
            COMMIT;
            v_purged := 0;
            EXIT WHEN clock_timestamp() >= v_deadline;
            BEGIN
                EXECUTE format('CALL %I.%I(batch_size => $1, one_step => true, purged => NULL)',
                               v_table.schema_name, v_table.purge_procedure)
                INTO v_purged USING batch_size;
            EXCEPTION WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS
                    v_sqlstate = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT, v_detail = PG_EXCEPTION_DETAIL,
                    v_hint = PG_EXCEPTION_HINT, v_context = PG_EXCEPTION_CONTEXT;
                INSERT INTO cdc_management.error_log (
                    schema_name, table_name, sqlstate, message, detail, hint, context)
                VALUES (v_table.schema_name, v_table.table_name, v_sqlstate, v_message,
                        nullif(v_detail, ''), nullif(v_hint, ''), nullif(v_context, ''));
                RAISE WARNING 'purge of %.% failed: %', v_table.schema_name, v_table.table_name, v_message;
                failed := failed + 1;
            END;
            EXIT WHEN v_purged < batch_size;
            purged := purged + v_purged;
        END LOOP;
        purged := purged + v_purged;
    END LOOP;
    PERFORM cdc_management.purge_logs(log_retention);
    COMMIT;
END
$cdcmig$;
COMMENT ON PROCEDURE cdc_management.run_purges(text, text, integer, interval, interval, bigint, integer) IS
    'Deletes tombstones after their table''s retention, and log rows after log_retention. Once a day is enough.';

CREATE FUNCTION cdc_management.acknowledge_replay(p_schema text DEFAULT NULL, p_table text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $cdcmig$
DECLARE
    v_count bigint;
BEGIN
    PERFORM cdc_management.note_crash();
    DELETE FROM cdc_management.crash_offsets AS c
    WHERE (p_schema IS NULL OR c.schema_name = p_schema) AND (p_table IS NULL OR c.table_name = p_table);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$cdcmig$;
COMMENT ON FUNCTION cdc_management.acknowledge_replay(text, text) IS
    'Says that nothing needs to be consumed again after past crashes, where the log cannot know (a topic is gone). Returns how many partitions that concerns.';

----------------------------------------------------------------------------------------------------------------
-- Views
----------------------------------------------------------------------------------------------------------------

-- What a crash at this moment would ask for: partitions of tables whose staging is UNLOGGED.
CREATE VIEW cdc_management.lost_offsets AS
SELECT w.schema_name, w.table_name, w.topic, w.partition, w.last_offset + 1 AS resume_offset
FROM cdc_management.watermarks AS w
JOIN cdc_management.merge_state AS m USING (schema_name, table_name)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = m.schema_name
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = m.staging_name || '_0'
WHERE c.relpersistence = 'u';

CREATE VIEW cdc_management.replay_needed AS
WITH lost AS (
    SELECT c.schema_name, c.table_name, c.topic, c.partition,
           lower(int8multirange(int8range(c.resume_offset, greatest(c.resume_offset + 1, upper(c.seen)))) - c.seen)
               AS resume_offset,
           x.detected_at AS crashed_before
    FROM cdc_management.crash_offsets AS c
    JOIN cdc_management.crashes AS x ON x.id = c.crash_id
    UNION ALL
    SELECT l.schema_name, l.table_name, l.topic, l.partition, l.resume_offset, clock_timestamp()
    FROM cdc_management.lost_offsets AS l
    WHERE NOT EXISTS (SELECT FROM cdc_management.crash_witness)
)
SELECT schema_name, table_name, topic, partition, min(resume_offset) AS resume_offset,
       min(crashed_before) AS crashed_before
FROM lost
GROUP BY schema_name, table_name, topic, partition;
COMMENT ON VIEW cdc_management.replay_needed IS
    'After a crash: consume each listed partition again from resume_offset, the first that was not seen since. Rows go away when everything from there on was; see acknowledge_replay.';

CREATE VIEW cdc_management.merge_status AS
SELECT m.schema_name, m.table_name,
       CASE WHEN m.failures > 0 THEN 'FAILING'
            WHEN m.frozen_slot IS NOT NULL THEN 'MERGING'
            WHEN w.rows_waiting > 0 THEN 'PENDING'
            ELSE 'IDLE' END AS status,
       w.rows_waiting,
       CASE WHEN w.rows_waiting > 0 THEN clock_timestamp() - coalesce(w.oldest, m.switched_at) END AS age,
       m.generation, m.staged AS generation_rows, m.work_rows AS generation_keys, m.read_rows AS generation_keys_merged,
       m.last_merged_at, m.failures, m.last_error, m.last_error_at
FROM cdc_management.merge_state AS m
CROSS JOIN LATERAL cdc_management.rows_waiting(m.schema_name, m.staging_name) AS w;
COMMENT ON VIEW cdc_management.merge_status IS
    'Per table: IDLE, PENDING (rows wait), MERGING (a generation is frozen and not finished), FAILING (its last attempt failed).';

CREATE VIEW cdc_management.recent_errors AS
SELECT e.occurred_at, e.schema_name, e.table_name, e.generation, e.sqlstate, e.message, e.detail, e.hint, e.context
FROM cdc_management.error_log AS e
WHERE e.occurred_at > clock_timestamp() - interval '24 hours'
ORDER BY e.occurred_at DESC;
COMMENT ON VIEW cdc_management.recent_errors IS 'Errors of the last 24 hours, newest first.';

CREATE VIEW cdc_management.processing_gaps AS
WITH seen AS (
    SELECT o.schema_name, o.table_name, o.topic, o.partition,
           int8range(min(o.min_offset), max(o.max_offset), '[]') AS whole
    FROM cdc_management.processing_log_offsets AS o
    GROUP BY o.schema_name, o.table_name, o.topic, o.partition
), covered AS (
    SELECT o.topic, o.partition, range_agg(o.offsets) AS exactly,
           range_agg(coalesce(o.offsets, int8multirange(int8range(o.min_offset, o.max_offset, '[]')))) AS parts
    FROM cdc_management.processing_log_offsets AS o
    GROUP BY o.topic, o.partition
)
SELECT s.schema_name, s.table_name, s.topic, s.partition, 'BETWEEN GENERATIONS' AS kind,
       lower(g.gap) AS first_offset, upper(g.gap) - 1 AS last_offset, upper(g.gap) - lower(g.gap) AS missing
FROM seen AS s
JOIN covered AS c ON c.topic = s.topic AND c.partition = s.partition
CROSS JOIN LATERAL unnest(int8multirange(s.whole) - c.parts) AS g(gap)
UNION ALL
SELECT o.schema_name, o.table_name, o.topic, o.partition, 'WITHIN A GENERATION',
       o.min_offset, o.max_offset, greatest(100, o.max_offset - o.min_offset + 1 - o.staged)
FROM cdc_management.processing_log_offsets AS o
JOIN covered AS c ON c.topic = o.topic AND c.partition = o.partition
WHERE o.offsets IS NULL
  AND NOT coalesce(int8range(o.min_offset, o.max_offset, '[]') <@ c.exactly, false)
  AND NOT EXISTS (
      SELECT FROM cdc_management.watermarks AS other
      WHERE other.topic = o.topic AND other.partition = o.partition
        AND (other.schema_name, other.table_name) <> (o.schema_name, o.table_name));
COMMENT ON VIEW cdc_management.processing_gaps IS
    'Offsets that no generation held, per table, topic and partition. A generation with more than a hundred gaps is one row, WITHIN A GENERATION, with a lower bound of how many are missing. A gap closes when a later generation covers it. Where several tables are fed from one partition, what one of them has seen is not missing in the others, and gaps within a generation cannot be told.';

CREATE VIEW cdc_management.replication_lag AS
SELECT w.schema_name, w.table_name, w.topic, w.partition, w.last_offset,
       to_timestamp(w.last_source_ts_ms / 1000.0) AS last_source_time,
       clock_timestamp() - to_timestamp(w.last_source_ts_ms / 1000.0) AS lag,
       w.updated_at AS last_merged_at
FROM cdc_management.watermarks AS w;
COMMENT ON VIEW cdc_management.replication_lag IS
    'How old the newest merged event of each partition is. A source without changes looks like a lag: read it with merge_status.';

CREATE VIEW cdc_management.processing_statistics AS
SELECT l.schema_name, l.table_name, count(*) AS generations,
       sum(l.staged)::bigint AS staged, sum(l.inserted)::bigint AS inserted, sum(l.updated)::bigint AS updated,
       sum(l.stale)::bigint AS stale, sum(l.duplicates)::bigint AS duplicates, sum(l.deleted)::bigint AS deleted,
       round(avg(l.duration_ms))::bigint AS average_ms, max(l.duration_ms) AS longest_ms,
       round(sum(l.staged) * 1000 / greatest(sum(l.duration_ms), 1))::bigint AS rows_per_second,
       min(l.started_at) AS since, max(l.finished_at) AS last_merged_at
FROM cdc_management.processing_log AS l
GROUP BY l.schema_name, l.table_name;
COMMENT ON VIEW cdc_management.processing_statistics IS 'Sums over the generations that the log still holds.';

CREATE VIEW cdc_management.customer_gap_alerts AS
SELECT g.schema_name, count(*) AS gaps, sum(g.missing)::bigint AS missing,
       count(DISTINCT g.table_name) AS tables, count(DISTINCT (g.topic, g.partition)) AS partitions
FROM cdc_management.processing_gaps AS g
GROUP BY g.schema_name;
COMMENT ON VIEW cdc_management.customer_gap_alerts IS 'Customers (schemas) with gaps; empty when all is well.';

CREATE VIEW cdc_management.customer_sync_health AS
WITH tables AS (
    SELECT s.schema_name, count(*) AS tables,
           count(*) FILTER (WHERE s.status = 'FAILING') AS failing,
           count(*) FILTER (WHERE s.status = 'MERGING') AS merging,
           count(*) FILTER (WHERE s.status = 'PENDING') AS pending,
           sum(s.rows_waiting)::bigint AS rows_waiting, max(s.age) AS oldest_waiting, max(s.last_merged_at) AS last_merged_at
    FROM cdc_management.merge_status AS s
    GROUP BY s.schema_name
), lags AS (
    SELECT r.schema_name, min(r.lag) AS smallest_lag FROM cdc_management.replication_lag AS r GROUP BY r.schema_name
), replays AS (
    SELECT r.schema_name, count(*) AS partitions FROM cdc_management.replay_needed AS r GROUP BY r.schema_name
)
SELECT t.schema_name,
       CASE WHEN r.partitions > 0 THEN 'REPLAY NEEDED'
            WHEN t.failing > 0 THEN 'FAILING'
            WHEN a.gaps > 0 THEN 'GAPS'
            WHEN t.oldest_waiting > interval '5 minutes' THEN 'LAGGING'
            ELSE 'HEALTHY' END AS health,
       t.tables, t.failing, t.merging, t.pending, t.rows_waiting, t.oldest_waiting, t.last_merged_at,
       l.smallest_lag AS lag, coalesce(a.gaps, 0) AS gaps, coalesce(r.partitions, 0) AS replays_needed
FROM tables AS t
LEFT JOIN lags AS l USING (schema_name)
LEFT JOIN replays AS r USING (schema_name)
LEFT JOIN cdc_management.customer_gap_alerts AS a USING (schema_name);
COMMENT ON VIEW cdc_management.customer_sync_health IS
    'One row per customer (schema): HEALTHY, LAGGING (rows wait for more than 5 minutes), GAPS, FAILING or REPLAY NEEDED.';

----------------------------------------------------------------------------------------------------------------
-- Rights: the pipeline gets none here; the merge runner what the steps need; readers look.
----------------------------------------------------------------------------------------------------------------

REVOKE ALL ON ALL ROUTINES IN SCHEMA cdc_management FROM PUBLIC;
GRANT USAGE ON SCHEMA cdc_management TO {{merge}}, {{reader}};
GRANT SELECT ON cdc_management.merge_state, cdc_management.watermarks, cdc_management.processing_log,
    cdc_management.processing_log_offsets, cdc_management.error_log, cdc_management.migration_history,
    cdc_management.crash_witness, cdc_management.crashes, cdc_management.crash_offsets,
    cdc_management.lost_offsets, cdc_management.replay_needed, cdc_management.merge_status,
    cdc_management.recent_errors, cdc_management.processing_gaps, cdc_management.replication_lag,
    cdc_management.processing_statistics, cdc_management.customer_gap_alerts, cdc_management.customer_sync_health
    TO {{merge}}, {{reader}};
-- Not the names of what is called and emptied: run_pending_merges does that with the rights of its caller.
GRANT UPDATE (
    frozen_slot, generation, switched_at, started_at, staged, work_rows, work_file, next_block, read_rows,
    inserted, updated, batches, last_merged_at, failures, last_error, last_error_at
) ON cdc_management.merge_state TO {{merge}};
GRANT INSERT, UPDATE ON cdc_management.watermarks TO {{merge}};
GRANT INSERT, DELETE ON cdc_management.processing_log, cdc_management.error_log, cdc_management.crashes,
    cdc_management.crash_offsets TO {{merge}};
GRANT INSERT ON cdc_management.processing_log_offsets, cdc_management.crash_witness TO {{merge}};
GRANT UPDATE ON cdc_management.processing_log_offsets, cdc_management.crash_offsets TO {{merge}};
GRANT EXECUTE ON FUNCTION cdc_management.rows_waiting(text, text), cdc_management.pending_merges(text, text)
    TO {{reader}};
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA cdc_management TO {{merge}};
