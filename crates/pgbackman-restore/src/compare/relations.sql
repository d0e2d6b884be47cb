-- Relations that can hold rows or a number: schema and name as an archive has them, the same ready to be used in a query, and the
-- kind; 'w' is a materialized view that waits for its rows.
SELECT pg_catalog.convert_to(pg_catalog.concat_ws(' ', n.nspname, c.relname), pg_catalog.getdatabaseencoding()),
    pg_catalog.convert_to(pg_catalog.concat_ws('.', pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(c.relname)),
        CASE WHEN 'SQL_ASCII' OPERATOR(pg_catalog.=) ANY (ARRAY[
                pg_catalog.getdatabaseencoding()::pg_catalog.text, pg_catalog.current_setting('client_encoding')])
            THEN pg_catalog.getdatabaseencoding() ELSE 'UTF8' END),
    CASE WHEN c.relispopulated THEN c.relkind ELSE 'w'::pg_catalog."char" END
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'm', 'S']::pg_catalog."char"[])
