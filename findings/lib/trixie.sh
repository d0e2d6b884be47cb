# Sourced by the findings: makes a bare Debian 13 in a temporary folder, from the mirror that this machine's apt uses.
# Afterwards: $work is the folder, $debian the system; `unpacked PACKAGE` fetches a package and puts its files there, without installing it.
set -eu

[ "$(id -u)" = 0 ] || { echo "this needs root, for debootstrap" >&2; exit 2; }
command -v debootstrap > /dev/null || { echo "this needs the package debootstrap" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)
debian=$work/debian
debootstrap --variant=minbase --include=libmd0,libstdc++6 trixie "$debian" "$mirror" > "$work/log" || { tail "$work/log" >&2; exit 2; }
cp /etc/resolv.conf "$debian/etc/resolv.conf"

unpacked() {
    chroot "$debian" sh -c 'cd /tmp && apt-get -qq -o APT::Sandbox::User=root download "$1"' sh "$1"
    basename "$debian/tmp/$1"_*.deb .deb
    dpkg-deb --fsys-tarfile "$debian/tmp/$1"_*.deb | tar -x --keep-directory-symlink -C "$debian"
}
