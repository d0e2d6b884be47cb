#!/bin/sh
# In the hour that the change to summer time skips, Debian's cron (3.0pl1) starts each time of a schedule that was skipped, one after
# the other: `0,30 2 * * *` twice at 03:00. Its manual says that such jobs are run "soon after the change is made"; that a job with two
# times is run twice at once is not what one expects. cronie does the same.
#
# It needs root, unshare (util-linux), Debian's package cron, and apt with a list of packages: libfaketime is fetched, not installed. cron
# runs in a private mount and process namespace with directories of its own; the machine's crontabs and its cron are not touched.
set -eu

if [ "${1-}" != inside ]; then
    [ "$(id -u)" = 0 ] || { echo "this needs root, for a private namespace" >&2; exit 2; }
    [ -x /usr/sbin/cron ] || { echo "this needs Debian's package cron" >&2; exit 2; }
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download libfaketime && dpkg-deb -x libfaketime_*.deb faketime)
    dpkg-query -W -f 'cron ${Version}\n' cron
    basename "$work"/libfaketime_*.deb .deb
    unshare --mount --pid --ipc --fork --mount-proc sh "$0" inside "$work"
    exit
fi

work=$2
mkdir "$work/cron.d" "$work/spool" "$work/spool/crontabs" "$work/run"
: > "$work/crontab"
mount --bind "$work/cron.d" /etc/cron.d
mount --bind "$work/crontab" /etc/crontab
mount --bind "$work/spool" /var/spool/cron
mount --bind "$work/run" "$(readlink -f /var/run)"
cat > /etc/cron.d/skipped <<END
0,30 2 * * * root echo 'started: 0,30 2 * * *' >> $work/ran
* * * * * root echo 'a minute' >> $work/ran
END
chmod 644 /etc/cron.d/skipped
: > "$work/ran"
# From 01:58 of that night on, 30 times as fast; the zone as a text, so that no files are needed.
library=$(echo "$work"/faketime/usr/lib/*/faketime/libfaketime.so.1)
TZ=CET-1CEST,M3.5.0,M10.5.0/3 LD_PRELOAD=$library FAKETIME='@2026-03-29 01:57:30 x30' /usr/sbin/cron -f &
cron=$!
tries=0
while [ "$(grep -c 'a minute' "$work/ran")" -lt 5 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "cron has not come to 03:02" >&2; exit 2; }
    sleep 0.1
done
kill "$cron"
echo "what has run, at 01:58, 01:59, 03:00, 03:01 and 03:02:"
cat "$work/ran"
if [ "$(grep -c '0,30' "$work/ran")" = 2 ]; then
    echo "the job with two times in the skipped hour was started twice"
else
    echo "the behaviour is another one" >&2
    exit 1
fi
