-- The last value that each sequence has given; NULL where it has given none. Only those that the role may ask.
SELECT s.seqrelid AS oid, pg_catalog.pg_sequence_last_value(s.seqrelid) AS last
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) s.seqrelid
WHERE c.relpersistence OPERATOR(pg_catalog.=) 'p'
    AND pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
