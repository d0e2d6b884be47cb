//! The manifest that `cargo-deb` and `cargo-generate-rpm` read.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::contents::Packed;
use crate::task::{Context, Result};

/// What the packages say of themselves. `$auto` are the libraries that the programs are linked with.
///
/// What is needed: an account and directories (systemd's tools for them), cron and `at` for the jobs (other
/// packages that provide Debian's `cron-daemon` read crontabs otherwise), PostgreSQL's client
/// programs, and the `kill` that units reload with; what Debian calls essential is not named. A server is only needed by a private catalogue; logrotate by who wants the log cut.
const DEBIAN: &str = r#"
[package.metadata.deb]
name = "pgbackman"
maintainer = "@MAINTAINER@"
copyright = "2026, The authors of PgBackMan"
section = "database"
priority = "optional"
depends = "$auto, cron | cronie, at, postgresql-client, procps, systemd | systemd-standalone-sysusers"
recommends = "postgresql, logrotate, ca-certificates"
suggests = "prometheus, default-mta | mail-transport-agent"
extended-description = """
PgBackMan takes logical backups of many PostgreSQL databases on many servers
with pg_dump and pg_dumpall, scheduled by cron. A catalogue database records
the contents, location and result of each backup. Operators register, change
and list everything in a shell.
.
This package contains all programs of a backup server."""
maintainer-scripts = "debian/"
triggers-file = "debian/triggers"
"#;

/// Who answers for the packages.
pub(super) const MAINTAINER: &str = "The authors of PgBackMan <pgbackman@example.org>";

/// The version as Debian has it: with a revision, which tells a package's history from that of what is in it.
pub(super) fn debian_version(version: &str) -> String {
    match version.split_once('-') {
        Some(_) => version.to_owned(),
        None => format!("{version}-{FIRST_REVISION}"),
    }
}

/// The revision of a version that has none.
const FIRST_REVISION: &str = "1";

/// The same for Red Hat's family.
const RED_HAT: &str = r#"
[package.metadata.generate-rpm]
name = "pgbackman"
summary = "Backups of many PostgreSQL databases on many servers"
license = "GPL-3.0-or-later"
release = @RELEASE@
pre_install_script = "rpm/pre-install"
post_install_script = "rpm/post-install"
pre_uninstall_script = "rpm/pre-uninstall"
post_uninstall_script = "rpm/post-uninstall"
auto-req = "builtin"

[package.metadata.generate-rpm.requires]
cronie = "*"
at = "*"
postgresql = "*"
util-linux = "*"
shadow-utils = "*"

[package.metadata.generate-rpm.recommends]
postgresql-server = "*"
logrotate = "*"
"#;

/// Writes the manifest, and the empty library without which it is none.
///
/// # Errors
///
/// When a file cannot be written.
pub(super) fn write(directory: &Path, version: &str, files: &[Packed]) -> Result<()> {
    let text = text(version, files);
    fs::write(directory.join("Cargo.toml"), text)
        .and_then(|()| fs::write(directory.join("lib.rs"), ""))
        .context(|| format!("could not write into {}", directory.display()))
}

fn text(version: &str, files: &[Packed]) -> String {
    // A package may have a revision, which cargo would take for a pre-release: it gets the number in front of it.
    let number = version.split('-').next().unwrap_or(version);
    let mut text = format!(
        "# Written by cargo xtask dist.\n[workspace]\n\n[package]\nname = \"pgbackman\"\nversion = \"{number}\"\n\
         edition = \"2024\"\nlicense = \"GPL-3.0-or-later\"\ndescription = \"Backups of many PostgreSQL databases on \
         many servers\"\n\n[lib]\npath = \"lib.rs\"\n"
    );
    text += &DEBIAN.replace("@MAINTAINER@", MAINTAINER);
    let revision = version
        .split_once('-')
        .map_or(FIRST_REVISION, |(_, revision)| revision);
    let _ = writeln!(text, "revision = {}", quoted(revision));
    let configuration: Vec<String> = files
        .iter()
        .filter(|file| file.configuration)
        .map(|file| quoted(&file.target.to_string_lossy()))
        .collect();
    let _ = writeln!(text, "conf-files = [{}]", configuration.join(", "));
    text += "assets = [\n";
    for file in files {
        let _ = writeln!(
            text,
            "  [{}, {}, \"{}\"],",
            quoted(&file.source.to_string_lossy()),
            quoted(&file.target.to_string_lossy()),
            if file.program { "755" } else { "644" }
        );
    }
    text += "]\n";
    text += &RED_HAT.replace("@RELEASE@", &quoted(revision));
    for file in files.iter().filter(|file| !file.only_debian) {
        let _ = writeln!(
            text,
            "[[package.metadata.generate-rpm.assets]]\nsource = {}\ndest = {}\nmode = \"{}\"{}",
            quoted(&file.source.to_string_lossy()),
            quoted(
                &file
                    .in_rpm
                    .as_ref()
                    .unwrap_or(&file.target)
                    .to_string_lossy()
            ),
            if file.program { "755" } else { "644" },
            if file.configuration {
                "\nconfig = \"noreplace\""
            } else {
                ""
            },
        );
    }
    text
}

/// A basic string of TOML. The paths of the repository have nothing else that needs an escape.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
