-- Functions and procedures that set a list of names to nothing, as CREATE FUNCTION ... SET search_path FROM CURRENT stores it.
SELECT p.oid::pg_catalog.regprocedure::pg_catalog.text AS name
FROM pg_catalog.pg_proc AS p
WHERE p.proconfig IS NOT NULL
    AND EXISTS (
        SELECT 1 FROM pg_catalog.unnest(p.proconfig) AS element
        WHERE pg_catalog.lower(element) OPERATOR(pg_catalog.=) ANY (ARRAY[
            'local_preload_libraries=', 'search_path=', 'session_preload_libraries=', 'shared_preload_libraries=',
            'temp_tablespaces=', 'unix_socket_directories='
        ])
    )
    AND p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    -- What belongs to an extension is made by CREATE EXTENSION.
    AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend AS e
        WHERE e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND e.objid OPERATOR(pg_catalog.=) p.oid
            AND e.deptype OPERATOR(pg_catalog.=) 'e'
    )
ORDER BY 1
