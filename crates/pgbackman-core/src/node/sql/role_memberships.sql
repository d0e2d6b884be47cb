SELECT r.rolname, m.rolname, g.rolname, COALESCE(g.oid = 10, false) AS by_bootstrap_superuser,
    a.admin_option, /* options */
FROM pg_catalog.pg_auth_members a
JOIN pg_catalog.pg_roles r ON r.oid = a.roleid
JOIN pg_catalog.pg_roles m ON m.oid = a.member
LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantor
WHERE a.member = ANY ($1)
    AND NOT (r.oid < 16384 AND r.oid <> 10 AND m.oid < 16384 AND m.oid <> 10)
ORDER BY r.rolname, m.rolname, g.rolname
