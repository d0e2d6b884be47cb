//! What `cargo xtask test` is asked for.

use crate::debian::Release;
use crate::lifecycle;
use crate::packages::Purpose;
use crate::task::{Result, TaskError};

/// What `cargo xtask test --help` answers.
pub(super) const USAGE: &str = "\
Usage: cargo xtask test [--offline] [--browser | --by-hand | --crons | --fuse | --long | --matrix | --monitoring |
                         --packages [RELEASE] | FILTER…]

Installs what is missing (as root; otherwise names it), downloads PostgreSQL 16, 17 and 18 once, then checks format, lints,
dependencies (if cargo-deny is installed), the project's coding rules, documentation and man pages, builds everything and
runs every test. With FILTER it runs only the tests whose name contains one of the words.

  --offline     download and install nothing; fail if something is missing

The following options run other tests instead, and install what these need (as root):

  --browser     appearance and behaviour of the pages in Debian's Chromium, with axe-core
  --by-hand     the README's commands that verify and restore a backup without PgBackMan, on a bare Debian (as root; downloads it
                once)
  --crons       one crontab under the crons of Debian 12 and 13 and cronie, with both clock changes (as root; downloads a bare
                Debian once, and takes some minutes)
  --fuse        backups on a file system that, like NFS, cannot rename without replacing (as root)
  --long        kills, sweeps and generators that take too many minutes for the ordinary run
  --matrix      backups and restores between all servers from PostgreSQL 12 to 19 (downloads the servers once, 19 from Debian's
                archive, and takes some minutes); prints a table of the results
  --monitoring  metrics, alert rules and dashboard, with Prometheus's own tool (starts nothing of Debian's package prometheus)
  --packages    the packages on a bare Debian 12 and a bare Debian 13, from the installation to the purge (as root; downloads both
                once, and takes some minutes); with RELEASE (bookworm or trixie) only on that one";

/// Tests that need something of their own, and are run instead of all others. They are there only with a feature of the tests'
/// package: a test that returned because nobody had asked for it would count as passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Special {
    /// What asks for them.
    pub(super) flag: &'static str,
    /// What their names contain, and no others' do.
    pub(super) names: &'static str,
    /// What they need.
    pub(super) purpose: Purpose,
}

/// All of them.
const SPECIALS: &[Special] = &[
    Special {
        flag: "--browser",
        names: "report::browser::",
        purpose: Purpose::Browser,
    },
    Special {
        flag: "--by-hand",
        names: "by_hand::",
        purpose: Purpose::ByHand,
    },
    Special {
        flag: "--crons",
        names: "crons::",
        purpose: Purpose::Crons,
    },
    Special {
        flag: "--fuse",
        names: "fuse::",
        purpose: Purpose::Fuse,
    },
    Special {
        flag: "--long",
        names: "::long::",
        purpose: Purpose::Test,
    },
    Special {
        flag: "--matrix",
        names: "every_version::",
        purpose: Purpose::Matrix,
    },
    Special {
        flag: "--monitoring",
        names: "monitoring::promtool::",
        purpose: Purpose::Monitoring,
    },
];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Whether nothing is fetched.
    pub(super) offline: bool,
    /// What is run.
    pub(super) what: What,
}

/// What of it is run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// All checks, and all tests but the special ones.
    Everything,
    /// Tests whose name contains one of the words.
    Named(Vec<String>),
    /// Those that need something of their own.
    Special(&'static Special),
    /// The life of the packages, on these releases.
    Packages(Vec<Release>),
}

impl Options {
    /// Reads the command line; `None` if help was asked for.
    ///
    /// # Errors
    ///
    /// When it is no command line of this task.
    pub(super) fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let (mut offline, mut filters, mut instead) = (false, Vec::new(), Vec::new());
        for argument in arguments {
            let special = SPECIALS.iter().find(|special| special.flag == argument);
            match (argument.as_str(), special) {
                (_, Some(special)) => instead.push(What::Special(special)),
                ("--packages", _) => instead.push(What::Packages(lifecycle::RELEASES.to_vec())),
                ("--offline", _) => offline = true,
                ("-h" | "--help", _) => return Ok(None),
                (flag, _) if flag.starts_with('-') => {
                    return Err(TaskError::new(format!("unknown option {flag}\n\n{USAGE}")));
                }
                (filter, _) => filters.push(filter.to_owned()),
            }
        }
        let what = match (instead.pop(), filters.is_empty()) {
            (None, true) => What::Everything,
            (None, false) => What::Named(filters),
            (Some(what), true) if instead.is_empty() => what,
            (Some(What::Packages(known)), false) if instead.is_empty() => {
                What::Packages(chosen_releases(&known, &filters)?)
            }
            (Some(_), _) => {
                return Err(TaskError::new(format!(
                    "options cannot be combined\n\n{USAGE}"
                )));
            }
        };
        Ok(Some(Self { offline, what }))
    }
}

/// The releases that were named, of those that there are packages for.
fn chosen_releases(known: &[Release], names: &[String]) -> Result<Vec<Release>> {
    names
        .iter()
        .map(|name| {
            let release: Release = name.parse()?;
            if known.contains(&release) {
                Ok(release)
            } else {
                Err(TaskError::new(format!(
                    "the packages are not built for {release}\n\n{USAGE}"
                )))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn parsed(line: &str) -> Options {
        let words = words(&line.split_whitespace().collect::<Vec<_>>());
        Options::parse(&words).unwrap().unwrap()
    }

    #[test]
    fn filters_and_flags_may_be_mixed() {
        let options = parsed("trap_18 --offline cron");
        assert_eq!(options.what, What::Named(words(&["trap_18", "cron"])));
        assert!(options.offline);
        let options = parsed("");
        assert_eq!(options.what, What::Everything);
        assert!(!options.offline);
    }

    #[test]
    fn what_is_run_instead_is_run_alone() {
        assert_eq!(
            parsed("--packages").what,
            What::Packages(vec![Release::Bookworm, Release::Trixie])
        );
        assert_eq!(
            parsed("--packages 13").what,
            What::Packages(vec![Release::Trixie])
        );
        for special in SPECIALS {
            assert_eq!(parsed(special.flag).what, What::Special(special));
            assert!(USAGE.contains(special.flag), "{}", special.flag);
        }
        for line in [
            "--packages cron",
            "--packages sid",
            "--packages --browser trixie",
            "--browser --monitoring",
            "--browser page",
        ] {
            let words = words(&line.split(' ').collect::<Vec<_>>());
            assert!(Options::parse(&words).is_err(), "{line}");
        }
    }

    #[test]
    fn an_unknown_flag_is_named() {
        let error = Options::parse(&words(&["--fast"])).unwrap_err();
        assert!(error.to_string().contains("--fast"));
    }
}
