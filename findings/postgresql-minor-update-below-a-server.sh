#!/bin/sh
# A minor update of Debian's package postgresql-15 below a running server that Debian's scripts do not know: the server goes on, and
# every new session loads the libraries of the new release into the old program. From 15.18 to 15.20 plpgsql cannot be loaded any more,
# so that no function in it runs, until somebody restarts the server. `postgres --version` names the release that does not run.
#
# It needs Debian 12 with both releases in apt's sources (bookworm and bookworm-security) and its package postgresql-15 for the
# libraries of others. Both are only unpacked, into a temporary folder.
set -eu

older=15.18-0+deb12u1
newer=15.20-0+deb12u1

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

bin=$work/root/usr/lib/postgresql/15/bin
finish() {
    status=$?
    trap - EXIT
    as_server "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT

# What dpkg leaves after it has replaced a release: other files under the same names.
unpack() {
    rm -rf "$work/root"
    mkdir "$work/root"
    for package in postgresql-15 postgresql-client-15; do
        dpkg-deb --extract "$work/$package"_"$1"_*.deb "$work/root"
    done
}

cd "$work"
for version in "$older" "$newer"; do
    apt-get download -qq -o APT::Sandbox::User=root "postgresql-15=$version" "postgresql-client-15=$version"
done
chmod 0755 "$work"
mkdir "$work/data"
if [ -n "$server_user" ]; then
    chown "$server_user" "$work/data"
fi
export PGHOST="$work/data" PGPORT=5432 PGUSER=postgres PGDATABASE=postgres LC_ALL=C

unpack "$older"
as_server "$bin/initdb" -D "$work/data" -U postgres -A trust --no-sync >/dev/null
as_server "$bin/pg_ctl" -D "$work/data" -w -l "$work/data/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$work/data' -c fsync=off" start >/dev/null
"$bin/psql" -X -q -c "DO 'BEGIN END'"
echo "the server is $("$bin/psql" -X -A -t -c 'SHOW server_version'), and runs a block of plpgsql"

unpack "$newer"
echo "installed is $("$bin/postgres" --version); the server says it is $("$bin/psql" -X -A -t -c 'SHOW server_version')"
if said=$("$bin/psql" -X -q -c "DO 'BEGIN END'" 2>&1); then
    echo "CHANGED: a new session runs a block of plpgsql"
    exit 1
fi
echo "a new session: $said"
case $said in
    *"undefined symbol"*) ;;
    *) echo "CHANGED: another error was expected"; exit 1 ;;
esac
as_server "$bin/pg_ctl" -D "$work/data" -w -m fast -l "$work/data/log" restart >/dev/null
"$bin/psql" -X -q -c "DO 'BEGIN END'"
echo "after a restart it runs again: $("$bin/psql" -X -A -t -c 'SHOW server_version')"
