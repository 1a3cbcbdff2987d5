-- Columns that tables must have which exist already (target_exists: true), and what is wrong with them.
-- A row a fault; no row if all is well. The query changes nothing.
WITH expected (schema_name, table_name, column_name, type_name, source, origin) AS (
    VALUES
        {{expected}}
), accepted (type_name, udt_name, length, whole, scale, fraction) AS (
    VALUES
        {{accepted}}
)
SELECT DISTINCT e.schema_name, e.table_name, CASE WHEN t.oid IS NOT NULL THEN e.column_name END AS column_name,
       CASE
           WHEN t.oid IS NULL THEN 'the table does not exist'
           WHEN a.attnum IS NULL THEN 'the column does not exist'
           ELSE format('%s cannot hold every %s', pg_catalog.format_type(a.atttypid, a.atttypmod), e.type_name)
       END AS fault,
       CASE WHEN t.oid IS NOT NULL THEN e.source END AS source, e.origin
FROM expected AS e
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = e.schema_name
LEFT JOIN pg_catalog.pg_class AS t ON t.relnamespace = n.oid AND t.relname = e.table_name
    AND t.relkind IN ('r', 'p', 'v', 'f')
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attname = e.column_name
    AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type AS b ON b.oid = y.typbasetype -- of a domain
CROSS JOIN LATERAL (
    SELECT coalesce(b.typname, y.typname) AS udt_name,
           nullif(CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE y.typtypmod END, -1) AS modifier
) AS c
WHERE NOT EXISTS (
    SELECT FROM accepted AS p
    WHERE p.type_name = e.type_name
      AND p.udt_name = c.udt_name
      AND CASE
              WHEN c.modifier IS NULL THEN true -- no limit was declared
              WHEN c.udt_name IN ('varchar', 'bpchar') THEN c.modifier - 4 >= p.length
              WHEN c.udt_name = 'numeric' THEN
                  ((c.modifier - 4) >> 16) - (((c.modifier - 4) & 2047) # 1024) + 1024 >= p.whole
                  AND (((c.modifier - 4) & 2047) # 1024) - 1024 >= p.scale
              WHEN c.udt_name IN ('time', 'timetz', 'timestamp', 'timestamptz') THEN c.modifier >= p.fraction
              ELSE true
          END
)
ORDER BY 1, 2, 3
