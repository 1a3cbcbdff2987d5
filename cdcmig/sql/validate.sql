-- Columns that tables must have which exist already (target_exists: true), and what is wrong with them.
-- A row a fault; no row if all is well. The query changes nothing.
WITH RECURSIVE expected (schema_name, table_name, column_name, type_name, nullable, source, origin) AS (
    VALUES
        {{expected}}
), accepted (type_name, udt_name, length, whole, scale, fraction) AS (
    VALUES
        {{accepted}}
), target AS (
    SELECT e.schema_name, e.table_name, e.origin, e.fed, t.oid, t.relkind,
           pg_catalog.pg_relation_is_updatable(t.oid, true) AS events, -- 4 UPDATE, 8 INSERT, 16 DELETE
           EXISTS ( -- BEFORE INSERT FOR EACH ROW: it may fill what would be NULL
               SELECT FROM pg_catalog.pg_trigger AS g
               WHERE g.tgrelid = t.oid AND g.tgtype & 7 = 7 AND g.tgenabled IN ('O', 'A')
           ) AS filled,
           EXISTS ( -- INSTEAD OF INSERT: a trigger or a rule decides what becomes of a row
               SELECT FROM pg_catalog.pg_trigger AS g
               WHERE g.tgrelid = t.oid AND g.tgtype & 69 = 69 AND g.tgenabled IN ('O', 'A')
               UNION ALL
               SELECT FROM pg_catalog.pg_rewrite AS r
               WHERE r.ev_class = t.oid AND r.ev_type = '3' AND r.is_instead
           ) AS redirected
    FROM (
        SELECT schema_name, table_name, origin, pg_catalog.array_agg(column_name) || {{supplied}} AS fed
        FROM expected
        GROUP BY schema_name, table_name, origin
    ) AS e
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = e.schema_name
    LEFT JOIN pg_catalog.pg_class AS t ON t.relnamespace = n.oid AND t.relname = e.table_name
        AND t.relkind IN ('r', 'p', 'v', 'm', 'f')
), attribute AS (
    SELECT t.*, a.attnum, a.attname, a.attidentity, a.attgenerated, a.attnotnull, a.atthasdef, a.atttypid, a.atttypmod
    FROM target AS t
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
), layer (type, depth, oid) AS ( -- a type; of a domain also what it is over, down to the base type
    SELECT DISTINCT atttypid, 0, atttypid FROM attribute
    UNION ALL
    SELECT l.type, l.depth + 1, y.typbasetype
    FROM layer AS l
    JOIN pg_catalog.pg_type AS y ON y.oid = l.oid AND y.typbasetype <> 0
), whole (type, udt_name, modifier, not_null, has_default) AS (
    SELECT l.type,
           (pg_catalog.array_agg(y.typname ORDER BY l.depth DESC))[1],
           (pg_catalog.array_agg(y.typtypmod ORDER BY l.depth) FILTER (WHERE y.typtypmod <> -1))[1],
           pg_catalog.bool_or(y.typnotnull),
           pg_catalog.bool_or(y.typdefault IS NOT NULL AND l.depth = 0) -- a domain copies that of its own as it is made
    FROM layer AS l
    JOIN pg_catalog.pg_type AS y ON y.oid = l.oid
    GROUP BY l.type
), present AS (
    SELECT a.*,
           a.attnotnull OR w.not_null AS not_null, w.not_null AS domain_not_null,
           a.atthasdef OR w.has_default OR a.attidentity <> '' AS has_default,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
           w.udt_name, coalesce(nullif(a.atttypmod, -1), w.modifier) AS modifier
    FROM attribute AS a
    JOIN whole AS w ON w.type = a.atttypid
), fed AS (
    SELECT e.column_name, e.type_name AS wanted, e.nullable, e.source, p.*
    FROM expected AS e
    JOIN present AS p ON p.schema_name = e.schema_name AND p.table_name = e.table_name
        AND p.origin = e.origin AND p.attname = e.column_name
), fault (schema_name, table_name, column_name, fault, source, origin) AS (
    SELECT schema_name, table_name, NULL, 'the table does not exist', NULL, origin
    FROM target
    WHERE oid IS NULL
    UNION ALL
    SELECT schema_name, table_name, NULL,
           CASE relkind
               WHEN 'v' THEN 'is a view that takes no rows: name the table behind it,'
                   || ' or give it an INSTEAD OF INSERT trigger'
               WHEN 'm' THEN 'is a materialized view that takes no rows: name the table behind it'
               ELSE 'is a foreign table that takes no rows: allow INSERT at its server, or name another table'
           END,
           NULL, origin
    FROM target
    WHERE events & 8 = 0
    UNION ALL
    SELECT e.schema_name, e.table_name, e.column_name, 'the column does not exist', e.source, e.origin
    FROM expected AS e
    JOIN target AS t ON t.schema_name = e.schema_name AND t.table_name = e.table_name AND t.origin = e.origin
    WHERE t.oid IS NOT NULL AND NOT EXISTS (
        SELECT FROM present AS p WHERE p.oid = t.oid AND p.attname = e.column_name
    )
    UNION ALL
    SELECT schema_name, table_name, column_name,
           pg_catalog.format('%s cannot hold every %s', type_name, wanted), source, origin
    FROM fed AS f
    WHERE NOT EXISTS (
        SELECT FROM accepted AS p
        WHERE p.type_name = f.wanted
          AND p.udt_name = f.udt_name
          AND CASE
                  WHEN f.modifier IS NULL THEN true -- no limit was declared
                  WHEN f.udt_name IN ('varchar', 'bpchar') THEN f.modifier - 4 >= p.length
                  WHEN f.udt_name = 'numeric' THEN
                      ((f.modifier - 4) >> 16) - (((f.modifier - 4) & 2047) # 1024) + 1024 >= p.whole
                      AND (((f.modifier - 4) & 2047) # 1024) - 1024 >= p.scale
                  WHEN f.udt_name IN ('time', 'timetz', 'timestamp', 'timestamptz') THEN f.modifier >= p.fraction
                  ELSE true
              END
    )
    UNION ALL
    SELECT schema_name, table_name, column_name,
           CASE
               WHEN attidentity = 'a' THEN pg_catalog.format(
                   'is GENERATED ALWAYS AS IDENTITY and takes no value:'
                   || ' ALTER TABLE %I.%I ALTER COLUMN %I SET GENERATED BY DEFAULT, or do not feed it',
                   schema_name, table_name, column_name)
               WHEN attgenerated <> '' THEN 'is computed by the table (GENERATED ALWAYS AS) and takes no value:'
                   || ' make it an ordinary column, or do not feed it'
               ELSE 'cannot be written through the view: show the column as it is, or do not feed it'
           END,
           source, origin
    FROM fed
    WHERE attidentity = 'a' OR attgenerated <> '' OR (
        relkind = 'v' AND events & 28 = 28 AND NOT redirected
        AND NOT pg_catalog.pg_column_is_updatable(oid, attnum, true)
    )
    UNION ALL
    SELECT schema_name, table_name, column_name,
           CASE WHEN domain_not_null
               THEN 'is of a NOT NULL domain, but the source may send NULL: take another type, or do not feed it'
               ELSE 'is NOT NULL, but the source may send NULL: drop NOT NULL, or do not feed it'
           END,
           source, origin
    FROM fed
    WHERE nullable AND not_null AND NOT filled AND attidentity <> 'a' AND attgenerated = ''
    UNION ALL
    SELECT schema_name, table_name, attname,
           'is NOT NULL without a default, and nothing feeds it: give it a default, drop NOT NULL,'
           || ' or feed it by columns: or column_templates:',
           NULL, origin
    FROM present
    WHERE not_null AND NOT has_default AND NOT filled AND attname <> ALL (fed)
)
SELECT DISTINCT schema_name, table_name, column_name, fault, source, origin
FROM fault
ORDER BY 1, 2, 3, 4, 5, 6
