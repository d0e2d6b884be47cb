-- What a database of this encoding sees in these bytes, in UTF-8; nothing where other bytes would come back.
SELECT seen.text
FROM (SELECT pg_catalog.convert($1::pg_catalog.bytea, $2::pg_catalog.text::pg_catalog.name, 'UTF8') AS text) AS seen
WHERE pg_catalog.convert(seen.text, 'UTF8', $2::pg_catalog.text::pg_catalog.name) OPERATOR(pg_catalog.=) $1::pg_catalog.bytea
