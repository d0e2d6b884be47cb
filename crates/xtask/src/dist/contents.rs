//! What the packages install: each file of the repository with its place on a machine.

use std::path::{Path, PathBuf};

use crate::programs;
use crate::task::{Result, TaskError};
use crate::workspace::tracked_files;

/// One file of the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed {
    /// The file as it is staged: absolute.
    pub(super) source: PathBuf,
    /// Where it is installed: absolute.
    pub(super) target: PathBuf,
    /// Whether it is a program.
    pub(super) program: bool,
    /// What an administrator changes: an upgrade keeps it.
    pub(super) configuration: bool,
    /// Where Red Hat's family has it, if that is another place.
    pub(super) in_rpm: Option<PathBuf>,
    /// Whether only Debian's package has it.
    pub(super) only_debian: bool,
    /// What is done to it on its way.
    pub(super) treatment: Treatment,
}

/// How a file is changed when it is staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Not at all.
    Copy,
    /// Without its symbols.
    Strip,
    /// Compressed, its name ending in `.gz`.
    Compress,
}

impl Packed {
    /// A file that is only copied.
    pub(super) fn new(source: PathBuf, target: impl Into<PathBuf>) -> Self {
        Self {
            source,
            target: target.into(),
            program: false,
            configuration: false,
            in_rpm: None,
            only_debian: false,
            treatment: Treatment::Copy,
        }
    }
}

/// Where the documentation goes.
pub(super) const DOCUMENTS: &str = "/usr/share/doc/pgbackman";

/// Every file, of the programs in `built` and of the repository.
///
/// # Errors
///
/// When the repository cannot be listed, or a service starts a program that does not exist.
pub(super) fn list(root: &Path, built: &Path) -> Result<Vec<Packed>> {
    let mut files = Vec::new();
    for program in programs::all(root)? {
        let mut packed = Packed::new(
            built.join(&program.name),
            Path::new("/usr/bin").join(&program.name),
        );
        packed.program = true;
        packed.treatment = Treatment::Strip;
        files.push(packed);
    }
    for path in tracked_files(root, &["sql", "docs", "completions", "etc", "packaging"])? {
        files.extend(place(root, &path));
    }
    for name in ["CHANGELOG.md", "README.md"] {
        let mut packed = Packed::new(root.join(name), Path::new(DOCUMENTS).join(name));
        if name == "CHANGELOG.md" {
            packed.target = Path::new(DOCUMENTS).join("changelog.gz");
            packed.treatment = Treatment::Compress;
        }
        files.push(packed);
    }
    files.sort_by(|a, b| a.target.cmp(&b.target));
    match files
        .windows(2)
        .find(|pair| pair[0].target == pair[1].target)
    {
        Some(pair) => Err(TaskError::new(format!(
            "{} would be installed from two files",
            pair[0].target.display()
        ))),
        None => Ok(files),
    }
}

/// Where a file of the repository is installed; `None` for what is not.
fn place(root: &Path, path: &Path) -> Option<Packed> {
    let text = path.to_str()?;
    let source = root.join(path);
    let below = |prefix: &str| path.strip_prefix(prefix).ok();
    if ["docs/spec", "docs/adr", "docs/README.md", "sql/tests"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
    {
        // For who works on PgBackMan, not for who runs it.
        return None;
    }
    if let Some(rest) = below("sql") {
        return Some(Packed::new(
            source,
            Path::new("/usr/share/pgbackman").join(rest),
        ));
    }
    if let Some(rest) = below("etc") {
        let mut packed = Packed::new(source, Path::new("/etc/pgbackman").join(rest));
        packed.configuration = true;
        return Some(packed);
    }
    if let Some(rest) = below("docs/man") {
        let section = rest.extension()?.to_str()?;
        let target = format!("/usr/share/man/man{section}/{}.gz", rest.display());
        let mut packed = Packed::new(source, target);
        packed.treatment = Treatment::Compress;
        return Some(packed);
    }
    if let Some(rest) = below("docs") {
        return Some(Packed::new(source, Path::new(DOCUMENTS).join(rest)));
    }
    for (shell, directory) in [
        ("bash", "/usr/share/bash-completion/completions"),
        ("zsh", "/usr/share/zsh/vendor-completions"),
        ("fish", "/usr/share/fish/vendor_completions.d"),
    ] {
        if let Some(rest) = below(&format!("completions/{shell}")) {
            let mut packed = Packed::new(source, Path::new(directory).join(rest));
            // zsh's directory for what packages bring is Debian's invention.
            packed.in_rpm =
                (shell == "zsh").then(|| Path::new("/usr/share/zsh/site-functions").join(rest));
            return Some(packed);
        }
    }
    if let Some(rest) = below("packaging/systemd") {
        return Some(Packed::new(
            source,
            Path::new("/usr/lib/systemd/system").join(rest),
        ));
    }
    let (target, program, configuration, only_debian) = match text {
        "packaging/sysusers.conf" => ("/usr/lib/sysusers.d/pgbackman.conf", false, false, false),
        "packaging/tmpfiles.conf" => ("/usr/lib/tmpfiles.d/pgbackman.conf", false, false, false),
        "packaging/logrotate" => ("/etc/logrotate.d/pgbackman", false, true, false),
        "packaging/init/pgbackman" => ("/etc/init.d/pgbackman", true, true, true),
        "packaging/init/default" => ("/etc/default/pgbackman", false, true, true),
        "packaging/debian/copyright" => ("/usr/share/doc/pgbackman/copyright", false, false, false),
        _ => return None,
    };
    let mut packed = Packed::new(source, target);
    packed.program = program;
    packed.configuration = configuration;
    packed.only_debian = only_debian;
    Some(packed)
}

/// The names of the units among the files.
pub(super) fn units(files: &[Packed]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.target.starts_with("/usr/lib/systemd/system"))
        .filter_map(|file| Some(file.target.file_name()?.to_str()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn listed() -> Vec<Packed> {
        list(&root(), Path::new("/built")).unwrap()
    }

    #[test]
    fn what_an_administrator_changes_is_configuration_and_nothing_else_is() {
        for file in listed() {
            assert_eq!(
                file.configuration,
                file.target.starts_with("/etc"),
                "{}",
                file.target.display()
            );
        }
    }

    #[test]
    fn every_program_is_packed_with_its_page() {
        let files = listed();
        for program in programs::all(&root()).unwrap() {
            let has = |target: String| files.iter().any(|file| file.target == Path::new(&target));
            assert!(has(format!("/usr/bin/{}", program.name)), "{program:?}");
            assert!(
                has(format!("/usr/share/man/man1/{}.1.gz", program.name))
                    || has(format!("/usr/share/man/man8/{}.8.gz", program.name)),
                "{program:?} has no page"
            );
        }
    }

    #[test]
    fn every_unit_starts_a_program_that_is_packed() {
        let files = listed();
        let names = units(&files);
        assert!(
            names.contains(&"pgbackman-control.service".to_owned()),
            "{names:?}"
        );
        for unit in names {
            let text =
                std::fs::read_to_string(root().join("packaging/systemd").join(&unit)).unwrap();
            let program = text
                .lines()
                .find_map(|line| line.strip_prefix("ExecStart="))
                .and_then(|line| line.split(' ').next())
                .unwrap();
            assert!(
                program == "/bin/true"
                    || files.iter().any(|file| file.target == Path::new(program)),
                "{unit} starts {program}, which is not in the packages"
            );
        }
    }

    #[test]
    fn every_unit_is_exposed_to_at_most_three() {
        let directory = root().join("packaging/systemd");
        let units = units(&listed());
        assert!(units.len() >= 3, "{units:?}");
        for unit in units {
            let judged = std::process::Command::new("systemd-analyze")
                .args(["security", "--offline=yes", "--no-pager", "--threshold=30"])
                .arg(directory.join(&unit))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&judged.stdout);
            assert!(
                judged.status.success() && said.contains("Overall exposure level"),
                "{unit} is exposed to more than 3.0:\n{said}{}",
                String::from_utf8_lossy(&judged.stderr)
            );
        }
    }
}
