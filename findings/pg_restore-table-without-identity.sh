#!/bin/sh
# pg_restore 17.10 -t restores a table without its identity column, its primary key and its partitions, and exits with status 0.
#
# Only the TABLE entry and its data are chosen. Of a partitioned table that is the empty parent: no row is restored.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c 'CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)' \
    -c "INSERT INTO orders (note) VALUES ('first')" \
    -c 'CREATE TABLE events (day date) PARTITION BY RANGE (day)' \
    -c "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')" \
    -c "INSERT INTO events VALUES ('2026-11-30')"
"$bin/pg_dump" -Fc -f "$work/dump"
sql -c 'CREATE DATABASE part'
status=0
"$bin/pg_restore" --exit-on-error -d part -t orders -t events "$work/dump" 2>"$work/messages" || status=$?

seen 'exit status of pg_restore' 0 "$status"
seen 'bytes of messages' 0 "$(wc -c <"$work/messages" | tr -d ' ')"
seen 'identity columns' 0 "$(sql -d part -c "SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attidentity <> ''")"
seen 'primary keys' 0 "$(sql -d part -c "SELECT count(*) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'p'")"
seen 'rows of the partitioned table' 0 "$(sql -d part -c 'SELECT count(*) FROM events')"
