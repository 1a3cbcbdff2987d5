DO $cdcmig$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {{role_literal}}) THEN
        CREATE ROLE {{role}} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another session has created it at this moment
END
$cdcmig$;
