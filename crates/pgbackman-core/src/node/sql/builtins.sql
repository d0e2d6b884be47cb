-- What the server has of its own, by kind.
WITH own AS (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) 'pg_catalog'
), named (kind, name) AS (
    SELECT 'types', t.typname::pg_catalog.text
      FROM pg_catalog.pg_type AS t JOIN own ON own.oid OPERATOR(pg_catalog.=) t.typnamespace
    UNION ALL
    SELECT 'functions', p.proname::pg_catalog.text
      FROM pg_catalog.pg_proc AS p JOIN own ON own.oid OPERATOR(pg_catalog.=) p.pronamespace
    UNION ALL
    SELECT 'relations', c.relname::pg_catalog.text
      FROM pg_catalog.pg_class AS c JOIN own ON own.oid OPERATOR(pg_catalog.=) c.relnamespace
    UNION ALL
    SELECT 'configurations', c.cfgname::pg_catalog.text
      FROM pg_catalog.pg_ts_config AS c JOIN own ON own.oid OPERATOR(pg_catalog.=) c.cfgnamespace
    UNION ALL
    SELECT 'dictionaries', d.dictname::pg_catalog.text
      FROM pg_catalog.pg_ts_dict AS d JOIN own ON own.oid OPERATOR(pg_catalog.=) d.dictnamespace
    UNION ALL
    SELECT 'words', k.word::pg_catalog.text FROM pg_catalog.pg_get_keywords() AS k
)
SELECT kind, pg_catalog.array_agg(DISTINCT name) FROM named GROUP BY kind
