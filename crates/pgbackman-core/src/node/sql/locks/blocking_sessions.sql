SELECT b.pid, a.usename::pg_catalog.text, a.application_name, a.datname::pg_catalog.text, a.query_start::pg_catalog.text
FROM (
    SELECT DISTINCT u.pid
    FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1::pg_catalog.int4)) AS u (pid)
) b
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) b.pid
ORDER BY b.pid
