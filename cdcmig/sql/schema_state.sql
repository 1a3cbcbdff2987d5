-- What a schema holds, one row an object: kind, name, definition. Two schemas are alike when the rows are.
-- Told are tables with columns, constraints, indexes, triggers, rules, policies and extended statistics; views, sequences,
-- types, functions and procedures; and who else than the owner has which rights.
-- Left out on purpose: the order of columns, the columns of partitions (they are their parent's), the functions of range
-- types, statistics, owners, Alembic's version table, and what a merge changes as it runs (the default of __slot, the
-- values of sequences). A merge procedure's fingerprint, a digest of its body, says nothing that the body does not.
-- Nobody looks at: comments other than those of tables and columns, replica identity, storage and statistics targets,
-- tablespaces, access methods, servers and options of foreign tables, inheritance without partitions, what an aggregate
-- calls, rights to types, default privileges, publications, and the schema's operators, casts, conversions, collations
-- and text search.
WITH schema AS (
    SELECT n.oid, n.nspname FROM pg_namespace AS n WHERE n.nspname = :schema
), relation AS (
    SELECT c.* FROM pg_class AS c JOIN schema AS s ON s.oid = c.relnamespace
    WHERE c.relname NOT IN ('alembic_version', 'alembic_version_pkc')
), grants AS (
    SELECT 'table' AS kind, r.relname AS name, r.relacl AS acl, r.relowner AS owner
    FROM relation AS r WHERE r.relkind <> 'i'
    UNION ALL
    SELECT 'column', r.relname || '.' || a.attname, a.attacl, r.relowner
    FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND NOT a.attisdropped
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
           (SELECT concat_ws(' ',
                'AS ' || format_type(q.seqtypid, NULL), 'START', q.seqstart, 'INCREMENT', q.seqincrement,
                'MIN', q.seqmin, 'MAX', q.seqmax, 'CACHE', q.seqcache, CASE WHEN q.seqcycle THEN 'CYCLE' END)
            FROM pg_sequence AS q WHERE q.seqrelid = r.oid),
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
WHERE r.relkind IN ('r', 'p', 'f', 'c') AND NOT r.relispartition -- 'c': a composite type
UNION ALL
SELECT 'constraint', r.relname || '.' || o.conname,
       pg_get_constraintdef(o.oid)
FROM relation AS r
JOIN pg_constraint AS o ON o.conrelid = r.oid AND o.contype <> 'n'  -- 'n': NOT NULL, told by the columns
UNION ALL
SELECT 'constraint', t.typname || '.' || o.conname, pg_get_constraintdef(o.oid)
FROM pg_type AS t
JOIN schema AS s ON s.oid = t.typnamespace
JOIN pg_constraint AS o ON o.contypid = t.oid AND o.contype <> 'n'  -- 'n': NOT NULL, told by the domain
UNION ALL
SELECT 'statistics', r.relname || '.' || x.stxname, pg_get_statisticsobjdef(x.oid)
FROM relation AS r
JOIN pg_statistic_ext AS x ON x.stxrelid = r.oid
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
WHERE NOT EXISTS ( -- a range type has its functions by itself
    SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i'
)
UNION ALL
SELECT f.kind, f.name,
       concat_ws(' ', f.definition,
           CASE f.enabled WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLED REPLICA' WHEN 'A' THEN 'ENABLED ALWAYS' END)
FROM (
    SELECT 'trigger', r.relname || '.' || g.tgname, pg_get_triggerdef(g.oid), g.tgenabled
    FROM relation AS r
    JOIN pg_trigger AS g ON g.tgrelid = r.oid AND NOT g.tgisinternal
    UNION ALL
    SELECT 'rule', r.relname || '.' || u.rulename, pg_get_ruledef(u.oid), u.ev_enabled
    FROM relation AS r
    JOIN pg_rewrite AS u ON u.ev_class = r.oid AND u.rulename <> '_RETURN'  -- '_RETURN': a view's query
) AS f (kind, name, definition, enabled)
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
SELECT 'type', t.typname::text,
       CASE t.typtype
           WHEN 'e' THEN 'ENUM (' || (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                                      FROM pg_enum AS e WHERE e.enumtypid = t.oid) || ')'
           WHEN 'd' THEN concat_ws(' ',
               'DOMAIN ' || format_type(t.typbasetype, t.typtypmod),
               CASE WHEN t.typcollation <> b.typcollation
                    THEN 'COLLATE ' || (SELECT l.collname FROM pg_collation AS l WHERE l.oid = t.typcollation) END,
               CASE WHEN t.typnotnull THEN 'NOT NULL' END,
               'DEFAULT ' || t.typdefault)
           WHEN 'r' THEN 'RANGE ' || (SELECT format_type(g.rngsubtype, NULL)
                                      FROM pg_range AS g WHERE g.rngtypid = t.oid)
           ELSE 'COMPOSITE'
       END
FROM pg_type AS t
JOIN schema AS s ON s.oid = t.typnamespace
LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
LEFT JOIN relation AS r ON r.oid = t.typrelid
WHERE t.typtype IN ('d', 'e', 'r') OR r.relkind = 'c'
UNION ALL
SELECT 'grant', concat_ws(' ', g.kind, nullif(g.name, '')) || ' to ' || coalesce(r.rolname, 'PUBLIC'),
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
FROM grants AS g
CROSS JOIN LATERAL aclexplode(g.acl) AS a
LEFT JOIN pg_roles AS r ON r.oid = a.grantee
WHERE a.grantee <> g.owner
GROUP BY 1, 2, g.kind, g.name
