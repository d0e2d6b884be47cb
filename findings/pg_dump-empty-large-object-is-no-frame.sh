#!/bin/sh
# In directory format, pg_dump 17.10 writes an empty large object as an empty file where it compresses with zstd or lz4. The file has the
# suffix .zst or .lz4 and holds no frame. With gzip the file is a whole stream of nothing. pg_restore takes all three.
. "$(dirname "$0")/lib/postgresql.sh"

sql -c "SELECT lo_create(424242)" >/dev/null
for compression in gzip:gz lz4:lz4 zstd:zst; do
    method=${compression%:*} suffix=${compression#*:}
    "$bin/pg_dump" -Fd --compress="$method" -f "$work/$method"
    case $method in gzip) expected=yes ;; *) expected=no ;; esac
    size=$(wc -c <"$work/$method/blob_424242.dat.$suffix")
    seen "$method: does the file hold anything" "$expected" "$([ "$size" -gt 0 ] && echo yes || echo no)"
    sql -c "CREATE DATABASE $method"
    "$bin/pg_restore" -d "$method" "$work/$method"
    seen "$method: large objects after the restore" 1 "$(sql -d "$method" -c "SELECT count(*) FROM pg_largeobject_metadata")"
done
