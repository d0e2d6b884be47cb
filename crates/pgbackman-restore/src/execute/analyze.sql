-- The tables that ANALYZE is run for: of a tree of partitions or children with a foreign table its own tables alone, since the
-- statistics of the whole tree would be asked of the foreign server. What a partitioned table's ANALYZE does for its partitions
-- needs none of theirs: those are named with the ones above them.
WITH RECURSIVE trees AS (
    SELECT inhparent AS top, inhrelid AS member FROM pg_catalog.pg_inherits
    UNION
    SELECT t.top, i.inhrelid
    FROM trees AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) t.member
), far AS (
    SELECT DISTINCT t.top FROM trees AS t JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.member
    WHERE c.relkind OPERATOR(pg_catalog.=) 'f'
), above AS (
    SELECT t.member, t.top FROM trees AS t JOIN pg_catalog.pg_class AS p ON p.oid OPERATOR(pg_catalog.=) t.top
    WHERE p.relkind OPERATOR(pg_catalog.=) 'p' AND NOT EXISTS (SELECT FROM far AS f WHERE f.top OPERATOR(pg_catalog.=) t.top)
)
SELECT c.oid, pg_catalog.format('ANALYZE %I.%I', n.nspname, c.relname),
    ARRAY(SELECT a.top FROM above AS a WHERE a.member OPERATOR(pg_catalog.=) c.oid)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'm', 'p']::pg_catalog."char"[])
  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
  AND NOT EXISTS (SELECT FROM far AS f WHERE f.top OPERATOR(pg_catalog.=) c.oid)
ORDER BY (SELECT pg_catalog.count(*) FROM above AS a WHERE a.member OPERATOR(pg_catalog.=) c.oid), c.oid
