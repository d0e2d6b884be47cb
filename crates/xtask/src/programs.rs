//! The one list of PgBackMan's programs: whatever the crates' manifests declare under `[[bin]]`. What builds, installs,
//! packages or documents programs asks here, so that a new one is in all of it as soon as its crate exists.

use std::fs;
use std::path::Path;

use crate::task::{Context, Result};

/// One program that is installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Program {
    /// Its name, which is that of its file.
    pub(crate) name: String,
    /// The cargo package that it is built from.
    pub(crate) package: String,
}

/// Every program, in the order of their names.
///
/// # Errors
///
/// When a crate's manifest cannot be read.
pub(crate) fn all(root: &Path) -> Result<Vec<Program>> {
    let crates = root.join("crates");
    let entries =
        fs::read_dir(&crates).context(|| format!("could not list {}", crates.display()))?;
    let mut programs = Vec::new();
    for entry in entries.flatten() {
        let manifest = entry.path().join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let text = fs::read_to_string(&manifest)
            .context(|| format!("could not read {}", manifest.display()))?;
        programs.extend(of_manifest(&text));
    }
    programs.sort();
    Ok(programs)
}

/// The programs of one manifest.
fn of_manifest(manifest: &str) -> Vec<Program> {
    let mut section = "";
    let mut package = String::new();
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if let Some(value) = line.strip_prefix("name = ") {
            let value = value.trim_matches('"').to_owned();
            match section {
                "[package]" => package = value,
                "[[bin]]" => names.push(value),
                _ => {}
            }
        }
    }
    names
        .into_iter()
        .map(|name| Program {
            name,
            package: package.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_programs_are_read() {
        let manifest = "[package]\nname = \"a\"\n[[bin]]\nname = \"b\"\npath = \"x\"\n[[test]]\nname = \"c\"\n";
        assert_eq!(
            of_manifest(manifest),
            [Program {
                name: "b".to_owned(),
                package: "a".to_owned(),
            }]
        );
    }

    #[test]
    fn the_programs_of_the_main_job_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let programs = all(&root).unwrap();
        for name in ["pgbackman", "pgbackman_control", "pgbackman_dump"] {
            assert!(
                programs.iter().any(|program| program.name == name),
                "{programs:?}"
            );
        }
        assert!(programs.iter().all(|program| program.name != "xtask"));
    }
}
