-- Roles and databases of a script of the whole node for which a list of names is set to nothing.
SELECT r.rolname::pg_catalog.text AS role, d.datname::pg_catalog.text AS database
FROM pg_catalog.pg_db_role_setting AS s
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.setrole
LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase
WHERE (r.oid IS NOT NULL OR d.oid IS NOT NULL)
    AND (d.oid IS NULL OR (d.datallowconn AND d.datconnlimit OPERATOR(pg_catalog.<>) -2))
    AND EXISTS (
        SELECT 1 FROM pg_catalog.unnest(s.setconfig) AS element
        WHERE pg_catalog.lower(element) OPERATOR(pg_catalog.=) ANY (ARRAY[
            'local_preload_libraries=', 'search_path=', 'session_preload_libraries=', 'shared_preload_libraries=',
            'temp_tablespaces=', 'unix_socket_directories='
        ])
    )
ORDER BY 1, 2
