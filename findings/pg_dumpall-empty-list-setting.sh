#!/bin/sh
# pg_dumpall 17.10 writes a setting that is an empty list as nothing, which is a syntax error, and exits with status 0.
#
# `SET … FROM CURRENT` stores an empty list. The script says `TO ;`. Writing `TO ''` instead would store another value: a
# list of one library with an empty name, with which the role can no longer log in. pg_dump does the same with a function's SET clause.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE ROLE lists LOGIN' -c 'ALTER ROLE lists SET local_preload_libraries FROM CURRENT'
sql -c "SELECT set_config('search_path', '', false)" \
    -c "CREATE FUNCTION public.one() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1'" >"$work/none"
status=0
"$bin/pg_dumpall" --globals-only -f "$work/globals.sql" || status=$?
seen 'exit status of pg_dumpall' 0 "$status"
seen 'line of the script' 'ALTER ROLE lists SET local_preload_libraries TO ;' \
    "$(grep local_preload_libraries "$work/globals.sql")"

"$bin/pg_dump" --schema-only -f "$work/schema.sql"
sql -c 'CREATE DATABASE again'
status=0
sql -d again -f "$work/schema.sql" >"$work/none" 2>"$work/errors" || status=$?
seen 'exit status of psql for the dump of the function' 3 "$status"
seen 'its error' 'ERROR:  syntax error at or near "AS"' "$(grep -o 'ERROR:.*' "$work/errors" | head -n 1)"

sql -c "ALTER ROLE lists SET local_preload_libraries TO ''"
status=0
sql -U lists -c 'SELECT 1' >"$work/none" 2>"$work/errors" || status=$?
seen "exit status of psql after ALTER ROLE … TO ''" 2 "$status"
