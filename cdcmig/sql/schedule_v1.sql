DO {{tag}}
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_cron') THEN
        RAISE WARNING 'pg_cron is not installed in this database: merges have to be run from outside (cdcmig merge --watch)';
        RETURN;
    END IF;
    -- The name carries the database: pg_cron's jobs are known by name and user.
    PERFORM cron.schedule('cdcmig merge ' || current_database(), {{schedule}}, 'CALL cdc_management.run_pending_merges()');
    PERFORM cron.schedule('cdcmig purge ' || current_database(), '17 3 * * *', 'CALL cdc_management.run_purges()');
END
{{tag}};
