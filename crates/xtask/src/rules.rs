//! The project's coding rules that a search can check: see CONTRIBUTING.md for their reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::layers;
use crate::task::{Context, Result, TaskError, say, step};
use crate::workspace::tracked_files;

/// A source file longer than this has more than one subject.
const MOST_LINES: usize = 400;

/// A directory with more entries than this is too much to look through: its files belong into folders by subject.
const MOST_ENTRIES: usize = 25;

/// Something that must not stand in a Rust file.
struct Forbidden {
    /// The text looked for. Written in two halves, so that this file does not break its own rule.
    halves: (&'static str, &'static str),
    /// What to do instead.
    instead: &'static str,
    /// Whether it is allowed in tests and in this program.
    only_in_products: bool,
}

/// All that is forbidden.
const FORBIDDEN: &[Forbidden] = &[
    Forbidden {
        halves: ("todo", "!("),
        instead: "finish it, or remove it",
        only_in_products: false,
    },
    Forbidden {
        halves: ("unimplemented", "!("),
        instead: "finish it, or remove it",
        only_in_products: false,
    },
    Forbidden {
        halves: ("#[", "ignore"),
        instead: "a test that does not run proves nothing",
        only_in_products: false,
    },
    Forbidden {
        halves: ("Command::new(\"", "sh\")"),
        instead: "start the program directly, with an argument vector",
        only_in_products: true,
    },
    Forbidden {
        halves: ("Command::new(\"", "/bin/sh\")"),
        instead: "start the program directly, with an argument vector",
        only_in_products: true,
    },
    Forbidden {
        halves: ("Command::new(\"", "bash\")"),
        instead: "start the program directly, with an argument vector",
        only_in_products: true,
    },
    Forbidden {
        halves: ("\"/ho", "me/"),
        instead: "pass a machine's path in an argument or a variable",
        only_in_products: true,
    },
];

/// Hosts that packages come from, in two halves each. Where something is fetched from is the matter of the machine that fetches
/// it: its client (apt, pip, npm, cargo) is set up for that, and a mirror may be all that it reaches.
const REGISTRY_HOSTS: &[(&str, &str)] = &[
    ("deb.deb", "ian.org"),
    ("security.deb", "ian.org"),
    ("snapshot.deb", "ian.org"),
    ("ftp.deb", "ian.org"),
    ("apt.post", "gresql.org"),
    ("yum.post", "gresql.org"),
    ("ftp.post", "gresql.org"),
    ("registry.npm", "js.org"),
    ("files.python", "hosted.org"),
    ("pypi", ".org"),
    ("static.crates", ".io"),
    ("index.crates", ".io"),
    ("proxy.go", "lang.org"),
];

/// Checks every rule and reports all that is broken.
///
/// # Errors
///
/// When something is.
pub(crate) fn check(root: &Path) -> Result<()> {
    step("coding rules");
    let sources: Vec<PathBuf> = tracked_files(root, &["crates", "tests"])?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect();
    let mut broken = crowded(&tracked_files(root, &["crates"])?);
    for path in &sources {
        let text = fs::read_to_string(root.join(path))
            .context(|| format!("could not read {}", path.display()))?;
        broken.extend(breaches(path, &text));
        broken.extend(layers::breaches(path, &text));
    }
    for path in tracked_files(root, &["."])? {
        // What is no text names no host that somebody could reach by it.
        let text = fs::read_to_string(root.join(&path)).unwrap_or_default();
        broken.extend(registry_hosts(&path, &text));
    }
    broken.extend(missing_documents(root));
    if broken.is_empty() {
        say(&format!("{} source files, no violations", sources.len()));
        return Ok(());
    }
    let mut list = String::from("the project's coding rules are broken:");
    for breach in broken {
        // Writing to a String cannot fail.
        let _ = write!(list, "\n  {breach}");
    }
    Err(TaskError::new(list))
}

/// The modules of crates that have too many entries: files (also those of SQL) and folders.
fn crowded(paths: &[PathBuf]) -> Vec<String> {
    let mut entries: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for path in paths {
        for (entry, directory) in path.ancestors().zip(path.ancestors().skip(1)) {
            if directory.iter().any(|part| part == "src") {
                entries.entry(directory).or_default().insert(entry);
            }
        }
    }
    entries
        .into_iter()
        .filter(|(_, inside)| inside.len() > MOST_ENTRIES)
        .map(|(directory, inside)| {
            format!(
                "{}: {} entries; a module has at most {MOST_ENTRIES}; use folders by subject",
                directory.display(),
                inside.len()
            )
        })
        .collect()
}

/// What one file breaks, each as `path:line: what to do`.
fn breaches(path: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        found.push(format!(
            "{}: {lines} lines; a file has one subject and at most {MOST_LINES} lines",
            path.display()
        ));
    }
    let is_product =
        path.starts_with("crates") && !path.starts_with("crates/xtask") && !is_test_module(path);
    for forbidden in FORBIDDEN {
        if forbidden.only_in_products && !is_product {
            continue;
        }
        let wanted = [forbidden.halves.0, forbidden.halves.1].concat();
        for (number, line) in text.lines().enumerate() {
            if line.contains(&wanted) {
                found.push(format!(
                    "{}:{}: {wanted}: {}",
                    path.display(),
                    number + 1,
                    forbidden.instead
                ));
            }
        }
    }
    found
}

/// Where a file names the host of a registry.
fn registry_hosts(path: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (begin, end) in REGISTRY_HOSTS {
            let host = [*begin, *end].concat();
            if line.contains(&host) {
                found.push(format!(
                    "{}:{}: {host}: use the machine's own client, which knows its registry",
                    path.display(),
                    number + 1
                ));
            }
        }
    }
    found
}

/// Whether a file in a product's tree is compiled for its tests only, which its name says.
fn is_test_module(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| {
        let stem = stem.to_string_lossy();
        stem.starts_with("test_") || stem.ends_with("tests")
    })
}

/// The documents that everybody looks for first, where they are missing or do not say how to begin.
fn missing_documents(root: &Path) -> Vec<String> {
    let mut missing: Vec<String> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
    ]
    .iter()
    .filter(|name| !root.join(name).is_file())
    .map(|name| format!("{name} is missing"))
    .collect();
    let readme = fs::read_to_string(root.join("README.md")).unwrap_or_default();
    for command in ["cargo xtask quickstart", "cargo xtask test"] {
        if !readme.contains(command) {
            missing.push(format!("README.md does not contain `{command}`"));
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn the_workspace_keeps_the_rules() {
        check(&workspace::root().unwrap()).unwrap();
    }

    #[test]
    fn a_long_file_and_a_shell_are_found() {
        let shell = ["Command::new(\"", "sh\")"].concat();
        let long = "// line\n".repeat(MOST_LINES + 1);
        let path = Path::new("crates/pgbackman-dump/src/run.rs");
        assert_eq!(breaches(path, &long).len(), 1);
        let found = breaches(path, &format!("fn a() {{\n    {shell};\n}}\n"));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/pgbackman-dump/src/run.rs:2:"));
    }

    #[test]
    fn a_crowded_module_is_found_with_its_sql_and_folders() {
        let mut paths: Vec<PathBuf> = (1..MOST_ENTRIES)
            .map(|number| format!("crates/a/src/b/{number}.rs").into())
            .collect();
        paths.push("crates/a/src/b/sql/x.sql".into());
        paths.push("crates/a/src/b/sql/y.sql".into());
        assert_eq!(crowded(&paths), [""; 0]);
        paths.push("crates/a/src/b/z.sql".into());
        assert_eq!(
            crowded(&paths),
            ["crates/a/src/b: 26 entries; a module has at most 25; use folders by subject"]
        );
    }

    #[test]
    fn the_host_of_a_registry_is_found() {
        let host = ["deb.deb", "ian.org"].concat();
        let found = registry_hosts(
            Path::new("docs/a.md"),
            &format!("first\nhttp://{host}/debian\n"),
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("docs/a.md:2: "), "{found:?}");
        assert!(registry_hosts(Path::new("a"), "https://www.postgresql.org/docs/").is_empty());
    }

    #[test]
    fn a_shell_is_allowed_where_cron_is_played() {
        let shell = ["Command::new(\"", "/bin/sh\")"].concat();
        assert!(breaches(Path::new("tests/src/cron.rs"), &shell).is_empty());
        assert!(breaches(Path::new("crates/xtask/src/a.rs"), &shell).is_empty());
        let played = Path::new("crates/pgbackman-core/src/sys/crontab/test_cron.rs");
        assert!(breaches(played, &shell).is_empty());
    }
}
