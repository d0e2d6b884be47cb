#!/bin/sh
# pg_dump 17.10 loses every row of a table that another transaction truncates and fills again while pg_dump begins.
#
# pg_dump takes its snapshot first and locks the tables afterwards. TRUNCATE gives the table a new file; the old snapshot
# sees that file as empty. pg_dump waits for the lock, reads no row and exits with status 0 and without a message.
# The table holds 1000 rows before and after.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE TABLE sales AS SELECT generate_series(1, 1000) AS n'
(
    printf 'BEGIN;\nTRUNCATE sales;\nINSERT INTO sales SELECT generate_series(1, 1000);\n\\echo truncated\n'
    # The transaction stays open until pg_dump waits for its lock.
    until [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sales'::regclass")" = 1 ]; do
        sleep 0.1
    done
    printf 'COMMIT;\n'
) | sql >"$work/reload" &
until grep -q truncated "$work/reload" 2>/dev/null; do sleep 0.1; done
status=0
"$bin/pg_dump" --data-only -t sales -f "$work/dump.sql" 2>"$work/messages" || status=$?
wait

seen 'exit status of pg_dump' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"
seen 'rows in the table' 1000 "$(sql -c 'SELECT count(*) FROM sales')"
seen 'rows in the dump' 0 "$(sed -n '/^COPY/,/^\\\./p' "$work/dump.sql" | grep -c '^[0-9]' || true)"
