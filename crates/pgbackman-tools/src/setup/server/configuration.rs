//! Settings in the configuration file, which preserve what an administrator has written there.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::atomic_file;
use pgbackman_core::sys::privilege::Owner;

use super::{Steps, places};
use crate::setup::{failure, say};

/// The first line of a file that is created here.
const HEAD: &str = "# Configuration of PgBackMan, created by pgbackman_setup server. All settings and their defaults: \
    pgbackman.conf in the documentation.\n";

/// One key with its value, as TOML.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    section: &'static str,
    key: &'static str,
    value: String,
}

impl Setting {
    pub(super) fn new(section: &'static str, key: &'static str, value: String) -> Self {
        Self {
            section,
            key,
            value,
        }
    }
}

/// Makes sure that the file exists and has the settings. The new text is parsed first, as the programs will do.
pub(super) fn write(
    steps: Steps,
    file: &Path,
    settings: &[Setting],
    env: &Environment,
) -> Result<(), ProgramError> {
    let present = match fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(failure(format!(
                "could not read {}: {error}",
                file.display()
            )));
        }
    };
    let mut text = present.clone().unwrap_or_else(|| HEAD.to_owned());
    for setting in settings {
        text = with(&text, setting);
    }
    if present.as_deref() == Some(text.as_str()) {
        say(&format!(
            "The configuration {} needs no change.",
            file.display()
        ));
        return Ok(());
    }
    Config::parse(&text, file, env).map_err(|error| {
        ProgramError::from_error(ExitCode::Configuration, &error)
            .with_hint("nothing was changed; change the settings by hand")
    })?;
    let what = settings
        .iter()
        .map(|setting| format!("{} = {}", setting.key, setting.value))
        .collect::<Vec<_>>()
        .join(", ");
    steps.perform(
        &format!("the configuration {} was written ({what})", file.display()),
        || put(file, &text),
    )
}

fn put(file: &Path, text: &str) -> Result<(), ProgramError> {
    let failed = |error| failure(format!("could not write {}: {error}", file.display()));
    // The jobs read the configuration too.
    places::open_parents(file).map_err(failed)?;
    // It may contain a password, and then its mode is restrictive.
    let (mode, owner) = match fs::metadata(file) {
        Ok(present) => (
            present.mode() & 0o7777,
            Some(Owner {
                uid: present.uid(),
                gid: present.gid(),
            }),
        ),
        Err(_) => (0o644, None),
    };
    atomic_file::write(file, text.as_bytes(), mode, owner).map_err(failed)
}

/// Adds one setting to the text: in place of the line that sets it, or else below the comment that shows it, or else
/// below the head of its section, or else in a new section at the end. Only whole lines are considered: a value of
/// several lines is an administrator's, and parsing the result shows whether it is still valid.
fn with(text: &str, setting: &Setting) -> String {
    let line = format!("{} = {}", setting.key, setting.value);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let head = format!("[{}]", setting.section);
    let Some(start) = lines.iter().position(|known| known.trim() == head) else {
        if lines.last().is_some_and(|last| !last.trim().is_empty()) {
            lines.push(String::new());
        }
        lines.push(head);
        lines.push(line);
        return lines.join("\n") + "\n";
    };
    let end = lines[start + 1..]
        .iter()
        .position(|known| known.trim_start().starts_with('['))
        .map_or(lines.len(), |length| start + 1 + length);
    let key_of = |known: &str| known.split_once('=').map(|(key, _)| key.trim().to_owned());
    let find = |prefix: &str| {
        (start + 1..end)
            .find(|&at| key_of(lines[at].trim()) == Some(format!("{prefix}{}", setting.key)))
    };
    match (find(""), find("#")) {
        (Some(at), _) => lines[at] = line,
        (None, Some(at)) => lines.insert(at + 1, line),
        (None, None) => lines.insert(start + 1, line),
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, value: &str) -> String {
        with(text, &Setting::new("b", "key", value.to_owned()))
    }

    #[test]
    fn a_setting_finds_its_place_and_everything_else_stays() {
        assert_eq!(
            set("[a]\nkey = 1\n[b]\nkey = 2\nother = 3\n", "9"),
            "[a]\nkey = 1\n[b]\nkey = 9\nother = 3\n"
        );
        assert_eq!(
            set("[b]\n# What it is:\n#key = 1\n\n[c]\nkey = 2\n", "9"),
            "[b]\n# What it is:\n#key = 1\nkey = 9\n\n[c]\nkey = 2\n"
        );
        assert_eq!(set("[b]\nother = 1\n", "9"), "[b]\nkey = 9\nother = 1\n");
        assert_eq!(set("[a]\nx = 1\n", "9"), "[a]\nx = 1\n\n[b]\nkey = 9\n");
        assert_eq!(set("# nothing\n", "9"), "# nothing\n\n[b]\nkey = 9\n");
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let once = set("[b]\n#key = 1\n", "9");
        assert_eq!(set(&once, "9"), once);
    }

    #[test]
    fn the_shipped_configuration_takes_settings() {
        let shipped = include_str!("../../../../../etc/pgbackman.conf");
        let env = Environment::new(0, "root");
        let file = Path::new("/etc/pgbackman/pgbackman.conf");
        let mut text = shipped.to_owned();
        for setting in [
            Setting::new("backup_server", "backup_roots", "[\"/backups\"]".to_owned()),
            Setting::new("pgbackman_database", "host", "\"/x/run\"".to_owned()),
        ] {
            text = with(&text, &setting);
        }
        let config = Config::parse(&text, file, &env).unwrap();
        assert_eq!(config.backup_server.backup_roots, [Path::new("/backups")]);
        assert_eq!(config.database.host.as_deref(), Some("/x/run"));
    }
}
