-- What pg_dump passes over without a word: objects that somebody has made in the server's own schemas. What belongs to an extension
-- or to another object is made with it. Collations of pg_catalog are the machine's (pg_import_system_collations).
WITH schemas AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog', 'information_schema']::pg_catalog.name[])
), own (classid, objid) AS (
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_proc AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.pronamespace
    UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_type AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.typnamespace
    UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_class AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.relnamespace
        WHERE o.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'v', 'm', 'f', 'S']::pg_catalog."char"[])
    UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_operator AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.oprnamespace
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_opclass AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.opcnamespace
    UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_conversion AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.connamespace
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_ts_config AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.cfgnamespace
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, o.oid
        FROM pg_catalog.pg_ts_dict AS o JOIN schemas AS s ON s.oid OPERATOR(pg_catalog.=) o.dictnamespace
)
SELECT pg_catalog.pg_describe_object(o.classid::pg_catalog.oid, o.objid, 0) AS name
FROM own AS o
WHERE o.objid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend AS d
        WHERE d.classid OPERATOR(pg_catalog.=) o.classid::pg_catalog.oid
            AND d.objid OPERATOR(pg_catalog.=) o.objid
            AND d.deptype OPERATOR(pg_catalog.=) ANY (ARRAY['e', 'i']::pg_catalog."char"[])
    )
ORDER BY 1
