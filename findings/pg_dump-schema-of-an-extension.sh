#!/bin/sh
# pg_dump 17.10 with -N writes CREATE EXTENSION … SCHEMA for a schema that it leaves out: the archive does not restore.
#
# -N leaves out the schema and what is in it. An extension is in no schema, so it stays, and with it the name of the schema
# that holds its objects. pg_dump ends with exit status 0 and without a message.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE SCHEMA tools' -c 'CREATE EXTENSION hstore SCHEMA tools' -c 'CREATE TABLE public.t AS SELECT 1 AS i' -c 'CREATE DATABASE target'
status=0
"$bin/pg_dump" -Fc -N tools -f "$work/archive" 2>"$work/messages" || status=$?
seen 'exit status of pg_dump' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"
seen 'schemas in the archive' 0 "$("$bin/pg_restore" --list "$work/archive" | grep -c ' SCHEMA - tools ' || true)"

status=0
"$bin/pg_restore" --exit-on-error -d target "$work/archive" 2>"$work/messages" || status=$?
seen 'exit status of pg_restore' 1 "$status"
seen 'what the target says' 'schema "tools" does not exist' "$(sed -n 's/.*could not execute query: ERROR:  //p' "$work/messages")"
