//! The documents say what the code does.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use pgbackman_core::config::{Config, Environment};
use pgbackman_shell::{commands, help};

/// Set to anything, it makes the test of the reference write it instead: `cargo xtask docs` does.
const WRITE: &str = "PGBACKMAN_WRITE_DOCUMENTS";

fn manual(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs/manual")
        .join(name)
}

/// The reference of the shell's commands, from their declarations.
fn reference() -> String {
    let mut page = "# The shell's commands\n\n\
                    Made from the commands' declarations by `cargo xtask docs`: what `help COMMAND` shows.\n"
        .to_owned();
    for entry in commands::all() {
        // A declaration's page begins and ends with an empty line, or may.
        let text = help::command(entry.spec);
        let _ = write!(
            page,
            "\n## `{}`\n\n```text\n{}\n```\n",
            entry.spec.name,
            text.trim_matches('\n')
        );
    }
    page
}

#[test]
fn the_manual_has_every_command_as_the_shell_declares_it() {
    let path = manual("commands.md");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, reference()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == reference(),
        "docs/manual/commands.md is not what the shell declares: run `cargo xtask docs` and commit it"
    );
}

#[test]
fn the_manual_tells_every_key_of_the_configuration() {
    let chapter = fs::read_to_string(manual("configuration.md")).unwrap();
    let example =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../etc/pgbackman.conf"))
            .unwrap();
    let mut keys = 0;
    for line in example.lines() {
        let Some((key, _)) = line.trim_start_matches('#').split_once(" = ") else {
            continue;
        };
        if key.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            keys += 1;
            assert!(
                chapter.contains(&format!("`{key}`")),
                "docs/manual/configuration.md does not tell of `{key}`"
            );
        }
    }
    assert!(keys > 30, "the example configuration has only {keys} keys");
}

#[test]
fn the_manuals_example_configuration_is_read() {
    let chapter = fs::read_to_string(manual("configuration.md")).unwrap();
    let (_, rest) = chapter.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let env = Environment::new(1000, "somebody");
    let config = Config::parse(example, Path::new("example.conf"), &env).unwrap();
    assert_eq!(
        config.database.host.as_deref(),
        Some("catalogue.example.org")
    );
}
