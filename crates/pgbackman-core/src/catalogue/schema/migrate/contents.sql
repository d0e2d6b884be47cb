-- What a catalogue is made of: the columns of our tables ($1), and what the last installation or upgrade noted (contents.rs).
SELECT ARRAY(
        SELECT pg_catalog.concat(c.relname, '.', a.attname)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
        WHERE n.nspname OPERATOR(pg_catalog.=) 'public' AND c.relkind OPERATOR(pg_catalog.=) 'r'
          AND c.relname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
          AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
    ) AS columns,
    pg_catalog.obj_description('public.pgbackman_version'::pg_catalog.regclass, 'pg_class') AS noted
