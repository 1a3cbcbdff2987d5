-- Everything that a schema holds, one row an object: kind, name, definition. Two schemas are alike when the rows are.
-- Left out: the order of columns, the columns of partitions (they are their parent's), statistics, owners, Alembic's
-- version table, and what a merge changes as it runs (the default of __slot). A merge procedure's fingerprint, a digest
-- of its body, says nothing that the body does not.
WITH schema AS (
    SELECT n.oid, n.nspname FROM pg_namespace AS n WHERE n.nspname = :schema
), relation AS (
    SELECT c.* FROM pg_class AS c JOIN schema AS s ON s.oid = c.relnamespace
    WHERE c.relname NOT IN ('alembic_version', 'alembic_version_pkc')
), grants AS (
    SELECT 'table' AS kind, r.relname AS name, r.relacl AS acl, r.relowner AS owner
    FROM relation AS r WHERE r.relkind <> 'i'
    UNION ALL
    SELECT 'procedure', p.proname, p.proacl, p.proowner
    FROM pg_proc AS p JOIN schema AS s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 'schema', '', n.nspacl, n.nspowner
    FROM pg_namespace AS n JOIN schema AS s ON s.oid = n.oid
)
SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                      WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind,
       r.relname::text AS name,
       concat_ws(' ',
           CASE r.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
           CASE WHEN r.relkind = 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(r.oid) END,
           CASE WHEN r.relispartition THEN 'PARTITION OF ' ||
                (SELECT i.inhparent::regclass::text FROM pg_inherits AS i WHERE i.inhrelid = r.oid)
                || ' ' || pg_get_expr(r.relpartbound, r.oid) END,
           'WITH (' || array_to_string(r.reloptions, ', ') || ')',
           CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END,
           'COMMENT ' || quote_literal(obj_description(r.oid, 'pg_class'))) AS definition
FROM relation AS r
WHERE r.relkind NOT IN ('i', 'I', 't', 'c')
UNION ALL
SELECT 'column', r.relname || '.' || a.attname,
       concat_ws(' ',
           format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attcollation <> t.typcollation
                THEN 'COLLATE ' || (SELECT l.collname FROM pg_collation AS l WHERE l.oid = a.attcollation) END,
           CASE WHEN a.attnotnull THEN 'NOT NULL' END,
           CASE WHEN a.attname <> '__slot' THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
           'IDENTITY ' || nullif(a.attidentity::text, ''),
           'GENERATED ' || nullif(a.attgenerated::text, ''),
           'COMMENT ' || quote_literal(col_description(r.oid, a.attnum)))
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p', 'f') AND NOT r.relispartition
UNION ALL
SELECT 'constraint', r.relname || '.' || o.conname,
       pg_get_constraintdef(o.oid)
FROM relation AS r
JOIN pg_constraint AS o ON o.conrelid = r.oid AND o.contype <> 'n'  -- 'n': NOT NULL, told by the columns
UNION ALL
SELECT 'index', r.relname::text,
       pg_get_indexdef(r.oid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
FROM relation AS r
JOIN pg_index AS i ON i.indexrelid = r.oid
WHERE r.relkind IN ('i', 'I')
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
       p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
       CASE WHEN p.prokind IN ('p', 'f', 'w') THEN regexp_replace(pg_get_functiondef(p.oid), '''[0-9a-f]{16}''', '''fingerprint''', 'g') END
FROM pg_proc AS p
JOIN schema AS s ON s.oid = p.pronamespace
UNION ALL
SELECT 'trigger', r.relname || '.' || g.tgname, pg_get_triggerdef(g.oid)
FROM relation AS r
JOIN pg_trigger AS g ON g.tgrelid = r.oid AND NOT g.tgisinternal
UNION ALL
SELECT 'row level security', r.relname::text, CASE WHEN r.relforcerowsecurity THEN 'FORCED' END
FROM relation AS r
WHERE r.relrowsecurity
UNION ALL
SELECT 'policy', r.relname || '.' || p.polname,
       concat_ws(' ',
           CASE WHEN NOT p.polpermissive THEN 'RESTRICTIVE' END,
           'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                   WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
           'TO ' || (SELECT string_agg(coalesce(a.rolname, 'PUBLIC'), ', ' ORDER BY a.rolname)
                     FROM unnest(p.polroles) AS o(oid) LEFT JOIN pg_roles AS a ON a.oid = o.oid),
           'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
           'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
FROM relation AS r
JOIN pg_policy AS p ON p.polrelid = r.oid
UNION ALL
SELECT 'type', t.typname::text, t.typtype::text
FROM pg_type AS t
JOIN schema AS s ON s.oid = t.typnamespace
WHERE t.typtype IN ('d', 'e', 'r')
UNION ALL
SELECT 'grant', concat_ws(' ', g.kind, nullif(g.name, '')) || ' to ' || coalesce(r.rolname, 'PUBLIC'),
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
FROM grants AS g
CROSS JOIN LATERAL aclexplode(g.acl) AS a
LEFT JOIN pg_roles AS r ON r.oid = a.grantee
WHERE a.grantee <> g.owner
GROUP BY 1, 2, g.kind, g.name
