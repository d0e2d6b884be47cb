-- Who has which privilege on what, the ones that the server gives by itself included: the object as an archive's entry of its
-- privileges has it, and with a control character between them, whom and which. An object that gives none has a row of its own.
-- A star is the right to grant it. {named} are the objects that have names. Of the server's own objects only those are here whose privileges were changed, and of
-- columns and large objects those that have some.
SELECT o.kind, pg_catalog.concat_ws(pg_catalog.chr(1), o.name, CASE WHEN p.grantee OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
    THEN pg_catalog.pg_get_userbyid(p.grantee)::pg_catalog.text ELSE '' END,
    p.privilege_type)
FROM (
    SELECT 'ACL'::pg_catalog.text AS kind, pg_catalog.concat_ws(' ', n.schema, coalesce((
            SELECT k.granted FROM (VALUES ('VIEW', 'TABLE'), ('MATERIALIZED VIEW', 'TABLE'), ('FOREIGN TABLE', 'TABLE'), ('DOMAIN', 'TYPE'),
                ('SERVER', 'FOREIGN SERVER')) AS k (kind, granted) WHERE k.kind OPERATOR(pg_catalog.=) n.kind
        ), n.kind), n.name) AS name,
        coalesce(a.acl, pg_catalog.acldefault(a.kind, a.owner)) AS acl
    FROM (
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS class, oid AS object, 0 AS part, relacl AS acl,
            CASE WHEN relkind OPERATOR(pg_catalog.=) 'S' THEN 's'::pg_catalog."char" ELSE 'r' END AS kind, relowner AS owner
        FROM pg_catalog.pg_class WHERE relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'v', 'm', 'f', 'p', 'S']::pg_catalog."char"[])
        UNION ALL
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, attrelid, attnum, attacl, 'c', 0 FROM pg_catalog.pg_attribute
        WHERE attacl IS NOT NULL
        UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, 0, proacl, 'f', proowner FROM pg_catalog.pg_proc
        UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, 0, typacl, 'T', typowner FROM pg_catalog.pg_type
        UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, 0, lanacl, 'l', lanowner FROM pg_catalog.pg_language
        UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid, 0, nspacl, 'n', nspowner FROM pg_catalog.pg_namespace
        UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, oid, 0, fdwacl, 'F', fdwowner
            FROM pg_catalog.pg_foreign_data_wrapper
        UNION ALL SELECT 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, oid, 0, srvacl, 'S', srvowner
            FROM pg_catalog.pg_foreign_server
        UNION ALL SELECT 'pg_catalog.pg_largeobject'::pg_catalog.regclass, oid, 0, lomacl, 'L', lomowner
            FROM pg_catalog.pg_largeobject_metadata WHERE lomacl IS NOT NULL
    ) AS a
    JOIN ({named}) AS n ON n.class OPERATOR(pg_catalog.=) a.class
        AND n.object OPERATOR(pg_catalog.=) a.object AND n.part OPERATOR(pg_catalog.=) a.part
    WHERE a.acl IS NOT NULL OR a.object OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    UNION ALL
    SELECT 'DEFAULT ACL', pg_catalog.concat_ws(pg_catalog.chr(2), pg_catalog.concat_ws(' ', coalesce(n.nspname, '-'), 'DEFAULT PRIVILEGES FOR',
        (
            SELECT k.kind FROM (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES'), ('n', 'SCHEMAS'),
                ('L', 'LARGE OBJECTS')) AS k (type, kind) WHERE k.type::pg_catalog."char" OPERATOR(pg_catalog.=) d.defaclobjtype
        )), pg_catalog.pg_get_userbyid(d.defaclrole)), d.defaclacl
    FROM pg_catalog.pg_default_acl AS d LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) d.defaclnamespace
) AS o
LEFT JOIN LATERAL (
    SELECT e.grantee, e.privilege_type FROM pg_catalog.aclexplode(o.acl) AS e
    UNION ALL
    SELECT e.grantee, pg_catalog.concat(e.privilege_type, '*') FROM pg_catalog.aclexplode(o.acl) AS e WHERE e.is_grantable
) AS p ON true
