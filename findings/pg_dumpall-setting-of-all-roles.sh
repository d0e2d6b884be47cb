#!/bin/sh
# pg_dumpall 17.10 leaves out what ALTER ROLE ALL SET has set, with exit status 0 and without a message.
#
# The server keeps such a setting in pg_db_role_setting as the one of role 0 in database 0. pg_dumpall writes the rows of each role
# and of each database that it makes, and no row that has neither.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c "ALTER ROLE ALL SET statement_timeout = '90s'" -c 'CREATE ROLE app LOGIN' -c "ALTER ROLE app SET work_mem = '7MB'"
status=0
"$bin/pg_dumpall" >"$work/all.sql" 2>"$work/messages" || status=$?

seen 'value that a new session of any role has' 90s "$(sql -U app -c 'SHOW statement_timeout')"
seen 'exit status of pg_dumpall' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"
seen "lines with one role's setting" 1 "$(grep -c "work_mem TO '7MB'" "$work/all.sql" || true)"
seen 'lines with the setting of all roles' 0 "$(grep -c "TO '90s'" "$work/all.sql" || true)"
