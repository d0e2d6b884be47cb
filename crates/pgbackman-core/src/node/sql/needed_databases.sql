SELECT d.datname::pg_catalog.text AS name,
    pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text AS encoding,
    /* provider */ AS provider,
    d.datcollate::pg_catalog.text AS collate,
    d.datctype::pg_catalog.text AS ctype,
    /* locale */ AS locale,
    /* version */ AS collation_version,
    CASE WHEN t.spcname OPERATOR(pg_catalog.=) 'pg_default' THEN NULL ELSE t.spcname::pg_catalog.text END AS tablespace
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_tablespace t ON t.oid OPERATOR(pg_catalog.=) d.dattablespace
WHERE CASE WHEN $1::pg_catalog.bool THEN d.datallowconn AND d.datconnlimit OPERATOR(pg_catalog.<>) -2
    ELSE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() END
ORDER BY 1
