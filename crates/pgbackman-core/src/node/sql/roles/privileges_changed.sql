NOT EXISTS (
    SELECT 1
    FROM pg_catalog.pg_init_privs i
    WHERE i.objoid OPERATOR(pg_catalog.=) o.oid
        AND i.classoid OPERATOR(pg_catalog.=) 'pg_catalog./* catalog */'::pg_catalog.regclass
        AND i.objsubid OPERATOR(pg_catalog.=) 0
        AND i.initprivs OPERATOR(pg_catalog.=) o./* acl */
)
