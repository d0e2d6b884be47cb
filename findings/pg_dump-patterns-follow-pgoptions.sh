#!/bin/sh
# pg_dump 17.10 with a hardened search_path in PGOPTIONS silently dumps a table that -T leaves out otherwise.
#
# pg_dump clears search_path itself, but it resolves the patterns of -t and -T after RESET search_path. With a path from PGOPTIONS an
# unqualified pattern matches nothing: -t fails, -T leaves out nothing, with exit status 0 and without a message.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE TABLE wanted (n int)' -c 'CREATE TABLE secret (n int)'
seen 'secret in the dump with -T secret' 0 "$("$bin/pg_dump" -T secret | grep -c 'TABLE public.secret' || true)"

export PGOPTIONS='-c search_path=pg_catalog,pg_temp'
status=0
"$bin/pg_dump" -T secret -f "$work/dump.sql" 2>"$work/messages" || status=$?
seen 'exit status with PGOPTIONS' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"
seen 'secret in the dump with PGOPTIONS and -T secret' yes "$(grep -q 'CREATE TABLE public.secret' "$work/dump.sql" && echo yes)"
status=0
"$bin/pg_dump" -t wanted -f "$work/dump.sql" 2>"$work/messages" || status=$?
seen 'exit status with PGOPTIONS and -t wanted' 1 "$status"
