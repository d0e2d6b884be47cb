#!/bin/sh
# Debian's cron (3.0pl1) compares the times of crontabs in whole seconds. A file in /etc/cron.d that is replaced in the second in
# which cron has read it is not read again: not at the next minute, and not at any later one, until the file has another time.
#
# It takes three minutes. It needs root, unshare (util-linux), and the package cron, which it uses in a private mount and process
# namespace with directories of its own; the machine's crontabs and its cron are not touched.
set -eu

if [ "${1-}" != inside ]; then
    [ "$(id -u)" = 0 ] || { echo "this needs root, for a private namespace" >&2; exit 2; }
    [ -x /usr/sbin/cron ] || { echo "this needs Debian's package cron" >&2; exit 2; }
    dpkg-query -W -f 'cron ${Version}\n' cron
    exec unshare --mount --pid --ipc --fork --mount-proc sh "$0" inside
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cron.d" "$work/spool" "$work/run"
: > "$work/crontab"
mount --bind "$work/cron.d" /etc/cron.d
mount --bind "$work/crontab" /etc/crontab
mount --bind "$work/spool" /var/spool/cron
mkdir "$work/spool/crontabs"
mount --bind "$work/run" "$(readlink -f /var/run)"

# Writes a crontab as programs do: beside it, then renamed over it.
write() {
    printf '* * * * * root echo %s >> %s\n' "$2" "$work/ran" > "$work/new"
    chmod 644 "$work/new"
    mv "$work/new" "/etc/cron.d/$1"
}

# The beginning of a second.
start=$(date +%s)
while [ "$(date +%s)" = "$start" ]; do sleep 0.01; done
second=$(date +%s)
write same before
/usr/sbin/cron -f &
cron=$!
# By now it has read its crontabs.
sleep 0.4
write same after
touch "$work/ran"
[ "$(date +%s)" = "$second" ] || { echo "the machine is too slow: run it again" >&2; kill "$cron"; exit 2; }
echo "the file says:  $(cat /etc/cron.d/same)"
echo "cron has read the file and it was replaced within the second $second; waiting for two full minutes"
sleep 130
kill "$cron"
echo "what has run:"
cat "$work/ran"
if grep -q before "$work/ran" && ! grep -q after "$work/ran"; then
    echo "cron went on with the file that is no longer there"
else
    echo "the behaviour is another one" >&2
    exit 1
fi
