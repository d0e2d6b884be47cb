SELECT r.rolname, m.rolname, g.rolname, COALESCE(g.oid OPERATOR(pg_catalog.=) 10, false) AS by_bootstrap_superuser,
    a.admin_option, /* options */
FROM pg_catalog.pg_auth_members a
JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) a.roleid
JOIN pg_catalog.pg_roles m ON m.oid OPERATOR(pg_catalog.=) a.member
LEFT JOIN pg_catalog.pg_roles g ON g.oid OPERATOR(pg_catalog.=) a.grantor
WHERE a.member OPERATOR(pg_catalog.=) ANY ($1)
    AND NOT (r.oid OPERATOR(pg_catalog.<) 16384 AND r.oid OPERATOR(pg_catalog.<>) 10 AND m.oid OPERATOR(pg_catalog.<) 16384 AND m.oid OPERATOR(pg_catalog.<>) 10)
ORDER BY r.rolname, m.rolname, g.rolname
