#!/bin/sh
# pg_restore 17.10 accepts a directory archive whose data file ends early.
#
# Reading the whole archive (-f /dev/null) exits with status 0 for uncompressed, lz4 and zstd data that were cut after two
# thirds. A real restore of the first two exits with status 0 as well, and a third of the rows is missing.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c "CREATE TABLE readings AS SELECT n, md5(n::text) FROM generate_series(1, 100000) AS n"
for method in none lz4 zstd; do
    "$bin/pg_dump" -Fd -Z "$method" -f "$work/$method"
    file=$(find "$work/$method" -name '*.dat*' ! -name toc.dat)
    truncate -s $(($(stat -c %s "$file") * 2 / 3)) "$file"
    status=0
    "$bin/pg_restore" -f /dev/null "$work/$method" 2>"$work/messages" || status=$?
    seen "$method: status of reading the whole archive" 0 "$status"
done
for method in none lz4; do
    sql -c "CREATE DATABASE $method"
    status=0
    "$bin/pg_restore" -d "$method" "$work/$method" 2>"$work/messages" || status=$?
    rows=$(sql -d "$method" -c 'SELECT count(*) FROM readings')
    printf '%s: status %s, %s of 100000 rows\n' "$method" "$status" "$rows"
    seen "$method: exit status of the restore" 0 "$status"
    if [ "$rows" -lt 100000 ]; then fewer=yes; else fewer=no; fi
    seen "$method: rows are missing" yes "$fewer"
done
