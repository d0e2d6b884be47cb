-- Triggers that fire when rows are copied into a table: enabled ones, on INSERT, made by somebody (on a partition before 15
-- also its copy of the partitioned table's, which is an internal one without a constraint).
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, t.tgname::pg_catalog.text
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE (NOT t.tgisinternal OR t.tgconstraint OPERATOR(pg_catalog.=) 0)
AND t.tgenabled OPERATOR(pg_catalog.<>) 'D' AND t.tgenabled OPERATOR(pg_catalog.<>) 'R'
AND (t.tgtype::pg_catalog.int4 OPERATOR(pg_catalog.&) 4) OPERATOR(pg_catalog.<>) 0
ORDER BY 1, 2, 3
