//! The configuration file of a sandbox (`docs/spec/setup.md`).

use std::fmt::Write as _;
use std::path::Path;

use super::Sandbox;
use crate::postgres::Version;

/// One value of the file, `[section] key = value`, in TOML's notation.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) section: String,
    pub(super) key: String,
    pub(super) value: String,
}

/// A TOML string of any text.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn list<'a>(paths: impl IntoIterator<Item = &'a Path>) -> String {
    let items: Vec<_> = paths
        .into_iter()
        .map(|path| quoted(&path.to_string_lossy()))
        .collect();
    format!("[{}]", items.join(", "))
}

/// The values every sandbox starts with.
pub(super) fn defaults(sandbox: &Sandbox) -> Vec<Setting> {
    let bin_dirs = Version::ALL.map(Version::bin_dir);
    let text = |path: &Path| quoted(&path.to_string_lossy());
    let values = [
        (
            "backup_server",
            "backup_server",
            quoted(Sandbox::BACKUP_SERVER),
        ),
        ("backup_server", "os_user", quoted(sandbox.os_user())),
        ("backup_server", "program_dir", text(&sandbox.bin_dir())),
        (
            "backup_server",
            "crontab_dirs",
            list([sandbox.crontab_dir().as_path()]),
        ),
        (
            "backup_server",
            "backup_roots",
            list([sandbox.backup_root().as_path()]),
        ),
        (
            "backup_server",
            "bin_dirs",
            list(bin_dirs.iter().map(std::path::PathBuf::as_path)),
        ),
        ("pgbackman_database", "host", text(&sandbox.host)),
        ("pgbackman_database", "port", sandbox.port.to_string()),
        ("pgbackman_database", "dbname", quoted(&sandbox.dbname)),
        ("pgbackman_database", "user", quoted("pgbackman_role_rw")),
        (
            "pgbackman_database",
            "pg_connect_retry_interval",
            "1".to_owned(),
        ),
        (
            "pgbackman_dump",
            "tmp_dir",
            text(&sandbox.path().join("tmp")),
        ),
        ("logging", "log_level", quoted("DEBUG")),
        ("logging", "log_file", text(&sandbox.log_file())),
    ];
    values
        .into_iter()
        .map(|(section, key, value)| Setting {
            section: section.to_owned(),
            key: key.to_owned(),
            value,
        })
        .collect()
}

/// The file's text: each section once, in the order of first mention.
pub(super) fn render(settings: &[Setting]) -> String {
    let mut sections: Vec<&str> = Vec::new();
    for setting in settings {
        if !sections.contains(&setting.section.as_str()) {
            sections.push(&setting.section);
        }
    }
    let mut text = String::new();
    for section in sections {
        let _ = writeln!(text, "[{section}]");
        for setting in settings.iter().filter(|setting| setting.section == section) {
            let _ = writeln!(text, "{} = {}", setting.key, setting.value);
        }
    }
    text
}
