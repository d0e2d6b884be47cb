-- What stands among the catalogue's objects and is not what sql/ makes, so that it could run somebody's code in the session of an
-- administrator: $1 our tables, $2 our functions, $3 our views. Nothing is read but pg_catalog. What a superuser or the
-- connected role owns is trusted, since nothing is to be won by it.
WITH here AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) 'public'
),
untrusted AS (
    SELECT r.oid FROM pg_catalog.pg_roles AS r
    WHERE NOT r.rolsuper AND r.rolname OPERATOR(pg_catalog.<>) SESSION_USER
),
own AS (
    SELECT c.oid, c.relkind
    FROM pg_catalog.pg_class AS c JOIN here ON c.relnamespace OPERATOR(pg_catalog.=) here.oid
    WHERE c.relname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
),
-- What is calculated whenever a row of one of our tables is written, or a query of it is planned.
expressions (classid, objid) AS (
    SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid, d.oid
    FROM pg_catalog.pg_attrdef AS d JOIN own ON d.adrelid OPERATOR(pg_catalog.=) own.oid
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid, k.oid
    FROM pg_catalog.pg_constraint AS k JOIN own ON k.conrelid OPERATOR(pg_catalog.=) own.oid
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, i.indexrelid
    FROM pg_catalog.pg_index AS i JOIN own ON i.indrelid OPERATOR(pg_catalog.=) own.oid
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid, p.oid
    FROM pg_catalog.pg_policy AS p JOIN own ON p.polrelid OPERATOR(pg_catalog.=) own.oid
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass::pg_catalog.oid, s.oid
    FROM pg_catalog.pg_statistic_ext AS s JOIN own ON s.stxrelid OPERATOR(pg_catalog.=) own.oid
),
found (classid, objid, why) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, own.oid, 'it is no plain table'
    FROM own WHERE own.relkind OPERATOR(pg_catalog.<>) 'r'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 'it is no plain view'
    FROM pg_catalog.pg_class AS c JOIN here ON c.relnamespace OPERATOR(pg_catalog.=) here.oid
    WHERE c.relname OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[]) AND c.relkind OPERATOR(pg_catalog.<>) 'v'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, h.inhrelid, 'it inherits from a table of the catalogue, or the other way round'
    FROM pg_catalog.pg_inherits AS h
    JOIN own ON h.inhparent OPERATOR(pg_catalog.=) own.oid OR h.inhrelid OPERATOR(pg_catalog.=) own.oid
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, 'the catalogue has no rules'
    FROM pg_catalog.pg_rewrite AS r JOIN own ON r.ev_class OPERATOR(pg_catalog.=) own.oid
    WHERE own.relkind OPERATOR(pg_catalog.=) 'r'
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 'it is no policy of the catalogue'
    FROM pg_catalog.pg_policy AS p JOIN own ON p.polrelid OPERATOR(pg_catalog.=) own.oid
    WHERE p.polname OPERATOR(pg_catalog.<>) 'no_secrets'
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 'it calls a function that is not the catalogue''s'
    FROM pg_catalog.pg_trigger AS t
    JOIN own ON t.tgrelid OPERATOR(pg_catalog.=) own.oid
    JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid
    JOIN untrusted AS u ON u.oid OPERATOR(pg_catalog.=) p.proowner
    WHERE NOT t.tgisinternal AND NOT EXISTS (
        SELECT FROM here WHERE here.oid OPERATOR(pg_catalog.=) p.pronamespace
            AND p.proname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[])
    )
    UNION ALL
    SELECT e.classid, e.objid,
        pg_catalog.concat('it uses the ', pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0))
    FROM expressions AS e
    JOIN pg_catalog.pg_depend AS d
        ON d.classid OPERATOR(pg_catalog.=) e.classid AND d.objid OPERATOR(pg_catalog.=) e.objid
    WHERE d.refobjid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
        AND d.refclassid OPERATOR(pg_catalog.=) ANY (ARRAY[
            'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid,
            'pg_catalog.pg_operator'::pg_catalog.regclass::pg_catalog.oid,
            'pg_catalog.pg_opclass'::pg_catalog.regclass::pg_catalog.oid,
            'pg_catalog.pg_opfamily'::pg_catalog.regclass::pg_catalog.oid,
            'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid
        ])
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, own.oid,
        pg_catalog.concat('its column ', a.attname, ' is of the type ', pg_catalog.format_type(a.atttypid, a.atttypmod))
    FROM pg_catalog.pg_attribute AS a JOIN own ON a.attrelid OPERATOR(pg_catalog.=) own.oid
    WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
        AND a.atttypid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 'it could take the place of one of PostgreSQL''s'
    FROM pg_catalog.pg_operator AS o
    JOIN here ON o.oprnamespace OPERATOR(pg_catalog.=) here.oid
    JOIN untrusted AS u ON u.oid OPERATOR(pg_catalog.=) o.oprowner
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'it has the name of one of PostgreSQL''s'
    FROM pg_catalog.pg_proc AS p
    JOIN here ON p.pronamespace OPERATOR(pg_catalog.=) here.oid
    JOIN untrusted AS u ON u.oid OPERATOR(pg_catalog.=) p.proowner
    WHERE EXISTS (
        SELECT FROM pg_catalog.pg_proc AS s
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) s.pronamespace
        WHERE n.nspname OPERATOR(pg_catalog.=) 'pg_catalog' AND s.proname OPERATOR(pg_catalog.=) p.proname
    )
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 'it is no plain function'
    FROM pg_catalog.pg_proc AS p JOIN here ON p.pronamespace OPERATOR(pg_catalog.=) here.oid
    WHERE p.proname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]) AND p.prokind OPERATOR(pg_catalog.<>) 'f'
)
SELECT DISTINCT pg_catalog.concat(
    pg_catalog.pg_describe_object(found.classid, found.objid, 0), ' (', found.why, ')'
) COLLATE pg_catalog."C" AS object
FROM found
ORDER BY 1
