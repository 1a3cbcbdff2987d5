DO $cdcmig$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_cron') THEN
        PERFORM cron.unschedule(j.jobid) FROM cron.job AS j
        WHERE j.jobname IN ('cdcmig merge ' || current_database(), 'cdcmig purge ' || current_database());
    END IF;
END
$cdcmig$;
