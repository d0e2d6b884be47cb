#!/bin/sh
# pg_dump 17.10 leaves out, without a message, what an operator has made in the schemas pg_catalog and information_schema.
#
# A superuser may create a function or a type in pg_catalog, and a table in information_schema. None of them is in the dump, which exits
# with 0. A view in another schema that calls the function is in it, and its restore fails.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE FUNCTION pg_catalog.own_sum(a integer, b integer) RETURNS integer LANGUAGE sql AS $$ SELECT a + b $$' \
    -c 'CREATE TABLE information_schema.own_notes (x text)' \
    -c 'CREATE VIEW public.total AS SELECT own_sum(1, 2) AS n'
status=0
"$bin/pg_dump" -f "$work/script" 2>"$work/said" || status=$?
seen 'exit status of pg_dump' 0 "$status"
seen 'what pg_dump says' '' "$(cat "$work/said")"
seen 'statements that make the function' 0 "$(grep -c 'CREATE FUNCTION' "$work/script" || true)"
seen 'lines that name the table' 0 "$(grep -c own_notes "$work/script" || true)"
sql -c 'CREATE DATABASE again'
status=0
sql -d again -f "$work/script" >"$work/none" 2>"$work/errors" || status=$?
seen 'exit status of a restore' 3 "$status"
seen 'its error' 'function own_sum(integer, integer) does not exist' "$(grep -o 'function own_sum.*exist' "$work/errors")"
