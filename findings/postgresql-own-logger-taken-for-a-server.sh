#!/bin/sh
# After a crash the lock file beside the socket names a process that is gone. A server that starts looks whether there is one of that
# number, after it has started its logging collector. If the collector happens to get the number, the server takes its own child for
# another server, and ends. Numbers repeat where they begin anew with every start: in containers.
#
# It needs root, for a private process namespace in which the number of the next process can be set, and unshare (util-linux).
if [ "${1-}" = inside ]; then
    # $2: the number that the server gets. A shell of its own starts it and leaves a file when it has ended.
    . "$settings"
    rm -f "$data/ended"
    echo $(($2 - 2)) > /proc/sys/kernel/ns_last_pid
    (
        setpriv --reuid nobody --clear-groups "$bin/postgres" -D "$data" -c listen_addresses= -c fsync=off \
            -c unix_socket_directories="$data" -c logging_collector=on -c log_directory="$data/collected" \
            -c log_filename=server >"$data/begin" 2>&1
        : > "$data/ended"
    ) &
    # Meanwhile this shell starts no process, which would take a number.
    state=
    until [ -n "$state" ]; do
        [ ! -e "$data/ended" ] || state="has ended"
        if [ -e "$data/postmaster.pid" ]; then
            whose=
            while read -r line; do
                whose=${whose:-$line}
                [ "$line" != ready ] || [ "$whose" != "$2" ] || state="accepts connections"
            done < "$data/postmaster.pid"
        fi
    done
    echo "process $2 $state"
    # The end of the first process ends all others as a crash of the container does.
    exit 0
fi

[ "$(id -u)" = 0 ] || { echo "this needs root, for a private process namespace" >&2; exit 2; }
. "$(dirname "$0")/lib/postgresql.sh"
as_server "$bin/pg_ctl" -D "$work/data" -w -m fast stop >/dev/null
export settings="$work/settings"
printf 'bin=%s\ndata=%s\n' "$bin" "$work/data" > "$settings"

# start NUMBER: a container in which the server gets that number, until it is ready or has ended; then the container crashes.
start() {
    unshare --pid --fork --mount-proc --kill-child sh "$0" inside "$1"
}

seen "a server in a container" "process 100 accepts connections" "$(start 100)"
echo "the container has crashed; the lock file beside the socket names process $(head -n 1 "$work/data/.s.PGSQL.5432.lock")"
seen "a start by which the collector gets that number" "process 99 has ended" "$(start 99)"
grep -h -e FATAL -e HINT "$work/data/collected/server" | tail -n 2
seen "a start with another number" "process 90 accepts connections" "$(start 90)"
