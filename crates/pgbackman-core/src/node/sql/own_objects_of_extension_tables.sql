-- Indexes, triggers, rules and policies on the table of an extension that the extension did not make: pg_dump writes nothing
-- of such a table. None of them is ever noted as a member, so that those of the extension's own script must be told apart: they
-- were made in a transaction in which the extension got members, or (pg_upgrade makes each object in a transaction of its own, with
-- the OIDs of relations as they were) are older than its newest table, or call its own function.
WITH members AS (
    SELECT d.refobjid AS extension, d.classid, d.objid, d.xmin AS made
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
        AND d.deptype OPERATOR(pg_catalog.=) 'e'
), tables AS (
    SELECT m.extension, e.extname, m.objid AS relation
    FROM members AS m
    JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) m.extension
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.objid
    WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'f', 'm', 'v']::pg_catalog."char"[])
), objects AS (
    SELECT 'index' AS kind, t.extension, t.extname, t.relation, 'pg_catalog.pg_class'::pg_catalog.regclass AS classid,
        i.indexrelid AS objid, c.relname::pg_catalog.text AS name, pg_catalog.pg_get_indexdef(i.indexrelid) AS statement
    FROM tables AS t
    JOIN pg_catalog.pg_index AS i ON i.indrelid OPERATOR(pg_catalog.=) t.relation
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
    WHERE NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.conindid OPERATOR(pg_catalog.=) i.indexrelid
        )
        AND i.indexrelid OPERATOR(pg_catalog.>) (
            SELECT pg_catalog.max(n.relation) FROM tables AS n WHERE n.extension OPERATOR(pg_catalog.=) t.extension
        )
    UNION ALL
    SELECT 'trigger', t.extension, t.extname, t.relation, 'pg_catalog.pg_trigger'::pg_catalog.regclass,
        g.oid, g.tgname::pg_catalog.text, pg_catalog.pg_get_triggerdef(g.oid)
    FROM tables AS t
    JOIN pg_catalog.pg_trigger AS g ON g.tgrelid OPERATOR(pg_catalog.=) t.relation
    WHERE NOT g.tgisinternal
        AND NOT EXISTS (
            SELECT 1 FROM members AS f
            WHERE f.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND f.objid OPERATOR(pg_catalog.=) g.tgfoid AND f.extension OPERATOR(pg_catalog.=) t.extension
        )
    UNION ALL
    SELECT 'rule', t.extension, t.extname, t.relation, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
        w.oid, w.rulename::pg_catalog.text, pg_catalog.pg_get_ruledef(w.oid)
    FROM tables AS t
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class OPERATOR(pg_catalog.=) t.relation
    WHERE w.rulename OPERATOR(pg_catalog.<>) '_RETURN'::pg_catalog.name
    UNION ALL
    SELECT 'row security policy', t.extension, t.extname, t.relation, 'pg_catalog.pg_policy'::pg_catalog.regclass,
        p.oid, p.polname::pg_catalog.text, NULL
    FROM tables AS t
    JOIN pg_catalog.pg_policy AS p ON p.polrelid OPERATOR(pg_catalog.=) t.relation
)
SELECT o.kind, o.name, o.relation::pg_catalog.regclass::pg_catalog.text AS relation, o.extname::pg_catalog.text AS extension,
    o.statement
FROM objects AS o
WHERE NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend AS d
        JOIN members AS m ON m.extension OPERATOR(pg_catalog.=) o.extension
            AND m.made::pg_catalog.text OPERATOR(pg_catalog.=) d.xmin::pg_catalog.text
        WHERE d.classid OPERATOR(pg_catalog.=) o.classid AND d.objid OPERATOR(pg_catalog.=) o.objid
    )
ORDER BY 3, 1, 2
