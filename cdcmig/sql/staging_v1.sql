-- Two generations of one insertable table: new rows go to the slot that "__slot" defaults to, the merge switches
-- that default and empties the other one. Slot 2 is the merge's own: rows are copied there in key order. As
-- partitions all three follow every ALTER TABLE of their parent. The columns that the merge counts by come first,
-- those of fixed width before the others: they are found without looking at the rest of the row.
CREATE TABLE {{staging}} (
    "__kafka_offset"    bigint      NOT NULL,
    "__kafka_partition" integer     NOT NULL,
    "__slot"            smallint    NOT NULL DEFAULT 0,
    "__kafka_topic"     text        NOT NULL,
    "__kafka_timestamp" timestamptz,
    LIKE {{final}} INCLUDING DEFAULTS
) PARTITION BY LIST ("__slot");
-- Where the merge is registered already, this staging table takes the place of one that was dropped.
DO {{tag}}
BEGIN
    IF to_regclass('cdc_management.merge_state') IS NOT NULL THEN
        UPDATE cdc_management.merge_state AS m SET active_slot = 0, frozen_slot = NULL
        WHERE m.schema_name = {{schema_literal}} AND m.staging_name = {{staging_literal}};
    END IF;
END
{{tag}};
