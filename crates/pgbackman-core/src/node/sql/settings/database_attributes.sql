SELECT d.datname,
    r.rolname AS owner,
    pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text AS encoding,
    /* provider */ AS provider,
    d.datcollate::pg_catalog.text AS collate,
    d.datctype::pg_catalog.text AS ctype,
    /* locale */ AS locale,
    /* rules */ AS rules,
    CASE WHEN t.spcname OPERATOR(pg_catalog.=) 'pg_default' THEN NULL ELSE t.spcname END AS tablespace,
    d.datconnlimit,
    d.datistemplate,
    d.datacl IS NOT NULL AS has_privileges,
    pg_catalog.textsend(pg_catalog.shobj_description(d.oid, 'pg_database')) AS comment
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) d.datdba
JOIN pg_catalog.pg_tablespace t ON t.oid OPERATOR(pg_catalog.=) d.dattablespace
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
