NOT EXISTS (
    SELECT 1
    FROM pg_catalog.pg_init_privs i
    WHERE i.objoid = o.oid
        AND i.classoid = 'pg_catalog./* catalog */'::pg_catalog.regclass
        AND i.objsubid = 0
        AND i.initprivs = o./* acl */
)
