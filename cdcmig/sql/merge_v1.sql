CREATE OR REPLACE PROCEDURE {{procedure}}(
    batch_size integer  DEFAULT 1000000,
    swap_wait  interval DEFAULT '250 milliseconds',
    work_mem   text     DEFAULT '16MB',
    one_step   boolean  DEFAULT false,
    INOUT outcome text  DEFAULT NULL
)
LANGUAGE plpgsql
AS {{tag}}
{{header}}
-- Merges one generation of the staging table into the final table; the definition above names both.
--
-- batch_size  about how many rows one transaction merges; a slot of up to 1.5 times as many is merged in one statement
-- swap_wait   how long ingestion may be made to wait for the slot switch, and the end of the merge for readers
-- work_mem    memory of the sort that finds the newest row per key
-- one_step    do the work of one transaction and leave the commit to the caller
-- outcome     EMPTY, MERGED; BUSY (another runner is at it), WAITING (the locks were not free: call again),
--             REPLACED (by a newer procedure: call again); after one step also CRASH NOTED, SWITCHED, LOST,
--             SORTED, APPLIED: call again. cdc_management tells what they mean.
#variable_conflict use_column
<<run>>
DECLARE
    state      cdc_management.merge_state;
    blocks     bigint;
    next_block bigint;
    first_row  tid;
    end_row    tid;
    keys       bigint;
    before     bigint;
    written    bigint;
    inserted   bigint;
BEGIN
    LOOP
        PERFORM cdc_management.begin_step(work_mem);

        -- Locks in the order in which a migration takes them: final table, staging, state. Their waits are bounded.
        IF NOT cdc_management.try_lock({{schema_literal}}, {{table_literal}}, 'ROW EXCLUSIVE', swap_wait)
           OR NOT cdc_management.try_lock({{schema_literal}}, {{staging_literal}}, 'ACCESS SHARE', swap_wait)
        THEN
            outcome := 'WAITING';
            EXIT;
        END IF;
        outcome := cdc_management.claim_generation({{schema_literal}}, {{table_literal}}, {{fingerprint}}, swap_wait);
        SELECT * INTO run.state FROM cdc_management.merge_state AS m
        WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};

        IF outcome IS NULL AND state.work_rows IS NULL THEN
            IF cdc_management.estimated_rows({{schema_literal}}, {{staging_literal}}, state.frozen_slot)
               > 1.5 * batch_size
               OR (SELECT c.relhastriggers FROM pg_class AS c WHERE c.oid = {{final_literal}}::regclass)
            THEN
                -- A large slot: find the newest row of each key once, in key order, so that batches are ranges. Also
                -- where a trigger might leave rows out: keys that were counted beforehand tell.
                IF NOT cdc_management.empty_work_copy({{schema_literal}}, {{staging_literal}}, swap_wait) THEN
                    outcome := 'WAITING';
                    EXIT;
                END IF;
                INSERT INTO {{work}} (
                    {{staged_columns}},
                    "__slot"
                )
                SELECT
                    {{staged_columns_of_n}},
                    2
                FROM (
                    SELECT DISTINCT ON ({{key_of_s}}) s.*
                    FROM {{staged}} AS s
                    WHERE s."__slot" = run.state.frozen_slot
                    ORDER BY {{newest_first}}
                ) AS n;
                GET DIAGNOSTICS keys = ROW_COUNT;
                UPDATE cdc_management.merge_state AS m
                SET staged = (SELECT count(*) FROM {{staging}} AS s WHERE s."__slot" = run.state.frozen_slot),
                    work_rows = run.keys, work_file = pg_relation_filenode({{work_literal}})
                WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};
                outcome := 'SORTED';
            ELSE
                -- The columns as they lie (s.*): the sort takes rows whole, without building them anew.
                PERFORM cdc_management.choose_join(
                    {{schema_literal}}, {{table_literal}}, {{staging_literal}}, state.frozen_slot);
                before := pg_stat_get_xact_tuples_inserted({{final_literal}}::regclass);
                PERFORM set_config('cdcmig.stale', '0', true);
                MERGE INTO {{final}} AS t
                USING (
                    SELECT DISTINCT ON ({{key_of_s}}) s.*
                    FROM {{staged}} AS s
                    WHERE s."__slot" = run.state.frozen_slot
                    ORDER BY {{newest_first}}
                ) AS n
                {{merge}};
                GET DIAGNOSTICS written = ROW_COUNT;
                keys := written + current_setting('cdcmig.stale')::bigint;
                inserted := least(written, pg_stat_get_xact_tuples_inserted({{final_literal}}::regclass) - before);
                UPDATE cdc_management.merge_state AS m
                SET work_rows = run.keys, read_rows = run.keys, batches = 1,
                    inserted = run.inserted, updated = run.written - run.inserted
                WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};
            END IF;
        ELSIF outcome IS NULL AND state.read_rows < state.work_rows THEN
            blocks := pg_relation_size({{work_literal}}) / current_setting('block_size')::bigint;
            next_block := least(blocks, state.next_block + greatest(1, blocks * batch_size / state.work_rows));
            first_row := format('(%s,0)', state.next_block)::tid;
            end_row := format('(%s,0)', next_block)::tid;
            before := pg_stat_get_xact_tuples_inserted({{final_literal}}::regclass);
            PERFORM set_config('cdcmig.stale', '0', true);
            MERGE INTO {{final}} AS t
            USING (
                SELECT s.* FROM {{work}} AS s
                WHERE s.ctid >= run.first_row AND s.ctid < run.end_row
            ) AS n
            {{merge}};
            GET DIAGNOSTICS written = ROW_COUNT;
            keys := written + current_setting('cdcmig.stale')::bigint;
            inserted := least(written, pg_stat_get_xact_tuples_inserted({{final_literal}}::regclass) - before);
            UPDATE cdc_management.merge_state AS m
            SET next_block = run.next_block, read_rows = m.read_rows + run.keys, batches = m.batches + 1,
                inserted = m.inserted + run.inserted, updated = m.updated + run.written - run.inserted
            WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};
            outcome := CASE WHEN next_block < blocks THEN 'APPLIED' END;
        END IF;

        IF outcome IS NULL THEN
            outcome := CASE
                WHEN cdc_management.finish_generation({{schema_literal}}, {{table_literal}}, swap_wait) THEN 'MERGED'
                ELSE 'WAITING' END;
        END IF;

        EXIT WHEN one_step OR outcome IN ('EMPTY', 'MERGED', 'BUSY', 'WAITING', 'REPLACED');
        COMMIT;
    END LOOP;
END
{{tag}};

REVOKE ALL ON PROCEDURE {{procedure}} FROM PUBLIC;

-- Register the table, or change its registration: watermarks and slots stay; a generation that is half merged
-- starts over from its frozen slot.
INSERT INTO cdc_management.merge_state AS m (
    schema_name, table_name, staging_name, procedure_name, purge_procedure, key_columns, source_ts_column,
    deleted_column, fingerprint, active_slot)
SELECT {{schema_literal}}, {{table_literal}}, {{staging_literal}}, {{procedure_literal}}, {{purge_literal}},
    {{key_array}}, {{source_ts_literal}}, {{deleted_literal}}, {{fingerprint}},
    substring(pg_get_expr(d.adbin, d.adrelid), '[01]')::smallint
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = {{staging_regclass}}::regclass AND a.attname = '__slot'
ON CONFLICT (schema_name, table_name) DO UPDATE
SET staging_name = excluded.staging_name, procedure_name = excluded.procedure_name,
    purge_procedure = excluded.purge_procedure, key_columns = excluded.key_columns,
    source_ts_column = excluded.source_ts_column, deleted_column = excluded.deleted_column,
    fingerprint = excluded.fingerprint,
    staged = NULL, work_rows = NULL, work_file = NULL, next_block = 0,
    read_rows = 0, inserted = 0, updated = 0, batches = 0;
