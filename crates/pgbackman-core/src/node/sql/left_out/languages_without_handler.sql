-- Languages that pg_dump writes without their handler, since one of their functions lies in pg_catalog: what it writes means
-- CREATE EXTENSION. Those of an extension are made by it.
SELECT l.lanname::pg_catalog.text AS name
FROM pg_catalog.pg_language AS l
JOIN pg_catalog.pg_proc AS p
    ON p.oid OPERATOR(pg_catalog.=) ANY (ARRAY[l.lanplcallfoid, l.laninline, l.lanvalidator])
WHERE l.lanispl
    AND l.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    AND p.pronamespace OPERATOR(pg_catalog.=) (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) 'pg_catalog')
    AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend AS e
        WHERE e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_language'::pg_catalog.regclass
            AND e.objid OPERATOR(pg_catalog.=) l.oid
            AND e.deptype OPERATOR(pg_catalog.=) 'e'
    )
GROUP BY l.lanname
ORDER BY 1
