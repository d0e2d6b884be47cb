#!/bin/sh
# PostgreSQL 15.20 gives each new column an option of its own, pg_attver. Its own pg_dump leaves the option out. The pg_dump of an
# older release, also of a newer major version (here 17.10), writes it: ALTER TABLE ONLY t ALTER COLUMN a SET (pg_attver=...). A server
# of an older release refuses that statement. pg_restore sends it in one message with CREATE TABLE, so that the table is missing
# afterwards, with all its rows. A server of 15.20 takes the statement and keeps its own value.
#
# It needs Debian 12 with postgresql-15 15.20 in apt's sources (bookworm-security) and its package postgresql-15 for the libraries of
# others. The package is only unpacked, into a temporary folder.
set -eu

newer=15.20-0+deb12u1

# A server of 17.10, from PyPI.
. "$(dirname "$0")/lib/postgresql.sh"

cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "postgresql-15=$newer" "postgresql-client-15=$newer"
mkdir "$work/root"
for package in postgresql-15 postgresql-client-15; do
    dpkg-deb --extract "$work/$package"_"$newer"_*.deb "$work/root"
done
bin15=$work/root/usr/lib/postgresql/15/bin
mkdir "$work/data15"
if [ -n "$server_user" ]; then
    chown "$server_user" "$work/data15"
fi
stop15() {
    status=$?
    as_server "$bin15/pg_ctl" -D "$work/data15" -m immediate stop >/dev/null 2>&1 || true
    (exit "$status")
    finish
}
trap stop15 EXIT
as_server "$bin15/initdb" -D "$work/data15" -U postgres -A trust --no-sync >/dev/null
as_server "$bin15/pg_ctl" -D "$work/data15" -w -l "$work/data15/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$work/data15' -c fsync=off" start >/dev/null

sql -h "$work/data15" -c "CREATE TABLE t AS SELECT 1 AS a"
seen "the column has the option" t \
    "$(sql -h "$work/data15" -c "SELECT attoptions::text ~ 'pg_attver' FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum = 1")"
seen "lines with it by pg_dump 15.20" 0 "$("$bin15/pg_dump" -h "$work/data15" | grep -c pg_attver || true)"
seen "lines with it by pg_dump 17.10" 1 "$("$bin/pg_dump" -h "$work/data15" | grep -c pg_attver || true)"
"$bin/pg_dump" -h "$work/data15" -Fc -f "$work/t.dump"

sql -c "CREATE DATABASE target"
status=0
"$bin/pg_restore" -d target "$work/t.dump" >"$work/said" 2>&1 || status=$?
seen "exit status of pg_restore onto 17.10" 1 "$status"
seen "its first error" 'unrecognized parameter "pg_attver"' "$(grep -o 'unrecognized parameter.*' "$work/said" | head -n 1)"
seen "tables on 17.10" 0 "$(sql -d target -c "SELECT count(*) FROM pg_class WHERE relname = 't'")"

sql -h "$work/data15" -c "CREATE DATABASE target"
"$bin/pg_restore" -f - "$work/t.dump" | grep -v transaction_timeout >"$work/t.sql"
sql -h "$work/data15" -d target -f "$work/t.sql" >/dev/null
seen "rows on 15.20" 1 "$(sql -h "$work/data15" -d target -c "SELECT count(*) FROM t")"
