#!/bin/sh
# `deb-systemd-helper was-enabled` of init-system-helpers 1.69 (Debian 13) answers yes for a unit that it has never
# seen. The maintainer scripts that debhelper generates ask it on the first configuration, so every unit of a package is enabled then,
# unless the package's own script does not ask.
#
# It needs root, debootstrap, and apt with a list of packages: a bare Debian 13 is made in a temporary folder.
. "$(dirname "$0")/lib/trixie.sh"

unpacked init-system-helpers
mkdir -p "$debian/usr/lib/systemd/system"
cat > "$debian/usr/lib/systemd/system/finding.service" <<END
[Service]
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
END
helper() {
    status=0
    chroot "$debian" env DPKG_MAINTSCRIPT_PACKAGE=finding deb-systemd-helper --quiet "$@" || status=$?
    echo "$status"
}
seen() {
    printf '%s: %s\n' "$1" "$3"
    [ "$2" = "$3" ] || { printf 'CHANGED: expected %s\n' "$2" >&2; exit 1; }
}

seen 'files of state before' 0 "$(find "$debian/var/lib/systemd" -name '*finding*' 2> /dev/null | wc -l)"
seen 'exit status of was-enabled for a unit without a state (0 is yes)' 0 "$(helper was-enabled finding.service)"
seen 'exit status of debian-installed for it (0 is yes)' 1 "$(helper debian-installed finding.service)"
seen 'exit status of update-state' 0 "$(helper update-state finding.service)"
seen 'exit status of was-enabled with a state, though nobody has enabled it' 1 "$(helper was-enabled finding.service)"
