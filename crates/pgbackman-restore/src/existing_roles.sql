SELECT r.rolname::pg_catalog.text,
    r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, /* bypass_rls */ AS rolbypassrls,
    r.rolconnlimit,
    CASE
        WHEN r.rolvaliduntil = 'infinity' THEN 'infinity'
        ELSE pg_catalog.to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'
    END AS valid_until,
    /* password */ AS password,
    (
        SELECT s.setconfig
        FROM pg_catalog.pg_db_role_setting AS s
        WHERE s.setrole = r.oid AND s.setdatabase = 0
    ) AS settings,
    ARRAY(
        SELECT g.rolname::pg_catalog.text
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
        WHERE m.member = r.oid
    ) AS member_of
FROM /* catalog */ AS r
WHERE r.rolname::pg_catalog.text = ANY ($1)
