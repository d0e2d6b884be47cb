#!/bin/sh
# A database of PostgreSQL 17.10 in MULE_INTERNAL lets in no client that asks for UTF8, whatever else the client asks for.
#
# The encoding is legal for databases up to 18 (19 has dropped it), but no conversion between it and UTF8 exists. A client library that always
# asks for UTF8 in its first message cannot enter: a client_encoding among the options of the same message does not help, since
# the parameter wins. pg_dump asks for nothing, and dumps the database.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c "CREATE DATABASE mule ENCODING 'MULE_INTERNAL' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
status=0
PGCLIENTENCODING=UTF8 PGOPTIONS='-c client_encoding=SQL_ASCII' \
    "$bin/psql" -X -d mule -c 'SELECT 1' >"$work/none" 2>"$work/errors" || status=$?
seen 'exit status of a client that asks for UTF8' 2 "$status"
seen 'its error' 'conversion between UTF8 and MULE_INTERNAL is not supported' \
    "$(grep -o 'conversion between .*' "$work/errors")"

sql -d mule -c "CREATE TABLE t AS SELECT convert_from('\\x81e9', 'MULE_INTERNAL') AS x"
status=0
"$bin/pg_dump" -d mule -f "$work/mule.sql" || status=$?
seen 'exit status of pg_dump' 0 "$status"
seen 'encoding of its script' "SET client_encoding = 'MULE_INTERNAL';" "$(grep client_encoding "$work/mule.sql")"
seen 'rows in an SQL_ASCII session' 1 "$(PGCLIENTENCODING=SQL_ASCII sql -d mule -c 'SELECT count(*) FROM t')"
