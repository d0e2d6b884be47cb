#!/bin/sh
# systemd-cron (2.5, Debian 13) provides `cron-daemon`, and makes timers of crontabs that say something else: `sun` becomes every
# day, a line with the name of a month is left out (with exit status 0), and of a day of the month and a day of the week both must match,
# where every other cron is content with either (crontab(5)).
#
# It needs root, debootstrap, and apt with a list of packages: a Debian 13 is made in a temporary folder, from the mirror that this
# machine's apt uses. Nothing of it is started: the generator only writes files.
. "$(dirname "$0")/lib/trixie.sh"

unpacked systemd-cron
mkdir -p "$debian/etc/cron.d" "$debian/timers"
cat > "$debian/etc/cron.d/ours" <<'END'
0 2 * * sun root true by name
0 2 * * 0 root true by number
0 2 * nov * root true in november
0 2 13 * fri root true either
END
cat "$debian/etc/cron.d/ours"
chroot "$debian" /usr/lib/systemd/system-generators/systemd-crontab-generator /timers 2> "$work/said" && echo "exit status 0"
grep 'month=nov' "$work/said"
timer() {
    script=$(grep -l "true $1" "$debian"/timers/cron-ours-root-*.sh "$debian"/timers/cron-ours-root-*.service 2> /dev/null | head -n 1)
    [ -n "$script" ] || { echo none; return; }
    sed -n 's/^OnCalendar=//p' "${script%.*}.timer"
}
changed=0
# seen WHAT EXPECTED
seen() {
    found=$(timer "$1")
    printf '%s: %s\n' "$1" "$found"
    [ "$found" = "$2" ] || { printf 'CHANGED: expected %s\n' "$2" >&2; changed=1; }
}
seen 'by name' 'Mon,Tue,Wed,Thu,Fri,Sat,Sun *-*-* 2:0:00'
seen 'by number' 'Sun *-*-* 2:0:00'
seen 'in november' none
seen 'either' 'Fri *-*-13 2:0:00'
exit "$changed"
