#!/bin/sh
# BusyBox's crond reads three things of a crontab otherwise than every other cron: the day of the week 7 and a range that ends there
# (`7` and `5-7` run on a Monday), a `#` inside quotes (the command ends there), and `\%` (the backslash stays).
#
# It needs root, debootstrap, and apt with a list of packages: a Debian 13 is made in a temporary folder, from the mirror that this
# machine's apt uses, with BusyBox 1.37 and libfaketime. crond runs in it, with a clock of its own.
. "$(dirname "$0")/lib/trixie.sh"

crond=
trap '[ -z "$crond" ] || kill "$crond" 2> /dev/null; rm -rf "$work"' EXIT
unpacked busybox
unpacked libfaketime
mkdir "$debian/crontabs"
cat > "$debian/crontabs/root" <<END
* * * * 1 echo monday >> /ran
* * * * 7 echo '7 is a monday' >> /ran
* * * * 5-7 echo '5-7 has a monday' >> /ran
* * * * * echo '100\\% x' >> /ran
* * * * * echo 'a#b' >> /ran
END
: > "$debian/ran"
# A Monday, 30 times as fast.
library=$(cd "$debian" && echo usr/lib/*/faketime/libfaketime.so.1)
chroot "$debian" env TZ=UTC0 LD_PRELOAD="/$library" FAKETIME='@2026-11-30 10:00:30 x30' \
    /usr/bin/busybox crond -f -l 8 -L /log -c /crontabs &
crond=$!
tries=0
while [ "$(grep -c '^monday' "$debian/ran")" -lt 2 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "crond has run nothing" >&2; cat "$debian/log" >&2; exit 2; }
    sleep 0.1
done
echo "what has run on a Monday:"
sort -u "$debian/ran"
for expected in '7 is a monday' '5-7 has a monday' '100\\% x'; do
    grep -q "^$expected\$" "$debian/ran" || { printf 'CHANGED: expected %s\n' "$expected" >&2; exit 1; }
done
if grep -q 'a#b' "$debian/ran"; then
    echo "CHANGED: the command with a # has run" >&2
    exit 1
fi
echo "and the command with a # in quotes has not"
