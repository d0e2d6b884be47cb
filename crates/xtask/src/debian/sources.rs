//! Where this machine gets Debian from: its own apt sources, so that no host is in the code, and what is fetched comes from
//! where its administrator wants it to come from.

use std::fs;
use std::path::{Path, PathBuf};

use super::Release;
use crate::task::{Result, TaskError};

/// The environment variable that names another mirror.
const MIRROR_VARIABLE: &str = "PGBACKMAN_TEST_DEBIAN_MIRROR";
/// The one that names another mirror of the security updates.
const SECURITY_VARIABLE: &str = "PGBACKMAN_TEST_DEBIAN_SECURITY_MIRROR";
/// Where apt's sources are.
const DIRECTORY: &str = "/etc/apt";

/// The suites that only Debian's own archive has under these names.
const SUITES: [&str; 10] = [
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "sid",
    "oldoldstable",
    "oldstable",
    "stable",
    "testing",
    "unstable",
];

/// The mirrors of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mirrors {
    /// Of the releases.
    pub(super) releases: String,
    /// Of the security updates, where there is one.
    pub(super) security: Option<String>,
}

impl Mirrors {
    /// Those of this machine, or the ones that the environment names.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn of_this_machine() -> Result<Self> {
        let named = |variable| std::env::var(variable).ok().filter(|uri| !uri.is_empty());
        let sources = read_all(Path::new(DIRECTORY));
        Self::choose(
            named(MIRROR_VARIABLE),
            named(SECURITY_VARIABLE),
            &sources,
        )
        .ok_or_else(|| {
            TaskError::new(format!(
                "none of apt's sources in {DIRECTORY} is Debian's own archive over http, https or from a file; set \
                 {MIRROR_VARIABLE} to a mirror"
            ))
        })
    }

    fn choose(
        releases: Option<String>,
        security: Option<String>,
        sources: &[Source],
    ) -> Option<Self> {
        // A mirror that is named is not mixed with one that is not.
        let security = security.or_else(|| {
            let found = sources.iter().find(|source| source.is_security());
            found.filter(|_| releases.is_none()).map(Source::uri)
        });
        let releases = releases.or_else(|| {
            let candidates = || sources.iter().filter(|source| source.is_release());
            candidates()
                .find(|source| source.is_named_debian())
                .or_else(|| candidates().next())
                .map(Source::uri)
        })?;
        Some(Self { releases, security })
    }

    /// The lines of a `sources.list` of a release, with everything that an up-to-date machine has.
    pub(super) fn lines(&self, release: Release) -> String {
        let name = release.codename();
        let mut suites = vec![(&self.releases, "")];
        if release != Release::Sid {
            suites.push((&self.releases, "-updates"));
            suites.extend(self.security.iter().map(|mirror| (mirror, "-security")));
        }
        suites
            .iter()
            .map(|(mirror, part)| format!("deb {mirror} {name}{part} main"))
            .collect::<Vec<_>>()
            .join("\n")
            + "\n"
    }
}

/// One suite at one address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    uri: String,
    suite: String,
    components: Vec<String>,
}

impl Source {
    fn uri(&self) -> String {
        self.uri.trim_end_matches('/').to_owned()
    }

    /// Whether debootstrap can fetch from it, and it has Debian's main part.
    fn is_usable(&self) -> bool {
        ["http://", "https://", "file:/"]
            .iter()
            .any(|scheme| self.uri.starts_with(scheme))
            && self.components.iter().any(|component| component == "main")
    }

    fn is_release(&self) -> bool {
        self.is_usable() && SUITES.contains(&self.suite.as_str())
    }

    /// Others have suites of Debian's names, too; mirrors have that of the archive in their addresses.
    fn is_named_debian(&self) -> bool {
        self.uri().rsplit('/').next() == Some("debian")
    }

    fn is_security(&self) -> bool {
        let of = self.suite.strip_suffix("-security");
        self.is_usable() && of.is_some_and(|suite| SUITES.contains(&suite))
    }
}

/// All enabled sources of an apt directory; a file that cannot be read has none.
fn read_all(directory: &Path) -> Vec<Source> {
    let parts = fs::read_dir(directory.join("sources.list.d"));
    let mut files: Vec<PathBuf> = parts
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files.insert(0, directory.join("sources.list"));
    files
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap_or_default();
            match file.extension().and_then(|end| end.to_str()) {
                Some("list") => one_line_sources(&text),
                Some("sources") => deb822_sources(&text),
                // Apt reads no others.
                _ => Vec::new(),
            }
        })
        .collect()
}

/// The form `deb [option=value …] URI SUITE COMPONENT…`.
fn one_line_sources(text: &str) -> Vec<Source> {
    text.lines()
        .filter_map(|line| {
            let line = line.split('#').next()?.trim();
            let mut rest = line
                .strip_prefix("deb")?
                .strip_prefix([' ', '\t'])?
                .trim_start();
            if let Some(options) = rest.strip_prefix('[') {
                rest = options.split_once(']')?.1;
            }
            let mut words = rest.split_whitespace().map(str::to_owned);
            Some(Source {
                uri: words.next()?,
                suite: words.next()?,
                components: words.collect(),
            })
        })
        .collect()
}

/// The form with a paragraph of fields for each source.
fn deb822_sources(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut paragraph: Vec<(String, String)> = Vec::new();
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            sources.extend(of_paragraph(&paragraph));
            paragraph.clear();
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = paragraph.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            paragraph.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    sources
}

/// Every suite at every address of a paragraph.
fn of_paragraph(paragraph: &[(String, String)]) -> Vec<Source> {
    let words = |name: &str| -> Vec<String> {
        let found = paragraph.iter().find(|(field, _)| field == name);
        found
            .map(|(_, value)| value.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default()
    };
    let disabled = words("enabled").first().is_some_and(|word| {
        ["no", "false", "0", "off", "without", "disable"].contains(&word.to_lowercase().as_str())
    });
    if disabled || !words("types").iter().any(|kind| kind == "deb") {
        return Vec::new();
    }
    let components = words("components");
    words("uris")
        .iter()
        .flat_map(|uri| {
            words("suites").into_iter().map(|suite| Source {
                uri: uri.clone(),
                suite,
                components: components.clone(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(sources: &[Source]) -> Option<Mirrors> {
        Mirrors::choose(None, None, sources)
    }

    #[test]
    fn the_form_of_paragraphs_is_read() {
        let text = "Types: deb deb-src\n# http://old.example.net/debian\nURIs: http://mirror.example.net/debian/\n\
                    Suites: bookworm\n bookworm-updates\nComponents: main contrib\n\n\
                    Types: deb\nURIs: http://mirror.example.net/debian-security\nSuites: bookworm-security\n\
                    Components: main\n\n\
                    Enabled: no\nTypes: deb\nURIs: http://off.example.net/debian\nSuites: trixie\nComponents: main\n";
        let sources = deb822_sources(text);
        assert_eq!(sources.len(), 3, "{sources:?}");
        let mirrors = chosen(&sources).unwrap();
        assert_eq!(mirrors.releases, "http://mirror.example.net/debian");
        assert_eq!(
            mirrors.lines(Release::Trixie),
            "deb http://mirror.example.net/debian trixie main\n\
             deb http://mirror.example.net/debian trixie-updates main\n\
             deb http://mirror.example.net/debian-security trixie-security main\n"
        );
        assert_eq!(
            mirrors.lines(Release::Sid),
            "deb http://mirror.example.net/debian sid main\n"
        );
    }

    #[test]
    fn the_form_of_lines_is_read() {
        let text = "# deb http://off.example.net/debian trixie main\n\
                    deb-src http://source.example.net/debian trixie main\n\
                    deb [arch=amd64 signed-by=/usr/share/keyrings/a b.gpg] https://own.example.net/apt bookworm main\n\
                    deb\thttp://mirror.example.net/debian stable main # ours\n";
        let sources = one_line_sources(text);
        assert_eq!(sources.len(), 2, "{sources:?}");
        let mirrors = chosen(&sources).unwrap();
        assert_eq!(mirrors.releases, "http://mirror.example.net/debian");
        assert_eq!(mirrors.security, None);
    }

    #[test]
    fn the_archive_of_somebody_else_is_no_mirror() {
        let text = "deb https://own.example.net/apt bookworm stable\ndeb http://own.example.net/ubuntu noble main\n\
                    deb cdrom:[Debian]/ bookworm main\ndeb https://own.example.net/debian bookworm-pgdg main\n";
        assert_eq!(chosen(&one_line_sources(text)), None);
    }

    #[test]
    fn a_named_mirror_takes_the_place_of_both() {
        let text = "deb http://mirror.example.net/debian bookworm main\n\
                    deb http://mirror.example.net/debian-security bookworm-security main\n";
        let sources = one_line_sources(text);
        assert!(chosen(&sources).unwrap().security.is_some());
        let named = Some("http://other.example.net/debian".to_owned());
        let mirrors = Mirrors::choose(named, None, &sources).unwrap();
        assert_eq!(mirrors.releases, "http://other.example.net/debian");
        assert_eq!(mirrors.security, None);
    }
}
