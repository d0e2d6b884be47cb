//! What building, testing and trying PgBackMan needs: a row for each thing, with how to see that it is there.

use std::process::Command;

use super::Purpose;
use super::postgresql;
use crate::process::{find_program, succeeds};

/// One thing that has to be on the machine.
pub(super) struct Need {
    /// What it is, for messages.
    pub(super) what: &'static str,
    /// Whether it is there.
    pub(super) present: fn() -> bool,
    /// Debian's packages that bring it.
    pub(super) debian: &'static [&'static str],
    /// Red Hat's packages that bring it.
    pub(super) red_hat: &'static [&'static str],
    /// What needs it: that, and what includes that.
    pub(super) purpose: Purpose,
}

/// Everything, in the order in which it is reported.
pub(super) const NEEDS: &[Need] = &[
    Need {
        what: "PostgreSQL's server and client programs, with the contributed extensions",
        present: postgresql::is_there,
        debian: &["postgresql", "postgresql-contrib"],
        red_hat: &["postgresql-server", "postgresql-contrib", "postgresql"],
        purpose: Purpose::Use,
    },
    Need {
        what: "a C compiler",
        present: || find_program("cc").is_some(),
        debian: &["gcc", "libc6-dev"],
        red_hat: &["gcc", "glibc-devel"],
        purpose: Purpose::Use,
    },
    Need {
        what: "pkg-config",
        present: || find_program("pkg-config").is_some(),
        debian: &["pkg-config"],
        red_hat: &["pkgconf-pkg-config"],
        purpose: Purpose::Use,
    },
    Need {
        what: "OpenSSL's headers",
        present: || succeeds(Command::new("pkg-config").args(["--exists", "openssl"])),
        debian: &["libssl-dev"],
        red_hat: &["openssl-devel"],
        purpose: Purpose::Use,
    },
    Need {
        what: "cron",
        present: || find_program("cron").or(find_program("crond")).is_some(),
        debian: &["cron"],
        red_hat: &["cronie"],
        purpose: Purpose::Use,
    },
    Need {
        what: "at",
        present: || find_program("atd").is_some(),
        debian: &["at"],
        red_hat: &["at"],
        purpose: Purpose::Use,
    },
    Need {
        what: "unshare, setpriv and setsid",
        present: || {
            ["unshare", "setpriv", "setsid"]
                .iter()
                .all(|program| find_program(program).is_some())
        },
        debian: &["util-linux"],
        red_hat: &["util-linux"],
        purpose: Purpose::Use,
    },
    Need {
        what: "mount and kill",
        present: || find_program("mount").and(find_program("kill")).is_some(),
        debian: &["mount", "procps"],
        red_hat: &["util-linux", "procps-ng"],
        purpose: Purpose::Use,
    },
    Need {
        what: "systemd-analyze, which checks the services",
        present: || find_program("systemd-analyze").is_some(),
        debian: &["systemd"],
        red_hat: &["systemd"],
        purpose: Purpose::Test,
    },
    Need {
        what: "python3 with pip, which fetches the test servers",
        present: || {
            crate::servers::test_servers::are_ready() || crate::registries::pip::python().is_some()
        },
        debian: &["python3", "python3-pip"],
        red_hat: &["python3", "python3-pip"],
        purpose: Purpose::Test,
    },
    Need {
        what: "aiosmtpd, the mail server that tests send alerts to",
        present: || succeeds(Command::new("/usr/bin/python3").args(["-c", "import aiosmtpd"])),
        debian: &["python3-aiosmtpd"],
        red_hat: &["python3-aiosmtpd"],
        purpose: Purpose::Test,
    },
    Need {
        what: "pgbouncer, the connection pooler that tests use",
        present: || find_program("pgbouncer").is_some(),
        debian: &["pgbouncer"],
        red_hat: &["pgbouncer"],
        purpose: Purpose::Test,
    },
    Need {
        what: "dpkg-shlibdeps, which computes what the .deb depends on",
        present: || find_program("dpkg-shlibdeps").is_some(),
        debian: &["dpkg-dev"],
        red_hat: &["dpkg-dev"],
        purpose: Purpose::Dist,
    },
    Need {
        what: "mandoc, which converts manual pages to web pages",
        present: || find_program("mandoc").is_some(),
        debian: &["mandoc"],
        red_hat: &["mandoc"],
        purpose: Purpose::Documents,
    },
    Need {
        what: "debootstrap, which creates a bare Debian",
        present: || find_program("debootstrap").is_some(),
        debian: &["debootstrap"],
        red_hat: &["debootstrap"],
        purpose: Purpose::BareDebian,
    },
    Need {
        what: "systemd-nspawn, which runs it",
        present: || find_program("systemd-nspawn").is_some(),
        debian: &["systemd-container"],
        red_hat: &["systemd-container"],
        purpose: Purpose::BareDebian,
    },
    Need {
        what: "rpm",
        present: || find_program("rpm").is_some(),
        debian: &["rpm"],
        red_hat: &["rpm"],
        purpose: Purpose::Packages,
    },
    Need {
        what: "lintian, which checks Debian packages",
        present: || find_program("lintian").is_some(),
        debian: &["lintian"],
        red_hat: &["lintian"],
        purpose: Purpose::Packages,
    },
    Need {
        what: "promtool, which checks metrics and rules",
        present: || find_program("promtool").is_some(),
        debian: &["prometheus"],
        red_hat: &["golang-github-prometheus"],
        purpose: Purpose::Monitoring,
    },
    Need {
        what: "Chromium, which renders pages",
        present: || find_program("chromium").is_some(),
        debian: &["chromium"],
        red_hat: &["chromium"],
        purpose: Purpose::Browser,
    },
    Need {
        what: "npm, which fetches axe-core",
        present: || crate::registries::axe::is_ready() || crate::registries::npm::is_there(),
        debian: &["npm"],
        red_hat: &["npm"],
        purpose: Purpose::Browser,
    },
    Need {
        what: "fuse2fs, a file system in user space",
        present: || find_program("fuse2fs").is_some(),
        debian: &["fuse2fs"],
        red_hat: &["fuse2fs"],
        purpose: Purpose::Fuse,
    },
    Need {
        what: "npm, which fetches the servers of every release",
        present: || {
            crate::servers::server_releases::are_ready() || crate::registries::npm::is_there()
        },
        debian: &["npm"],
        red_hat: &["npm"],
        purpose: Purpose::Matrix,
    },
    Need {
        what: "patchelf, which lets the newest server of Debian's archive run with its own libraries",
        present: || {
            crate::debian::newer_servers::are_ready(&crate::servers::server_releases::directory())
                || find_program("patchelf").is_some()
        },
        debian: &["patchelf"],
        red_hat: &["patchelf"],
        purpose: Purpose::Matrix,
    },
];

/// What of it one purpose needs.
pub(super) fn of(purpose: Purpose) -> impl Iterator<Item = &'static Need> {
    NEEDS
        .iter()
        .filter(move |need| purpose.includes(need.purpose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_names_packages_of_both_families() {
        for need in NEEDS {
            assert!(!need.debian.is_empty(), "{}", need.what);
            assert!(!need.red_hat.is_empty(), "{}", need.what);
        }
    }

    #[test]
    fn a_purpose_needs_what_it_includes_and_nothing_else() {
        let needs = |purpose, package: &str| of(purpose).any(|need| need.debian.contains(&package));
        assert!(needs(Purpose::Use, "cron") && !needs(Purpose::Use, "python3-aiosmtpd"));
        assert!(needs(Purpose::Test, "cron") && needs(Purpose::Test, "python3-aiosmtpd"));
        assert!(needs(Purpose::Documents, "mandoc") && needs(Purpose::Documents, "cron"));
        assert!(!needs(Purpose::Documents, "python3-aiosmtpd") && !needs(Purpose::Test, "mandoc"));
        for (purpose, package) in [
            (Purpose::Packages, "debootstrap"),
            (Purpose::Packages, "lintian"),
            (Purpose::Crons, "debootstrap"),
            (Purpose::ByHand, "debootstrap"),
            (Purpose::Monitoring, "prometheus"),
            (Purpose::Browser, "chromium"),
            (Purpose::Fuse, "fuse2fs"),
            (Purpose::Matrix, "npm"),
        ] {
            assert!(
                needs(purpose, package) && needs(purpose, "python3-aiosmtpd"),
                "{package}"
            );
            assert!(!needs(Purpose::Test, package), "{package}");
        }
    }
}
