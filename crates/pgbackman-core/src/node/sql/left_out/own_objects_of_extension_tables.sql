-- Indexes, constraints, statistics objects, triggers, rules, policies and row security on the table of an extension that the
-- extension did not make: pg_dump writes nothing of such a table. None of them is ever noted as a member, so that those of the
-- extension's own script must be told apart. Certainly the script's is only what was made between two of its members: in one
-- transaction with them, and by no later command than the last of them. (The same transaction alone proves nothing: a migration
-- makes the extension and its own index in one.) After pg_upgrade nothing of this holds, since everything was made anew; such a
-- table is older than its extension by their OIDs. What is not certain is taken for an operator's: where the extension makes it
-- all the same, a restore finds that it is there already.
WITH members AS (
    SELECT d.refobjid AS extension, d.classid, d.objid, d.xmin::pg_catalog.text AS xid,
        d.cmin::pg_catalog.text::pg_catalog.int8 AS command
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
        AND d.deptype OPERATOR(pg_catalog.=) 'e'
), scripts AS (
    SELECT m.extension, m.xid, pg_catalog.max(m.command) AS last
    FROM members AS m
    GROUP BY m.extension, m.xid
), tables AS (
    SELECT m.extension, e.extname, c.oid AS relation, n.nspname,
        pg_catalog.format('%s.%s', pg_catalog.quote_ident(n.nspname::pg_catalog.text),
            pg_catalog.quote_ident(c.relname::pg_catalog.text)) AS name,
        c.relrowsecurity, c.relforcerowsecurity, c.xmin::pg_catalog.text AS xid,
        c.cmin::pg_catalog.text::pg_catalog.int8 AS command,
        e.oid OPERATOR(pg_catalog.<) c.oid AS is_of_this_cluster
    FROM members AS m
    JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) m.extension
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) m.objid
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'f', 'm', 'v']::pg_catalog."char"[])
), objects AS (
    SELECT 1 AS place, 'index' AS kind, t.relation, 'pg_catalog.pg_class'::pg_catalog.regclass AS classid, i.indexrelid AS objid,
        c.relname::pg_catalog.text AS name,
        -- A partitioned one is made with those of the partitions.
        CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'I' THEN pg_catalog.replace(pg_catalog.pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
            ELSE pg_catalog.pg_get_indexdef(i.indexrelid)
        END AS statement,
        NULL::pg_catalog.text AS more,
        pg_catalog.format('INDEX %s.%s', pg_catalog.quote_ident(t.nspname::pg_catalog.text),
            pg_catalog.quote_ident(c.relname::pg_catalog.text)) AS comment_on
    FROM tables AS t
    JOIN pg_catalog.pg_index AS i ON i.indrelid OPERATOR(pg_catalog.=) t.relation
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
    WHERE i.indisvalid
        AND NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_constraint AS k
            WHERE k.conindid OPERATOR(pg_catalog.=) i.indexrelid AND k.conrelid OPERATOR(pg_catalog.=) i.indrelid
        )
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid OPERATOR(pg_catalog.=) i.indexrelid)
    UNION ALL
    SELECT CASE WHEN k.contype OPERATOR(pg_catalog.=) 'f' THEN 3 ELSE 2 END, 'constraint', t.relation,
        'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, k.conname::pg_catalog.text,
        pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %s ', t.name, pg_catalog.quote_ident(k.conname::pg_catalog.text))
            OPERATOR(pg_catalog.||) pg_catalog.pg_get_constraintdef(k.oid),
        NULL,
        pg_catalog.format('CONSTRAINT %s ON %s', pg_catalog.quote_ident(k.conname::pg_catalog.text), t.name)
    FROM tables AS t
    JOIN pg_catalog.pg_constraint AS k ON k.conrelid OPERATOR(pg_catalog.=) t.relation
    WHERE k.conislocal
        AND k.contype OPERATOR(pg_catalog.=) ANY (ARRAY['c', 'f', 'n', 'p', 'u', 'x']::pg_catalog."char"[])
    UNION ALL
    SELECT 4, 'statistics object', t.relation, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid,
        s.stxname::pg_catalog.text, pg_catalog.pg_get_statisticsobjdef(s.oid),
        pg_catalog.format('ALTER STATISTICS %s.%s OWNER TO %s', pg_catalog.quote_ident(n.nspname::pg_catalog.text),
            pg_catalog.quote_ident(s.stxname::pg_catalog.text),
            pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.stxowner)::pg_catalog.text)),
        pg_catalog.format('STATISTICS %s.%s', pg_catalog.quote_ident(n.nspname::pg_catalog.text),
            pg_catalog.quote_ident(s.stxname::pg_catalog.text))
    FROM tables AS t
    JOIN pg_catalog.pg_statistic_ext AS s ON s.stxrelid OPERATOR(pg_catalog.=) t.relation
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) s.stxnamespace
    UNION ALL
    SELECT 5, 'trigger', t.relation, 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid, g.tgname::pg_catalog.text,
        pg_catalog.pg_get_triggerdef(g.oid),
        CASE WHEN g.tgenabled OPERATOR(pg_catalog.<>) 'O' THEN
            pg_catalog.format('ALTER TABLE %s %s TRIGGER %s', t.name,
                CASE WHEN g.tgenabled OPERATOR(pg_catalog.=) 'D' THEN 'DISABLE'
                    WHEN g.tgenabled OPERATOR(pg_catalog.=) 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
                pg_catalog.quote_ident(g.tgname::pg_catalog.text))
        END,
        pg_catalog.format('TRIGGER %s ON %s', pg_catalog.quote_ident(g.tgname::pg_catalog.text), t.name)
    FROM tables AS t
    JOIN pg_catalog.pg_trigger AS g ON g.tgrelid OPERATOR(pg_catalog.=) t.relation
    WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 6, 'rule', t.relation, 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, w.rulename::pg_catalog.text,
        pg_catalog.rtrim(pg_catalog.pg_get_ruledef(w.oid), ';'),
        CASE WHEN w.ev_enabled OPERATOR(pg_catalog.<>) 'O' THEN
            pg_catalog.format('ALTER TABLE %s %s RULE %s', t.name,
                CASE WHEN w.ev_enabled OPERATOR(pg_catalog.=) 'D' THEN 'DISABLE'
                    WHEN w.ev_enabled OPERATOR(pg_catalog.=) 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END,
                pg_catalog.quote_ident(w.rulename::pg_catalog.text))
        END,
        pg_catalog.format('RULE %s ON %s', pg_catalog.quote_ident(w.rulename::pg_catalog.text), t.name)
    FROM tables AS t
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class OPERATOR(pg_catalog.=) t.relation
    WHERE w.rulename OPERATOR(pg_catalog.<>) '_RETURN'::pg_catalog.name
    UNION ALL
    SELECT 7, 'row security policy', t.relation, 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid,
        p.polname::pg_catalog.text,
        pg_catalog.format('CREATE POLICY %s ON %s AS %s FOR %s TO %s', pg_catalog.quote_ident(p.polname::pg_catalog.text), t.name,
            CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
            CASE WHEN p.polcmd OPERATOR(pg_catalog.=) 'r' THEN 'SELECT' WHEN p.polcmd OPERATOR(pg_catalog.=) 'a' THEN 'INSERT'
                WHEN p.polcmd OPERATOR(pg_catalog.=) 'w' THEN 'UPDATE' WHEN p.polcmd OPERATOR(pg_catalog.=) 'd' THEN 'DELETE'
                ELSE 'ALL' END,
            (
                SELECT pg_catalog.string_agg(CASE WHEN u.role OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                    ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(u.role)::pg_catalog.text) END, ', ')
                FROM pg_catalog.unnest(p.polroles) AS u (role)
            ))
            OPERATOR(pg_catalog.||) CASE WHEN p.polqual IS NULL THEN ''
                ELSE ' USING (' OPERATOR(pg_catalog.||) pg_catalog.pg_get_expr(p.polqual, p.polrelid) OPERATOR(pg_catalog.||) ')' END
            OPERATOR(pg_catalog.||) CASE WHEN p.polwithcheck IS NULL THEN ''
                ELSE ' WITH CHECK (' OPERATOR(pg_catalog.||) pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)
                    OPERATOR(pg_catalog.||) ')' END,
        NULL,
        pg_catalog.format('POLICY %s ON %s', pg_catalog.quote_ident(p.polname::pg_catalog.text), t.name)
    FROM tables AS t
    JOIN pg_catalog.pg_policy AS p ON p.polrelid OPERATOR(pg_catalog.=) t.relation
), own AS (
    SELECT o.place, o.kind, o.relation, o.name, o.statement, o.more,
        pg_catalog.format('COMMENT ON %s IS %s', o.comment_on, pg_catalog.quote_literal(c.description)) AS comment, c.description
    FROM objects AS o
    LEFT JOIN pg_catalog.pg_description AS c
        ON c.classoid OPERATOR(pg_catalog.=) o.classid AND c.objoid OPERATOR(pg_catalog.=) o.objid
        AND c.objsubid OPERATOR(pg_catalog.=) 0
    WHERE NOT EXISTS (
            SELECT 1
            FROM pg_catalog.pg_depend AS d
            JOIN tables AS t ON t.relation OPERATOR(pg_catalog.=) o.relation AND t.is_of_this_cluster
            JOIN scripts AS s ON s.extension OPERATOR(pg_catalog.=) t.extension
                AND s.xid OPERATOR(pg_catalog.=) d.xmin::pg_catalog.text
                AND d.cmin::pg_catalog.text::pg_catalog.int8 OPERATOR(pg_catalog.<=) s.last
            WHERE d.classid OPERATOR(pg_catalog.=) o.classid AND d.objid OPERATOR(pg_catalog.=) o.objid
        )
    UNION ALL
    SELECT 8, 'row security', t.relation, t.name,
        CASE WHEN t.relrowsecurity THEN pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name) END,
        CASE WHEN t.relforcerowsecurity THEN pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.name) END,
        NULL, NULL
    FROM tables AS t
    WHERE (t.relrowsecurity OR t.relforcerowsecurity)
        AND NOT EXISTS (
            SELECT 1 FROM scripts AS s
            WHERE t.is_of_this_cluster AND s.extension OPERATOR(pg_catalog.=) t.extension
                AND s.xid OPERATOR(pg_catalog.=) t.xid AND t.command OPERATOR(pg_catalog.<=) s.last
        )
)
SELECT o.kind, o.name, t.name AS relation, t.extname::pg_catalog.text AS extension,
    ARRAY (
        SELECT u.one FROM pg_catalog.unnest(ARRAY[o.statement, o.more, CASE WHEN o.description IS NOT NULL THEN o.comment END])
            WITH ORDINALITY AS u (one, n)
        WHERE u.one IS NOT NULL
        ORDER BY u.n
    ) AS statements,
    o.statement IS NULL AND o.place OPERATOR(pg_catalog.<>) 8 AS is_gone
FROM own AS o
JOIN tables AS t ON t.relation OPERATOR(pg_catalog.=) o.relation
ORDER BY o.place, t.name, o.name
