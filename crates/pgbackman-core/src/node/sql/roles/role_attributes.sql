SELECT r.oid,
    r.rolname,
    pg_catalog.convert_to(r.rolname::pg_catalog.text, (
        SELECT pg_catalog.pg_encoding_to_char(encoding)
        FROM pg_catalog.pg_database
        WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    )) AS encoded,
    r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
    /* bypass_rls */ AS rolbypassrls,
    r.rolconnlimit,
    CASE
        WHEN r.rolvaliduntil OPERATOR(pg_catalog.=) 'infinity' THEN 'infinity'
        WHEN r.rolvaliduntil OPERATOR(pg_catalog.=) '-infinity' THEN '-infinity'
        ELSE pg_catalog.to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') OPERATOR(pg_catalog.||) '+00'
    END AS valid_until,
    /* password */ AS password,
    pg_catalog.textsend(pg_catalog.shobj_description(r.oid, 'pg_authid')) AS comment
FROM /* catalog */ r
WHERE r.oid OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY r.rolname
