-- Whose objects have comments and security labels: the class, the name as an archive's entry about them has it, and the comment of what
-- has one by itself, extensions and the schema public. {named} are the objects that have names. What an extension's script has
-- commented is its own.
SELECT l.kind, pg_catalog.concat_ws(' ', o.schema, o.kind, o.name), CASE
    WHEN l.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid
    OR l.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid
      AND l.object OPERATOR(pg_catalog.<) 16384::pg_catalog.oid THEN l.text END
FROM (
    SELECT 'COMMENT'::pg_catalog.text AS kind, classoid AS class, objoid AS object, objsubid AS part, description AS text
    FROM pg_catalog.pg_description
    WHERE objoid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
      OR classoid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_largeobject'::pg_catalog.regclass,
          'pg_catalog.pg_extension'::pg_catalog.regclass]::pg_catalog.oid[])
      OR classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND objoid OPERATOR(pg_catalog.=)
          (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) 'public')
    UNION
    SELECT 'SECURITY LABEL', classoid, objoid, objsubid, NULL FROM pg_catalog.pg_seclabel
) AS l
LEFT JOIN ({named}) AS o ON o.class OPERATOR(pg_catalog.=) l.class AND o.object OPERATOR(pg_catalog.=) l.object
    AND o.part OPERATOR(pg_catalog.=) l.part
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid OPERATOR(pg_catalog.=) l.class
      AND d.objid OPERATOR(pg_catalog.=) l.object AND d.deptype OPERATOR(pg_catalog.=) 'e'
)
