#!/bin/sh
# pg_dumpall 17.10 passes over a database that accepts no connections, with exit status 0 and without a message.
#
# ALTER DATABASE … ALLOW_CONNECTIONS false is how an administrator keeps an archive of old data from being changed. The script
# has neither its contents nor its CREATE DATABASE. pg_dump of that database alone fails and says why.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE DATABASE old_years'
sql -d old_years -c 'CREATE TABLE bill AS SELECT 2019 AS year'
sql -c 'ALTER DATABASE old_years ALLOW_CONNECTIONS false'
status=0
"$bin/pg_dumpall" >"$work/all.sql" 2>"$work/messages" || status=$?

seen 'exit status of pg_dumpall' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"
seen 'lines that name the database' 0 "$(grep -c 'old_years' "$work/all.sql" || true)"
status=0
"$bin/pg_dump" old_years >/dev/null 2>"$work/messages" || status=$?
seen 'exit status of pg_dump' 1 "$status"
