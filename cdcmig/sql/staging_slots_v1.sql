-- The slots are emptied by TRUNCATE alone: there is nothing to vacuum.
CREATE {{persistence}} TABLE IF NOT EXISTS {{slot_0}} PARTITION OF {{staging}} FOR VALUES IN (0)
    WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE {{persistence}} TABLE IF NOT EXISTS {{slot_1}} PARTITION OF {{staging}} FOR VALUES IN (1)
    WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE UNLOGGED TABLE IF NOT EXISTS {{work}} PARTITION OF {{staging}} FOR VALUES IN (2)
    WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
