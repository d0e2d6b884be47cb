#!/bin/sh
# pg_dumpall 17.10 writes what is in the databases postgres and template1, and nothing of what belongs to the databases themselves.
#
# It makes the two anew only with --clean. Without it the script has their tables, and neither their settings (also of one role in the
# database), privileges, connection limit, comment nor owner; other databases keep all of it. A database postgres that was closed to
# PUBLIC is open after a restore. Exit status 0, no message.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE ROLE app LOGIN' -c 'CREATE DATABASE shop'
for database in postgres shop; do
    sql -c "ALTER DATABASE $database SET lock_timeout = '80s'" -c "ALTER ROLE app IN DATABASE $database SET work_mem = '6MB'" \
        -c "REVOKE CONNECT ON DATABASE $database FROM PUBLIC" -c "ALTER DATABASE $database CONNECTION LIMIT 55" \
        -c "COMMENT ON DATABASE $database IS 'ours'"
done
status=0
"$bin/pg_dumpall" >"$work/all.sql" 2>"$work/messages" || status=$?
seen 'exit status of pg_dumpall' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"

of_database() {
    grep -c -E "(DATABASE $1 (SET|CONNECTION LIMIT|IS|FROM|TO)|IN DATABASE $1 SET) ?" "$work/all.sql" || true
}
seen 'statements about the database shop' 6 "$(of_database shop)"
seen 'statements about the database postgres' 0 "$(of_database postgres)"
"$bin/pg_dumpall" --clean >"$work/all.sql"
seen 'statements about the database postgres, with --clean' 6 "$(of_database postgres)"
