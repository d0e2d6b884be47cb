-- Of these sequences those that are a column's own, where an index finds the column's greatest and smallest value at once.
SELECT v.n, s.seqrelid AS oid, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS relation, a.attname::pg_catalog.text AS "column",
    s.seqincrement AS increment
FROM (
    SELECT u.name, u.n FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS u (name, n)
) AS v
JOIN pg_catalog.pg_sequence AS s ON s.seqrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(v.name)
JOIN pg_catalog.pg_depend AS d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.objid OPERATOR(pg_catalog.=) s.seqrelid
    AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.refobjsubid OPERATOR(pg_catalog.>) 0
    AND d.deptype OPERATOR(pg_catalog.=) ANY (ARRAY['a', 'i']::pg_catalog."char"[])
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) d.refobjid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
    AND a.attnum::pg_catalog.int4 OPERATOR(pg_catalog.=) d.refobjsubid
WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::pg_catalog."char"[])
    AND a.atttypid OPERATOR(pg_catalog.=) ANY (ARRAY[20, 21, 23]::pg_catalog.oid[])
    AND EXISTS (
        SELECT 1 FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
        JOIN pg_catalog.pg_am AS m ON m.oid OPERATOR(pg_catalog.=) x.relam
        WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid
            AND m.amname OPERATOR(pg_catalog.=) 'btree'::pg_catalog.name
            AND i.indkey[0] OPERATOR(pg_catalog.=) a.attnum
            AND i.indpred IS NULL AND i.indisvalid
    )
ORDER BY v.n
