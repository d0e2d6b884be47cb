#!/bin/sh
# pg_dump 17.10 with --lock-wait-timeout=1s waits much longer than a second for a materialized view that another session refreshes.
#
# The option bounds LOCK TABLE only. pg_dump then waits inside pg_get_viewdef(), for which it sets no limit, and it
# overrides a lock_timeout that the caller set.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n'
export PGOPTIONS='-c lock_timeout=1s'
(
    printf 'BEGIN;\nREFRESH MATERIALIZED VIEW totals;\n\\echo refreshed\nSELECT pg_sleep(8);\nCOMMIT;\n'
) | PGOPTIONS= sql >"$work/refresh" &
until grep -q refreshed "$work/refresh" 2>/dev/null; do sleep 0.1; done
begun=$(date +%s)
status=0
"$bin/pg_dump" --lock-wait-timeout=1s -f "$work/dump.sql" 2>"$work/messages" || status=$?
waited=$(($(date +%s) - begun))
wait

seen 'exit status of pg_dump' 0 "$status"
if [ "$waited" -ge 5 ]; then long=yes; else long=no; fi
printf 'pg_dump waited for %s seconds\n' "$waited"
seen 'pg_dump waited for at least 5 seconds' yes "$long"
