CREATE OR REPLACE PROCEDURE {{procedure}}(
    batch_size integer  DEFAULT 100000,
    swap_wait  interval DEFAULT '250 milliseconds',
    work_mem   text     DEFAULT '256MB',
    one_step   boolean  DEFAULT false,
    INOUT outcome text  DEFAULT NULL
)
LANGUAGE plpgsql
AS {{tag}}
{{header}}
-- Merges one generation of {{staging}} into {{final}}.
--
-- batch_size  rows that one transaction merges; a smaller slot is merged in one statement
-- swap_wait   how long ingestion may be made to wait for the slot switch, and the end of the merge for readers
-- work_mem    memory of the sort that finds the newest row per key
-- one_step    do the work of one transaction and leave the commit to the caller
-- outcome     EMPTY, MERGED; BUSY (another runner is at it), WAITING (the locks were not free: call again),
--             REPLACED (by a newer procedure: call again); after one step also CRASH NOTED, SWITCHED, LOST,
--             SORTED, APPLIED: call again. cdc_management tells what they mean.
#variable_conflict use_column
<<run>>
DECLARE
    timeout     text := pg_catalog.current_setting('lock_timeout');
    state       cdc_management.merge_state;
    source_slot smallint;
    blocks      bigint;
    next_block  bigint;
    first_row   tid;
    end_row     tid;
    fresh       boolean;
    read_rows   bigint;
    old_rows    bigint;
    inserted    bigint;
    updated     bigint;
    deleted     bigint;
BEGIN
    LOOP
        PERFORM cdc_management.begin_step(work_mem);

        -- Locks in the order in which a migration takes them: final table, staging, state. Their waits are bounded.
        BEGIN
            PERFORM set_config(
                'lock_timeout', greatest(1, ceil(extract(epoch FROM swap_wait) * 1000))::bigint || 'ms', true);
            LOCK TABLE ONLY {{final}} IN ROW EXCLUSIVE MODE;
            LOCK TABLE ONLY {{staging}} IN ACCESS SHARE MODE;
            PERFORM set_config('lock_timeout', timeout, true);
        EXCEPTION WHEN lock_not_available THEN
            outcome := 'WAITING';
            EXIT;
        END;
        outcome := cdc_management.claim_generation({{schema_literal}}, {{table_literal}}, {{fingerprint}}, swap_wait);
        SELECT * INTO run.state FROM cdc_management.merge_state AS m
        WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};

        IF outcome IS NULL AND run.state.work_rows IS NULL THEN
            SELECT count(*) INTO run.state.staged FROM {{staging}} AS s WHERE s."__slot" = run.state.frozen_slot;
            UPDATE cdc_management.merge_state AS m SET staged = run.state.staged
            WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};
            IF run.state.staged > batch_size THEN
                -- A large slot: find the newest row of each key once, in key order, so that batches are ranges.
                TRUNCATE ONLY {{work}};
                INSERT INTO {{work}} (
                    {{staged_columns}},
                    "__slot"
                )
                SELECT DISTINCT ON ({{key_of_s}})
                    {{staged_columns_of_s}},
                    2
                FROM {{staging}} AS s
                WHERE s."__slot" = run.state.frozen_slot
                ORDER BY {{newest_first}};
                GET DIAGNOSTICS read_rows = ROW_COUNT;
                UPDATE cdc_management.merge_state AS m
                SET work_rows = run.read_rows, work_file = pg_relation_filenode({{work_literal}}), next_block = 0
                WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};
                outcome := 'SORTED';
            END IF;
        END IF;

        IF outcome IS NULL AND (run.state.work_rows IS NULL OR run.state.read_rows < run.state.work_rows) THEN
            IF run.state.work_rows IS NULL THEN
                source_slot := run.state.frozen_slot;
                blocks := NULL;
                next_block := NULL;
                first_row := '(0,0)';
                end_row := '(4294967294,0)';
            ELSE
                source_slot := 2;
                blocks := pg_relation_size({{work_literal}}) / current_setting('block_size')::bigint;
                next_block := least(blocks, run.state.next_block + greatest(1, blocks * batch_size / run.state.work_rows));
                first_row := format('(%s,0)', run.state.next_block)::tid;
                end_row := format('(%s,0)', next_block)::tid;
            END IF;

            -- Once for the rows beyond their partition's watermark, and once for those that were delivered again,
            -- if there are any: where LSN and sequence are equal, the former are newer than what is there (the
            -- offset decides), the latter are not.
            FOREACH fresh IN ARRAY ARRAY[true, false] LOOP
                WITH newest AS MATERIALIZED (
                    SELECT DISTINCT ON ({{key_of_s}})
                        {{merged_columns_of_s}},
                        s."__kafka_offset" > coalesce(w.last_offset, -1) AS "__is_fresh"
                    FROM {{staging}} AS s
                    LEFT JOIN cdc_management.watermarks AS w
                        ON w.schema_name = {{schema_literal}} AND w.table_name = {{table_literal}}
                        AND w.topic = s."__kafka_topic" AND w.partition = s."__kafka_partition"
                    WHERE s."__slot" = run.source_slot AND s.ctid >= run.first_row AND s.ctid < run.end_row
                    ORDER BY {{newest_first}}
                ), merged AS (
                    INSERT INTO {{final}} AS t (
                        {{target_columns}}
                    )
                    SELECT
                        {{source_values}}
                    FROM newest AS n
                    WHERE n."__is_fresh" = run.fresh
                    {{on_conflict}}
                    RETURNING t.xmax = 0 AS is_insert, {{is_deleted}} AS is_deleted
                )
                SELECT (SELECT count(*) FROM newest), (SELECT count(*) FROM newest AS n WHERE NOT n."__is_fresh"),
                    count(*) FILTER (WHERE g.is_insert), count(*) FILTER (WHERE NOT g.is_insert),
                    count(*) FILTER (WHERE g.is_deleted)
                INTO read_rows, old_rows, inserted, updated, deleted
                FROM merged AS g;

                UPDATE cdc_management.merge_state AS m
                SET work_rows = coalesce(m.work_rows, run.read_rows),
                    read_rows = m.read_rows + CASE WHEN run.fresh THEN run.read_rows ELSE 0 END,
                    next_block = coalesce(run.next_block, m.next_block),
                    inserted = m.inserted + run.inserted, updated = m.updated + run.updated,
                    deleted = m.deleted + run.deleted, batches = m.batches + CASE WHEN run.fresh THEN 1 ELSE 0 END
                WHERE m.schema_name = {{schema_literal}} AND m.table_name = {{table_literal}};
                EXIT WHEN old_rows = 0;
            END LOOP;
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
    fingerprint, active_slot)
SELECT {{schema_literal}}, {{table_literal}}, {{staging_literal}}, {{procedure_literal}}, {{purge_literal}},
    {{key_array}}, {{source_ts_literal}}, {{fingerprint}},
    substring(pg_get_expr(d.adbin, d.adrelid), '[01]')::smallint
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = {{staging_regclass}}::regclass AND a.attname = '__slot'
ON CONFLICT (schema_name, table_name) DO UPDATE
SET staging_name = excluded.staging_name, procedure_name = excluded.procedure_name,
    purge_procedure = excluded.purge_procedure, key_columns = excluded.key_columns,
    source_ts_column = excluded.source_ts_column, fingerprint = excluded.fingerprint,
    staged = NULL, work_rows = NULL, work_file = NULL, next_block = 0,
    read_rows = 0, inserted = 0, updated = 0, deleted = 0, batches = 0;
