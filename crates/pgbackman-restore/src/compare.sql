WITH own_relations AS (
    SELECT c.oid, c.relkind, c.relname
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_(catalog|toast|temp_|toast_temp_)'
      AND NOT EXISTS (
          SELECT 1 FROM pg_catalog.pg_depend AS d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
      )
)
SELECT 'TABLE'::text, count(*) FROM own_relations WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'VIEW', count(*) FROM own_relations WHERE relkind = 'v'
UNION ALL SELECT 'MATERIALIZED VIEW', count(*) FROM own_relations WHERE relkind = 'm'
UNION ALL SELECT 'SEQUENCE', count(*) FROM own_relations WHERE relkind = 'S'
UNION ALL SELECT 'FOREIGN TABLE', count(*) FROM own_relations WHERE relkind = 'f'
UNION ALL SELECT 'INDEX', count(*) FROM own_relations WHERE relkind IN ('i', 'I')
UNION ALL SELECT 'CONSTRAINT', count(*) FROM pg_catalog.pg_constraint WHERE contype IN ('p', 'u', 'x')
UNION ALL SELECT 'FK CONSTRAINT', count(*) FROM pg_catalog.pg_constraint WHERE contype = 'f'
UNION ALL SELECT 'CHECK CONSTRAINT', count(*) FROM pg_catalog.pg_constraint WHERE contype = 'c'
UNION ALL SELECT 'TRIGGER', count(*) FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'RULE', count(*) FROM pg_catalog.pg_rewrite AS r JOIN own_relations AS o ON o.oid = r.ev_class
    WHERE r.rulename <> '_RETURN'
UNION ALL SELECT 'FUNCTION', count(*) FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
UNION ALL SELECT 'SCHEMA', count(*) FROM pg_catalog.pg_namespace
UNION ALL SELECT 'EXTENSION', count(*) FROM pg_catalog.pg_extension
UNION ALL SELECT 'EVENT TRIGGER', count(*) FROM pg_catalog.pg_event_trigger
UNION ALL SELECT 'BLOB', count(*) FROM pg_catalog.pg_largeobject_metadata
