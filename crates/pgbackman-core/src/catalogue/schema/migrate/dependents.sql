-- What others built on our views ($1) and functions ($2), the nearest first. depth is the greatest distance, so that
-- making again in this order never misses what a view needs. obstacle says why it cannot be saved, where it cannot.
WITH RECURSIVE own (classid, objid) AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid, c.oid
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' AND c.relname = ANY ($1)
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass::oid, p.oid
    FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY ($2)
),
reached (classid, objid, depth) AS (
    SELECT own.classid, own.objid, 0 FROM own
    UNION
    SELECT
        CASE WHEN rule.oid IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::regclass::oid END,
        coalesce(rule.ev_class, d.objid),
        reached.depth + 1
    FROM reached
    LEFT JOIN pg_catalog.pg_type AS row_type
        ON reached.classid = 'pg_catalog.pg_class'::regclass AND row_type.typrelid = reached.objid
    JOIN pg_catalog.pg_depend AS d
        ON (d.refclassid = reached.classid AND d.refobjid = reached.objid)
        OR (d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (row_type.oid, row_type.typarray))
    LEFT JOIN pg_catalog.pg_rewrite AS rule
        ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND rule.oid = d.objid
    WHERE d.deptype IN ('n', 'a')
      AND (d.classid, coalesce(rule.ev_class, d.objid)) IS DISTINCT FROM (reached.classid, reached.objid)
      AND rule.ev_class IS DISTINCT FROM reached.objid
),
foreign_object AS (
    SELECT r.classid, r.objid, max(r.depth) AS depth
    FROM reached AS r
    WHERE r.depth > 0
      AND NOT EXISTS (SELECT FROM own WHERE own.classid = r.classid AND own.objid = r.objid)
      -- The triggers of our tables are ours.
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
          WHERE r.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = r.objid
            AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($3)
      )
    GROUP BY r.classid, r.objid
)
SELECT
    f.objid AS oid,
    pg_catalog.pg_describe_object(f.classid, f.objid, 0) AS description,
    CASE
        WHEN c.oid IS NULL THEN 'only views can be saved'
        WHEN c.relkind <> 'v' THEN 'only plain views can be saved'
        WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
            THEN 'it has triggers'
        WHEN EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN')
            THEN 'it has rules'
        WHEN NOT pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE')
            THEN 'it belongs to the role ' || pg_catalog.pg_get_userbyid(c.relowner)
    END AS obstacle
FROM foreign_object AS f
LEFT JOIN pg_catalog.pg_class AS c ON f.classid = 'pg_catalog.pg_class'::regclass AND c.oid = f.objid
ORDER BY f.depth, f.objid
