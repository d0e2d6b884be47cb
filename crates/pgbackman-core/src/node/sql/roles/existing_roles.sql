SELECT r.rolname::pg_catalog.text,
    r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, /* bypass_rls */ AS rolbypassrls,
    r.rolconnlimit,
    CASE
        WHEN r.rolvaliduntil OPERATOR(pg_catalog.=) 'infinity' THEN 'infinity'
        ELSE pg_catalog.to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') OPERATOR(pg_catalog.||) '+00'
    END AS valid_until,
    /* password */ AS password,
    (
        SELECT ARRAY(SELECT pg_catalog.textsend(element) FROM pg_catalog.unnest(s.setconfig) AS element)
        FROM pg_catalog.pg_db_role_setting AS s
        WHERE s.setrole OPERATOR(pg_catalog.=) r.oid AND s.setdatabase OPERATOR(pg_catalog.=) 0
    ) AS settings,
    ARRAY(
        SELECT pg_catalog.textsend(g.rolname::pg_catalog.text)
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS g ON g.oid OPERATOR(pg_catalog.=) m.roleid
        WHERE m.member OPERATOR(pg_catalog.=) r.oid
    ) AS member_of
FROM /* catalog */ AS r
WHERE r.rolname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1)
