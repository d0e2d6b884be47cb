#!/bin/sh
# pg_restore 17.10 with --schema restores a table's membership in a publication, but not the publication.
#
# An archive has an entry PUBLICATION, which is in no schema, and an entry PUBLICATION TABLE for each table, which is in the table's schema.
# The filter chooses entries by their schema. The restore of one schema therefore runs ALTER PUBLICATION … ADD TABLE for a publication that
# nothing has created, reports an error, and ends with 1, although all tables of the schema are there.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE DATABASE source' -c 'CREATE DATABASE target'
sql -d source -c 'CREATE SCHEMA shop' -c 'CREATE TABLE shop.orders (id int PRIMARY KEY)' \
    -c 'INSERT INTO shop.orders SELECT generate_series(1, 3)' -c 'CREATE PUBLICATION out FOR TABLE shop.orders'
"$bin/pg_dump" -d source -Fc -f "$work/source.dump"

seen 'entries of the filtered list' 'PUBLICATION TABLE' \
    "$("$bin/pg_restore" -l -n shop "$work/source.dump" | grep -o 'PUBLICATION[A-Z ]*' | sed 's/ *$//')"
sql -d target -c 'CREATE SCHEMA shop'
status=0
"$bin/pg_restore" -d target -n shop "$work/source.dump" 2>"$work/errors" || status=$?
seen 'exit status' 1 "$status"
seen 'its error' 'publication "out" does not exist' "$(grep -o 'publication .*' "$work/errors" | head -n 1)"
seen 'rows restored' 3 "$(sql -d target -c 'SELECT count(*) FROM shop.orders')"
