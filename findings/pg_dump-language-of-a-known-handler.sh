#!/bin/sh
# pg_dump 17.10 writes a language whose handler is the server's own without its handler, and the archive does not restore.
#
# CREATE LANGUAGE with a handler is legal, and the handler of PL/pgSQL lies in pg_catalog, where an extension has put it. pg_dump leaves the
# clause out, says nothing and exits with 0. A CREATE LANGUAGE without a handler means CREATE EXTENSION, and no extension has that name.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE TRUSTED LANGUAGE rules HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator'
status=0
"$bin/pg_dump" -Fc -f "$work/dump" 2>"$work/said" || status=$?
seen 'exit status of pg_dump' 0 "$status"
seen 'what pg_dump says' '' "$(cat "$work/said")"
"$bin/pg_restore" -f "$work/script" "$work/dump"
seen 'its statement' 'CREATE OR REPLACE PROCEDURAL LANGUAGE rules;' "$(grep 'CREATE OR REPLACE' "$work/script")"
sql -c 'CREATE DATABASE again'
status=0
"$bin/pg_restore" -d again "$work/dump" 2>"$work/errors" || status=$?
seen 'exit status of pg_restore' 1 "$status"
seen 'its error' 'extension "rules" is not available' "$(grep -o 'extension "rules" is not available' "$work/errors")"
