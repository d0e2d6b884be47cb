-- Which of these names the patterns choose, as pg_dump reads them.
SELECT x.name
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS x (name)
WHERE x.name OPERATOR(pg_catalog.~) ANY ($2::pg_catalog.text[])
