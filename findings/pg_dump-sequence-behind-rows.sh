#!/bin/sh
# pg_dump 17.10 writes a state that the database never had: 100 rows with keys up to 100, and their sequence at 1.
#
# Rows come from the snapshot; the value of a sequence is the present one. Another session that empties the table and sets the
# sequence back while pg_dump runs changes the one and not the other. The dump restores with status 0; the next INSERT fails.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE TABLE tickets (id serial PRIMARY KEY)' \
    -c 'INSERT INTO tickets SELECT FROM generate_series(1, 100)'
# An exported snapshot stands for the moment between pg_dump's snapshot and its reading of the sequence.
mkfifo "$work/hold"
"$bin/psql" -X -q -A -t <"$work/hold" >"$work/snapshot" &
exec 3>"$work/hold"
printf 'BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT pg_export_snapshot();\n' >&3
until [ -s "$work/snapshot" ]; do sleep 0.1; done
sql -c 'DELETE FROM tickets' -c "SELECT setval('tickets_id_seq', 1, false)" >"$work/none"
"$bin/pg_dump" --snapshot="$(cat "$work/snapshot")" -Fc -f "$work/dump"
exec 3>&-
wait
sql -c 'CREATE DATABASE again'
status=0
"$bin/pg_restore" --exit-on-error -d again "$work/dump" || status=$?

seen 'exit status of pg_restore' 0 "$status"
seen 'rows restored' 100 "$(sql -d again -c 'SELECT count(*) FROM tickets')"
status=0
sql -d again -c 'INSERT INTO tickets DEFAULT VALUES' >"$work/none" 2>"$work/errors" || status=$?
seen 'error of the next INSERT' 'duplicate key value violates unique constraint "tickets_pkey"' \
    "$(grep -o 'duplicate key.*' "$work/errors")"
