//! The configuration of an installation: what `pgbackman_setup embedded` wrote, with the local limits set to the
//! directory.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Account, Layout};
use crate::task::{Context, Result};

/// Sets what differs from the defaults in an installation of its own directory.
///
/// # Errors
///
/// When the file that `pgbackman_setup` wrote cannot be read or replaced.
pub(crate) fn write_config(layout: &Layout, account: &Account, client_bin: &Path) -> Result<()> {
    let path = layout.config();
    let given =
        fs::read_to_string(&path).context(|| format!("could not read {}", path.display()))?;
    let text = set_sections(&given, &sections(layout, account, client_bin));
    fs::write(&path, text).context(|| format!("could not write {}", path.display()))
}

/// The keys of our own, by section.
fn sections(layout: &Layout, account: &Account, client_bin: &Path) -> Vec<(&'static str, String)> {
    let shown = |path: &Path| path.display().to_string();
    vec![
        (
            "backup_server",
            format!(
                "backup_server = \"{}\"\nos_user = \"{}\"\nprogram_dir = \"{}\"\ncrontab_dirs = [\"{}\"]\n\
                 backup_roots = [\"{}\"]\nbin_dirs = [\"{}\"]\n",
                Layout::BACKUP_SERVER,
                account.name,
                shown(&layout.bin()),
                shown(&layout.crontabs()),
                shown(&layout.backups()),
                shown(client_bin),
            ),
        ),
        (
            "pgbackman_dump",
            format!("tmp_dir = \"{}\"\n", shown(&layout.at("tmp"))),
        ),
        (
            "logging",
            format!(
                "log_level = \"INFO\"\nlog_file = \"{}\"\n",
                shown(&layout.log().join("pgbackman.log"))
            ),
        ),
    ]
}

/// Replaces sections of a TOML text, each whole, and appends those it has not.
fn set_sections(given: &str, sections: &[(&str, String)]) -> String {
    let mut text = String::new();
    let mut replaced = false;
    for line in given.lines() {
        if let Some(header) = line.trim().strip_prefix('[') {
            let name = header.trim_end_matches(']');
            replaced = sections.iter().any(|(ours, _)| *ours == name);
        }
        if !replaced {
            text.push_str(line);
            text.push('\n');
        }
    }
    for (name, keys) in sections {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n[{name}]\n{keys}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_whole_and_others_stay() {
        let given = "[a]\nx = 1\n[b]\ny = 2\n[c]\nz = 3\n";
        let text = set_sections(given, &[("b", "y = 9\n".into()), ("d", "w = 4\n".into())]);
        assert_eq!(text, "[a]\nx = 1\n[c]\nz = 3\n\n[b]\ny = 9\n\n[d]\nw = 4\n");
    }
}
