WITH RECURSIVE uses AS (
    -- A view and what its rule reads.
    SELECT r.ev_class AS reader, d.refobjid AS used
    FROM pg_catalog.pg_rewrite AS r
    JOIN pg_catalog.pg_depend AS d ON d.objid OPERATOR(pg_catalog.=) r.oid AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.<>) r.ev_class
    -- Who reads a table reads its partitions and descendants, which have the rows.
    UNION SELECT inhparent, inhrelid FROM pg_catalog.pg_inherits
), reaches AS (
    SELECT reader, used FROM uses
    UNION SELECT r.reader, u.used FROM reaches AS r JOIN uses AS u ON u.reader OPERATOR(pg_catalog.=) r.used
), views AS (
    SELECT oid, relname, relnamespace, relispopulated FROM pg_catalog.pg_class WHERE relkind OPERATOR(pg_catalog.=) 'm'
)
SELECT n.nspname::pg_catalog.text, v.relname::pg_catalog.text, v.relispopulated,
    ARRAY(
        SELECT tn.nspname::pg_catalog.text FROM reaches AS r
        JOIN pg_catalog.pg_class AS t ON t.oid OPERATOR(pg_catalog.=) r.used JOIN pg_catalog.pg_namespace AS tn ON tn.oid OPERATOR(pg_catalog.=) t.relnamespace
        WHERE r.reader OPERATOR(pg_catalog.=) v.oid ORDER BY t.oid
    ),
    ARRAY(
        SELECT t.relname::pg_catalog.text FROM reaches AS r
        JOIN pg_catalog.pg_class AS t ON t.oid OPERATOR(pg_catalog.=) r.used JOIN pg_catalog.pg_namespace AS tn ON tn.oid OPERATOR(pg_catalog.=) t.relnamespace
        WHERE r.reader OPERATOR(pg_catalog.=) v.oid ORDER BY t.oid
    )
FROM views AS v
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) v.relnamespace
-- Who reads another reads all that this one reads, and it besides.
ORDER BY (SELECT pg_catalog.count(*) FROM reaches AS r JOIN views AS o ON o.oid OPERATOR(pg_catalog.=) r.used WHERE r.reader OPERATOR(pg_catalog.=) v.oid), 1, 2
