-- Objects that may have a comment or a security label: their catalog, OID and column, and schema
-- (`-` where there is none), kind and name as an archive's entry about them has them, where names are quoted.
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS class, c.oid AS object, 0 AS part,
    n.nspname::pg_catalog.text AS schema, coalesce((
        SELECT k.kind FROM (VALUES ('v', 'VIEW'), ('m', 'MATERIALIZED VIEW'), ('f', 'FOREIGN TABLE'), ('S', 'SEQUENCE'), ('i', 'INDEX'),
            ('I', 'INDEX')) AS k (relkind, kind) WHERE k.relkind::pg_catalog."char" OPERATOR(pg_catalog.=) c.relkind
    ), 'TABLE') AS kind, c.relname::pg_catalog.text AS name
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
UNION ALL
SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum,
    n.nspname, 'COLUMN', pg_catalog.concat_ws('.', c.relname, a.attname)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
WHERE a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
UNION ALL
SELECT o.class, o.object, 0, n.nspname, o.kind, pg_catalog.concat_ws(' ', o.name, 'ON', c.relname)
FROM (
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass AS class, oid AS object, 'CONSTRAINT'::pg_catalog.text AS kind, conname AS name,
        conrelid AS relation FROM pg_catalog.pg_constraint
    UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, oid, 'TRIGGER', tgname, tgrelid FROM pg_catalog.pg_trigger
    UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, oid, 'RULE', rulename, ev_class FROM pg_catalog.pg_rewrite
) AS o (class, object, kind, name, relation)
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) o.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
UNION ALL
SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid, 0,
    n.nspname, 'CONSTRAINT', pg_catalog.concat_ws(' ', c.conname, 'ON DOMAIN', t.typname)
FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) c.contypid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
UNION ALL
SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0,
    n.nspname, CASE WHEN t.typtype OPERATOR(pg_catalog.=) 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.typname
FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
UNION ALL
-- Functions, procedures and aggregates are told apart by their arguments.
SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, n.nspname, 'FUNCTION',
    pg_catalog.concat(p.proname, '(', CASE WHEN p.pronargs OPERATOR(pg_catalog.=) 0 AND EXISTS (
        SELECT FROM pg_catalog.pg_aggregate AS a WHERE a.aggfnoid OPERATOR(pg_catalog.=) p.oid
    ) THEN '*' ELSE (
        SELECT pg_catalog.string_agg(pg_catalog.format_type(a.type, NULL), ', ' ORDER BY a.number)
        FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, number)
    ) END, ')')
FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
UNION ALL
SELECT o.class, o.object, 0, n.nspname, o.kind, o.name::pg_catalog.text
FROM (
    SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass AS class, oid AS object, 'COLLATION'::pg_catalog.text AS kind, collname AS name,
        collnamespace AS schema FROM pg_catalog.pg_collation
    UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, oid, 'CONVERSION', conname, connamespace FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid, 'OPERATOR', oprname, oprnamespace FROM pg_catalog.pg_operator
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid, 'OPERATOR CLASS', opcname, opcnamespace FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid, 'OPERATOR FAMILY', opfname, opfnamespace FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid, 'TEXT SEARCH CONFIGURATION', cfgname, cfgnamespace FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, oid, 'TEXT SEARCH DICTIONARY', dictname, dictnamespace FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, oid, 'TEXT SEARCH PARSER', prsname, prsnamespace FROM pg_catalog.pg_ts_parser
    UNION ALL SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, oid, 'TEXT SEARCH TEMPLATE', tmplname, tmplnamespace FROM pg_catalog.pg_ts_template
) AS o
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) o.schema
UNION ALL
SELECT o.class, o.object, 0, '-', o.kind, o.name
FROM (
    SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass AS class, oid AS object, 'SCHEMA'::pg_catalog.text AS kind,
        nspname::pg_catalog.text AS name FROM pg_catalog.pg_namespace
    UNION ALL SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass, oid, 'EXTENSION', extname FROM pg_catalog.pg_extension
    UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid, 'EVENT TRIGGER', evtname FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, 'LANGUAGE', lanname FROM pg_catalog.pg_language
    UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, 'FOREIGN DATA WRAPPER', fdwname
        FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid, 'SERVER', srvname FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'pg_catalog.pg_largeobject'::pg_catalog.regclass, oid, 'LARGE OBJECT', oid::pg_catalog.text
        FROM pg_catalog.pg_largeobject_metadata
) AS o
UNION ALL
-- Clients have had several names for these.
SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid, 0, '-', 'CAST', '' FROM pg_catalog.pg_cast
