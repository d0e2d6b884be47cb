-- What a script of the whole node has outside the contents of its databases, as bytes, with the encoding of each session in which
-- it is run: that of the database that pg_dumpall connects to first, of the database itself, and for what makes a database that
-- of the one before it, in pg_dumpall's order.
WITH first_session AS (
    SELECT encoding FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
), dumped AS (
    SELECT d.oid, d.datname, d.datdba, d.dattablespace, d.encoding,
        COALESCE(
            pg_catalog.lag(d.encoding) OVER (ORDER BY d.datname OPERATOR(pg_catalog.<>) 'template1', d.datname),
            (SELECT encoding FROM first_session)
        ) AS made_in
    FROM pg_catalog.pg_database AS d
    WHERE d.datallowconn AND d.datconnlimit OPERATOR(pg_catalog.<>) -2
), sessions (datoid, encoding) AS (
    SELECT 0::pg_catalog.oid, encoding FROM first_session
    UNION ALL SELECT oid, encoding FROM dumped
), role_uses (roleid, encoding) AS (
    SELECT r.oid, f.encoding FROM pg_catalog.pg_roles AS r CROSS JOIN first_session AS f
    UNION SELECT s.refobjid, d.encoding FROM pg_catalog.pg_shdepend AS s JOIN dumped AS d ON d.oid OPERATOR(pg_catalog.=) s.dbid
        WHERE s.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
    -- Privileges on the database itself.
    UNION SELECT s.refobjid, d.encoding FROM pg_catalog.pg_shdepend AS s JOIN dumped AS d ON d.oid OPERATOR(pg_catalog.=) s.objid
        WHERE s.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
        AND s.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
    UNION SELECT datdba, made_in FROM dumped
    UNION SELECT datdba, encoding FROM dumped
    UNION SELECT s.setrole, d.encoding FROM pg_catalog.pg_db_role_setting AS s JOIN dumped AS d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase
    -- Nothing is noted of the bootstrap superuser, 10.
    UNION SELECT 10, encoding FROM dumped
), texts (what, name, content, encoding) AS (
    SELECT 'role', r.rolname, r.rolname::pg_catalog.text, u.encoding
        FROM role_uses AS u JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) u.roleid
    UNION ALL SELECT 'database', datname, datname::pg_catalog.text, encoding FROM dumped
    UNION ALL SELECT 'database', datname, datname::pg_catalog.text, made_in FROM dumped
    -- Which databases have something in one is not known from outside.
    UNION ALL SELECT 'tablespace', t.spcname, t.spcname::pg_catalog.text, s.encoding
        FROM pg_catalog.pg_tablespace AS t CROSS JOIN sessions AS s
    UNION ALL SELECT 'comment on the role', r.rolname, c.description, f.encoding
        FROM pg_catalog.pg_shdescription AS c JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) c.objoid CROSS JOIN first_session AS f
        WHERE c.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
    UNION ALL SELECT 'comment on the tablespace', t.spcname, c.description, f.encoding
        FROM pg_catalog.pg_shdescription AS c JOIN pg_catalog.pg_tablespace AS t ON t.oid OPERATOR(pg_catalog.=) c.objoid CROSS JOIN first_session AS f
        WHERE c.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_tablespace'::pg_catalog.regclass
    UNION ALL SELECT 'comment on the database', d.datname, c.description, d.encoding
        FROM pg_catalog.pg_shdescription AS c JOIN dumped AS d ON d.oid OPERATOR(pg_catalog.=) c.objoid
        WHERE c.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
    UNION ALL SELECT 'security label of the role', r.rolname, l.label, f.encoding
        FROM pg_catalog.pg_shseclabel AS l JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) l.objoid CROSS JOIN first_session AS f
        WHERE l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
    UNION ALL SELECT 'security label of the database', d.datname, l.label, d.encoding
        FROM pg_catalog.pg_shseclabel AS l JOIN dumped AS d ON d.oid OPERATOR(pg_catalog.=) l.objoid
        WHERE l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
    UNION ALL SELECT 'settings of the role', r.rolname, pg_catalog.array_to_string(s.setconfig, ' '), p.encoding
        FROM pg_catalog.pg_db_role_setting AS s JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.setrole
        JOIN sessions AS p ON p.datoid OPERATOR(pg_catalog.=) s.setdatabase
    UNION ALL SELECT 'settings of the database', d.datname, pg_catalog.array_to_string(s.setconfig, ' '), d.encoding
        FROM pg_catalog.pg_db_role_setting AS s JOIN dumped AS d ON d.oid OPERATOR(pg_catalog.=) s.setdatabase
        WHERE s.setrole OPERATOR(pg_catalog.=) 0
)
SELECT DISTINCT what, pg_catalog.textsend(name::pg_catalog.text) AS name, pg_catalog.textsend(content) AS content,
    pg_catalog.pg_encoding_to_char(encoding)::pg_catalog.text AS encoding
FROM texts
ORDER BY 1, 2, 4
