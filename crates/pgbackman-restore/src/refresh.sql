WITH RECURSIVE uses AS (
    -- A view and what its rule reads.
    SELECT r.ev_class AS reader, d.refobjid AS used
    FROM pg_catalog.pg_rewrite AS r
    JOIN pg_catalog.pg_depend AS d ON d.objid = r.oid AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class
    -- Who reads a table reads its partitions and descendants, which have the rows.
    UNION SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits
), reaches AS (
    SELECT reader, used FROM uses
    UNION SELECT r.reader, u.used FROM reaches AS r JOIN uses AS u ON u.reader = r.used
), views AS (
    SELECT oid, relname, relnamespace, relispopulated FROM pg_catalog.pg_class WHERE relkind = 'm'
)
SELECT n.nspname::pg_catalog.text, v.relname::pg_catalog.text, v.relispopulated,
    ARRAY(
        SELECT tn.nspname::pg_catalog.text FROM reaches AS r
        JOIN pg_catalog.pg_class AS t ON t.oid = r.used JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
        WHERE r.reader = v.oid ORDER BY t.oid
    ),
    ARRAY(
        SELECT t.relname::pg_catalog.text FROM reaches AS r
        JOIN pg_catalog.pg_class AS t ON t.oid = r.used JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
        WHERE r.reader = v.oid ORDER BY t.oid
    )
FROM views AS v
JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
-- Who reads another reads all that this one reads, and it besides.
ORDER BY (SELECT pg_catalog.count(*) FROM reaches AS r JOIN views AS o ON o.oid = r.used WHERE r.reader = v.oid), 1, 2
