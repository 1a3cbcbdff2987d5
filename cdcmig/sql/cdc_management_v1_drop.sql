-- Removes cdc_management, version 1. The schema stays, and with it the version table that Alembic keeps there.

DO $cdcmig$
DECLARE
    v_schemas text := (SELECT string_agg(DISTINCT m.schema_name, ', ') FROM cdc_management.merge_state AS m);
BEGIN
    IF v_schemas IS NOT NULL THEN
        RAISE EXCEPTION 'schemas are still merged with cdc_management: %', v_schemas
            USING ERRCODE = 'dependent_objects_still_exist', HINT = 'downgrade those first';
    END IF;
END
$cdcmig$;

DROP VIEW cdc_management.customer_sync_health, cdc_management.customer_gap_alerts,
    cdc_management.processing_statistics, cdc_management.replication_lag, cdc_management.processing_gaps,
    cdc_management.recent_errors, cdc_management.merge_status, cdc_management.replay_needed,
    cdc_management.lost_offsets;
DROP PROCEDURE cdc_management.run_pending_merges(text, text, integer, interval, interval, text, integer, integer, integer);
DROP PROCEDURE cdc_management.run_purges(text, text, integer, interval, interval, bigint, integer);
DROP FUNCTION cdc_management.purge_logs(interval);
DROP FUNCTION cdc_management.acknowledge_replay(text, text);
DROP FUNCTION cdc_management.record_failure(text, text, text, text, text, text, text);
DROP FUNCTION cdc_management.finish_generation(text, text, interval);
DROP FUNCTION cdc_management.note_replay(bigint, text, text, integer);
DROP FUNCTION cdc_management.trace_offsets(bigint, text, text, integer);
DROP FUNCTION cdc_management.held_offsets(text, text, integer);
DROP FUNCTION cdc_management.empty_work_copy(text, text, interval);
DROP FUNCTION cdc_management.claim_generation(text, text, text, interval);
DROP FUNCTION cdc_management.abandon_generation(cdc_management.merge_state);
DROP FUNCTION cdc_management.work_copy_is_intact(cdc_management.merge_state);
DROP FUNCTION cdc_management.restart_generation(text, text);
DROP FUNCTION cdc_management.choose_join(text, text, text, integer);
DROP FUNCTION cdc_management.begin_step(text);
DROP FUNCTION cdc_management.switch_slot(text, text, interval);
DROP FUNCTION cdc_management.try_lock(text, text, text, interval);
DROP FUNCTION cdc_management.note_crash();
DROP FUNCTION cdc_management.pending_merges(text, text);
DROP FUNCTION cdc_management.rows_waiting(text, text);
DROP FUNCTION cdc_management.estimated_rows(text, text, integer);
DROP FUNCTION cdc_management.has_rows(text, text, integer);
DROP TABLE cdc_management.crash_offsets, cdc_management.crashes, cdc_management.crash_witness,
    cdc_management.migration_history, cdc_management.error_log, cdc_management.processing_log_offsets,
    cdc_management.processing_log, cdc_management.watermarks, cdc_management.merge_state;
REVOKE ALL ON SCHEMA cdc_management FROM {{merge}}, {{reader}};
