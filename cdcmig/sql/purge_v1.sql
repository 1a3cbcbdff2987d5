CREATE OR REPLACE PROCEDURE {{procedure}}(
    retention  interval DEFAULT '{{retention_days}} days',
    batch_size integer  DEFAULT 10000,
    one_step   boolean  DEFAULT false,
    INOUT purged bigint DEFAULT 0
)
LANGUAGE plpgsql
AS {{tag}}
{{header}}
-- Deletes tombstones of the final table that are older than the retention, batch by batch. A tombstone keeps a late or
-- repeated older event from bringing its row back, so the retention must not be shorter than the broker's.
#variable_conflict use_column
<<run>>
DECLARE
    rows_wanted integer := batch_size;
    oldest      timestamptz;
    found_rows  bigint;
BEGIN
    purged := 0;
    LOOP
        PERFORM cdc_management.begin_step(pg_catalog.current_setting('work_mem'));
        oldest := now() - retention;
        DELETE FROM {{final}} AS t
        WHERE t.ctid = ANY (ARRAY(
            SELECT o.ctid FROM {{final}} AS o
            WHERE o.{{deleted}} AND o.{{sync_timestamp}} < run.oldest
            LIMIT run.rows_wanted
            FOR UPDATE SKIP LOCKED));
        GET DIAGNOSTICS found_rows = ROW_COUNT;
        purged := purged + found_rows;
        EXIT WHEN one_step OR found_rows < rows_wanted;
        COMMIT;
    END LOOP;
END
{{tag}};

REVOKE ALL ON PROCEDURE {{procedure}} FROM PUBLIC;

