-- What goes before the repeatable set is applied: our views ($1), our triggers and functions ($2), in this order.
-- droppable is false for a function that belongs to somebody else.
SELECT 'VIEW' AS kind, c.oid, format('%I.%I', 'public', c.relname) AS name, true AS droppable
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' AND c.relname = ANY ($1)
UNION ALL
SELECT 'TRIGGER', t.oid, format('%I ON %s', t.tgname, t.tgrelid::regclass), true
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND p.pronamespace = 'public'::regnamespace AND p.proname = ANY ($2)
UNION ALL
SELECT 'FUNCTION', p.oid, p.oid::regprocedure::text,
    pg_catalog.pg_has_role(current_user, p.proowner, 'USAGE') OR pg_catalog.pg_has_role(current_user, n.nspowner, 'USAGE')
FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = 'public' AND p.proname = ANY ($2) AND p.prokind = 'f'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS d
      WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  )
