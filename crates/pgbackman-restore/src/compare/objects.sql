-- What a database has, as an archive calls it: the class of the kind, and `schema name` (`-` where there is no schema).
-- What belongs to a table is there by the table's name and its own, and by its own alone, as clients before 9.6 list it.
SELECT 'RELATION'::pg_catalog.text, pg_catalog.concat_ws(' ', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.<>) 't'
UNION ALL
SELECT 'ATTACH', pg_catalog.concat_ws(' ', n.nspname, c.relname)
FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.inhrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
UNION ALL
SELECT 'OWNED SEQUENCE', pg_catalog.concat_ws(' ', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) 'S' AND EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.refobjsubid OPERATOR(pg_catalog.>) 0
      AND d.deptype OPERATOR(pg_catalog.=) ANY (ARRAY['a', 'i']::pg_catalog."char"[])
)
UNION ALL
SELECT o.kind, pg_catalog.concat_ws(' ', n.nspname, named.name)
FROM (
    SELECT 'DEFAULT'::pg_catalog.text AS kind, d.adrelid AS relation, a.attname AS name
    FROM pg_catalog.pg_attrdef AS d
    JOIN pg_catalog.pg_attribute AS a
      ON a.attrelid OPERATOR(pg_catalog.=) d.adrelid AND a.attnum OPERATOR(pg_catalog.=) d.adnum
    UNION ALL
    SELECT 'CONSTRAINT', conrelid, conname FROM pg_catalog.pg_constraint WHERE conrelid OPERATOR(pg_catalog.<>) 0
    UNION ALL
    -- The triggers of a partition that come from its parent's are internal ones before 15.
    SELECT 'TRIGGER', tgrelid, tgname FROM pg_catalog.pg_trigger
    UNION ALL
    -- The archive says of a partition's trigger only whether it fires, where it does otherwise than its parent's.
    SELECT 'TRIGGER STATE', tgrelid, pg_catalog.concat_ws(' ', tgname, tgenabled) FROM pg_catalog.pg_trigger
    UNION ALL
    -- A view that needs a constraint, or itself, is made without its query first; its query is then listed as a rule.
    SELECT 'RULE', r.ev_class, r.rulename FROM pg_catalog.pg_rewrite AS r
    WHERE r.rulename OPERATOR(pg_catalog.<>) '_RETURN' OR EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          AND d.objid OPERATOR(pg_catalog.=) r.oid AND d.refobjid OPERATOR(pg_catalog.<>) r.ev_class
          AND d.refclassid OPERATOR(pg_catalog.<>) ALL (
              ARRAY['pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_collation'::pg_catalog.regclass]::pg_catalog.oid[]
          )
    ) OR pg_catalog.pg_get_viewdef(r.ev_class) OPERATOR(pg_catalog.!~) '^\s*SELECT NULL::'
) AS o
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) o.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
CROSS JOIN LATERAL (VALUES (pg_catalog.concat_ws(' ', c.relname, o.name)), (o.name::pg_catalog.text)) AS named (name)
WHERE n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['pg_catalog', 'information_schema']::pg_catalog.name[])
UNION ALL
SELECT 'CONSTRAINT', pg_catalog.concat_ws(' ', n.nspname, named.name)
FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) c.contypid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
CROSS JOIN LATERAL (VALUES (pg_catalog.concat_ws(' ', t.typname, c.conname)), (c.conname::pg_catalog.text)) AS named (name)
UNION ALL
SELECT o.kind, pg_catalog.concat_ws(' ', n.nspname, o.name)
FROM (
    -- Without the arguments: extensions and types may have others of the name.
    SELECT 'ROUTINE'::pg_catalog.text AS kind, pronamespace AS schema, proname AS name,
        'pg_catalog.pg_proc'::pg_catalog.regclass AS class, oid AS object FROM pg_catalog.pg_proc
    UNION ALL SELECT 'SHELL TYPE', typnamespace, typname, NULL, NULL FROM pg_catalog.pg_type
    UNION ALL SELECT 'TYPE', typnamespace, typname, NULL, NULL FROM pg_catalog.pg_type WHERE typisdefined
    UNION ALL SELECT 'COLLATION', collnamespace, collname, NULL, NULL FROM pg_catalog.pg_collation
    UNION ALL SELECT 'CONVERSION', connamespace, conname, NULL, NULL FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'OPERATOR', oprnamespace, oprname, 'pg_catalog.pg_operator'::pg_catalog.regclass, oid FROM pg_catalog.pg_operator
    UNION ALL SELECT 'OPERATOR CLASS', opcnamespace, opcname, 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'OPERATOR FAMILY', opfnamespace, opfname, 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 'TEXT SEARCH CONFIGURATION', cfgnamespace, cfgname, NULL, NULL FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 'TEXT SEARCH DICTIONARY', dictnamespace, dictname, NULL, NULL FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 'TEXT SEARCH PARSER', prsnamespace, prsname, NULL, NULL FROM pg_catalog.pg_ts_parser
    UNION ALL SELECT 'TEXT SEARCH TEMPLATE', tmplnamespace, tmplname, NULL, NULL FROM pg_catalog.pg_ts_template
) AS o
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) o.schema
WHERE n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['pg_catalog', 'information_schema']::pg_catalog.name[])
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid OPERATOR(pg_catalog.=) o.class
      AND d.objid OPERATOR(pg_catalog.=) o.object AND d.deptype OPERATOR(pg_catalog.=) ANY (ARRAY['e', 'i']::pg_catalog."char"[])
)
UNION ALL
SELECT o.kind, pg_catalog.concat_ws(' ', '-', o.name)
FROM (
    SELECT 'SCHEMA'::pg_catalog.text AS kind, nspname::pg_catalog.text AS name FROM pg_catalog.pg_namespace
    UNION ALL SELECT 'EXTENSION', extname FROM pg_catalog.pg_extension
    UNION ALL SELECT 'EVENT TRIGGER', evtname FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'PROCEDURAL LANGUAGE', lanname FROM pg_catalog.pg_language
    UNION ALL SELECT 'ACCESS METHOD', amname FROM pg_catalog.pg_am
    UNION ALL SELECT 'FOREIGN DATA WRAPPER', fdwname FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'SERVER', srvname FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'BLOB', oid::pg_catalog.text FROM pg_catalog.pg_largeobject_metadata
) AS o
UNION ALL
-- initdb's own have OIDs below 16384; types of ranges have their own.
SELECT 'CAST', pg_catalog.concat('- CAST (', pg_catalog.format_type(c.castsource, NULL), ' AS ', pg_catalog.format_type(c.casttarget, NULL), ')')
FROM pg_catalog.pg_cast AS c
WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_cast'::pg_catalog.regclass
      AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.deptype OPERATOR(pg_catalog.=) ANY (ARRAY['e', 'i']::pg_catalog."char"[])
)
UNION ALL
SELECT 'USER MAPPING', pg_catalog.concat('- USER MAPPING ', usename, ' SERVER ', srvname) FROM pg_catalog.pg_user_mappings
UNION ALL
-- The server makes the schema public: of it the archive has the owner.
SELECT 'SCHEMA OWNER', pg_catalog.concat_ws(' ', '-', nspname, pg_catalog.pg_get_userbyid(nspowner)) FROM pg_catalog.pg_namespace
