SELECT EXISTS (
    SELECT FROM pg_catalog.unnest($1::pg_catalog.text[]) AS candidate,
        LATERAL pg_catalog.pg_stat_file(candidate, true) AS file
    WHERE NOT file.isdir
)
