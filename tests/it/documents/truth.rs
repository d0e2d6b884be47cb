//! What the manual names exists: commands, flags, configuration keys, exit codes, tables and columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::exit_code::ExitCode;
use pgbackman_shell::commands;
use pgbackman_tests::postgres::Version;
use pgbackman_tests::sandbox::{Sandbox, run};

use crate::dump::support::DEADLINE;

use super::files::{chapter, chapters, code, root};

/// PostgreSQL's client programs whose flags the manual names.
const CLIENTS: [&str; 4] = ["pg_dump", "pg_dumpall", "pg_restore", "psql"];

/// Words of other programs' command lines that are flags of neither kind of program above.
const FOREIGN_FLAGS: [&str; 3] = ["--user", "--now", "--clean"];

/// Words of PgBackMan's own among the extra parameters of a restore (`domain::restore::restore_parameters`).
const OWN_RESTORE_WORDS: [&str; 2] = ["--map-role", "--select"];

/// Names of PostgreSQL's own that the manual speaks of.
const FOREIGN_NAMES: [&str; 7] = [
    "log_min_messages",
    "wal_receiver_timeout",
    "max_connections",
    "max_standby_streaming_delay",
    "pg_basebackup",
    "pg_prepared_xacts",
    "pg_read_all_data",
];

/// Beginnings of names that only commands of the shell have.
const COMMANDS: [&str; 14] = [
    "show_",
    "register_",
    "update_",
    "delete_",
    "move_",
    "keep_",
    "release_",
    "clone_",
    "cancel_",
    "restore_latest",
    "backup_now",
    "start_maintenance",
    "end_maintenance",
    "wait_for_restore",
];

/// The keys of the example configuration.
fn keys() -> Vec<String> {
    let example = fs::read_to_string(root().join("etc/pgbackman.conf")).unwrap();
    example
        .lines()
        .filter_map(|line| line.trim_start_matches('#').split_once(" = "))
        .map(|(key, _)| key.trim().to_owned())
        .filter(|key| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect()
}

#[test]
fn the_manual_tells_every_key_of_the_configuration() {
    let chapter = chapter("configuration.md");
    let keys = keys();
    for key in &keys {
        assert!(
            chapter.contains(&format!("`{key}`")),
            "docs/manual/configuration.md does not tell of `{key}`"
        );
    }
    assert!(
        keys.len() > 30,
        "the example configuration has only {} keys",
        keys.len()
    );
}

/// The names of the parameters that new backup servers and nodes get.
fn default_parameters() -> Vec<String> {
    let mut names = Vec::new();
    for file in fs::read_dir(root().join("sql/data")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let mut inside = false;
        for line in text.lines() {
            if line.contains("INSERT INTO") {
                inside = line.contains("_default_config");
            }
            let first = line.trim_start().strip_prefix("('").filter(|_| inside);
            names.extend(
                first
                    .and_then(|rest| rest.split('\'').next())
                    .map(str::to_owned),
            );
        }
    }
    names
}

#[test]
fn the_manual_tells_every_parameter_of_servers_and_nodes() {
    let chapter = chapter("configuration.md");
    let names = default_parameters();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        let family = if name.starts_with("pgsql_bin_") {
            "pgsql_bin_"
        } else {
            &name
        };
        assert!(
            chapter.contains(&format!("`{family}")),
            "docs/manual/configuration.md does not tell of the parameter `{name}`"
        );
    }
}

#[test]
fn the_manuals_example_configurations_are_read() {
    let mut hosts = BTreeSet::new();
    for (name, text) in chapters() {
        for part in text.split("```toml\n").skip(1) {
            let (example, _) = part.split_once("```").unwrap();
            let env = Environment::new(1000, "somebody");
            let config = Config::parse(example, Path::new("example.conf"), &env)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            hosts.extend(config.database.host);
        }
    }
    assert!(hosts.contains("catalogue.example.org"));
}

#[test]
fn the_manual_tells_every_exit_code_and_no_other() {
    // A new code makes this match incomplete: it then belongs into the list too.
    let number = |code: ExitCode| match code {
        ExitCode::Success
        | ExitCode::Failure
        | ExitCode::Usage
        | ExitCode::Configuration
        | ExitCode::CatalogueUnavailable
        | ExitCode::VersionMismatch
        | ExitCode::Refused
        | ExitCode::AlreadyRunning
        | ExitCode::Warning
        | ExitCode::Interrupted => code.code().to_string(),
    };
    let all: Vec<String> = [
        ExitCode::Success,
        ExitCode::Failure,
        ExitCode::Usage,
        ExitCode::Configuration,
        ExitCode::CatalogueUnavailable,
        ExitCode::VersionMismatch,
        ExitCode::Refused,
        ExitCode::AlreadyRunning,
        ExitCode::Warning,
        ExitCode::Interrupted,
    ]
    .into_iter()
    .map(number)
    .collect();
    let told: Vec<String> = chapter("exit-codes.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next())
        .filter(|word| word.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    assert_eq!(told, all);
}

/// The command of a line that is typed into the shell.
fn command_of(line: &str) -> Option<&str> {
    line.split_whitespace()
        .next()
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()) && word.contains('_'))
}

#[test]
fn every_command_the_manual_names_exists() {
    let mut named = 0;
    for (chapter, text) in chapters() {
        let code = code(&text);
        let spans = code
            .spans
            .iter()
            .map(String::as_str)
            .filter(|span| COMMANDS.iter().any(|start| span.starts_with(start)));
        let typed = code
            .lines
            .iter()
            .filter_map(|(_, line)| line.strip_prefix("[pgbackman]$ "));
        let given = code.lines.iter().filter_map(|(_, line)| {
            let (_, rest) = line.split_once("pgbackman -C ")?;
            rest.trim_start_matches(['"', '\''])
                .split(['"', '\''])
                .next()
        });
        for line in spans.chain(typed).chain(given) {
            let Some(name) = command_of(line) else {
                continue;
            };
            let family = name.ends_with('_') || name.ends_with('…');
            // What the examples of the reference show being misspelt is not there: they are of what went well.
            assert!(
                family || commands::find(name).is_some(),
                "{chapter} names the command {name}, which there is not: {line}"
            );
            named += 1;
        }
    }
    assert!(named > 100, "only {named} commands are named");
}

/// All `--flags` of a text.
fn flags(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.len() > 2 && word.starts_with("--"))
        // `--no-…` stands for a family.
        .filter(|word| word.as_bytes()[2].is_ascii_alphabetic() && !word.ends_with('-'))
        .map(str::to_owned)
        .collect()
}

/// What each of our programs, and of its subcommands, says about itself.
fn helps() -> BTreeMap<String, BTreeSet<String>> {
    let sandbox = Sandbox::without_catalogue();
    let mut helps = BTreeMap::new();
    for entry in fs::read_dir(sandbox.bin_dir()).unwrap() {
        let program = entry.unwrap().file_name().into_string().unwrap();
        if program.ends_with("_observed") {
            continue;
        }
        // Not every program has a configuration.
        let mut command = sandbox.bare_command(&program);
        let mut help = run(command.arg("--help"), b"", DEADLINE).success();
        if program == "pgbackman_setup" {
            for task in ["database", "embedded", "server", "node"] {
                help += &sandbox.run(&program, [task, "--help"]).success();
            }
        }
        helps.insert(program, flags(&help));
    }
    helps
}

/// The program that a command line starts, seen past `runuser -u pgbackman --` and its like: the last of ours that is named
/// before the first flag.
fn program_of<'a>(line: &str, programs: &'a BTreeMap<String, BTreeSet<String>>) -> Option<&'a str> {
    let first_flag = line
        .match_indices("--")
        .map(|(at, _)| at)
        .find(|at| line[at + 2..].starts_with(|c: char| c.is_ascii_alphabetic()))
        .unwrap_or(line.len());
    line[..first_flag]
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
        .filter_map(|word| programs.get_key_value(word))
        .map(|(program, _)| program.as_str())
        .next_back()
}

#[test]
fn every_flag_the_manual_names_is_a_flag_of_the_program() {
    let programs = helps();
    let mut known: BTreeSet<String> = programs.values().flatten().cloned().collect();
    for client in CLIENTS {
        for version in [Version::Installed, Version::V18] {
            let help = Command::new(version.bin_dir().join(client))
                .arg("--help")
                .output()
                .unwrap();
            known.extend(flags(&String::from_utf8(help.stdout).unwrap()));
        }
    }
    known.extend(FOREIGN_FLAGS.map(str::to_owned));
    known.extend(OWN_RESTORE_WORDS.map(str::to_owned));
    let mut named = 0;
    let mut wrong = Vec::new();
    for (chapter, text) in chapters() {
        let code = code(&text);
        let typed = code
            .lines
            .iter()
            .filter(|(language, _)| language == "console")
            .map(|(_, line)| line.as_str());
        for text in code.spans.iter().map(String::as_str).chain(typed) {
            for line in text.split('|') {
                let line = line.trim_start();
                let program = program_of(line, &programs).filter(|_| !line.contains("xtask"));
                for flag in flags(line.split(" -C ").next().unwrap_or_default()) {
                    let fine = match program {
                        Some(program) => programs[program].contains(&flag),
                        None => {
                            known.contains(&flag)
                                || line.contains("xtask")
                                || line.contains("cargo")
                                || line.contains("useradd")
                        }
                    };
                    if !fine {
                        wrong.push(format!(
                            "{chapter} names {flag}, which there is not: {line}"
                        ));
                    }
                    named += 1;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(named > 40, "only {named} flags are named");
}

/// Everything that has a name with an underscore, in the sources of what the manual tells about.
fn known_names() -> String {
    let mut text = String::new();
    let mut add = |directory: &str| {
        let mut directories = vec![root().join(directory)];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else if let Ok(read) = fs::read_to_string(&path) {
                    text.push_str(&read);
                }
            }
        }
    };
    for directory in [
        "sql",
        "etc",
        "docs/spec",
        "crates/pgbackman-shell/src/commands",
        "crates/pgbackman-monitor/src",
        "crates/pgbackman-core/src/catalogue/attention",
    ] {
        add(directory);
    }
    text
}

#[test]
fn every_name_in_the_manual_is_known_to_the_sources() {
    let known = known_names();
    let mut wrong = Vec::new();
    for (chapter, text) in chapters() {
        for span in code(&text).spans {
            let is_name = span.contains('_')
                && span
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let is_known = span.ends_with('_')
                || known.contains(&span)
                || CLIENTS.contains(&span.as_str())
                || FOREIGN_NAMES.contains(&span.as_str());
            if is_name && !is_known {
                wrong.push(format!(
                    "{chapter} names `{span}`, which neither the schema nor the programs know"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_program_is_in_the_manuals_contents_and_its_architecture() {
    let (contents, architecture) = (chapter("README.md"), chapter("architecture.md"));
    for entry in fs::read_dir(root().join("docs/man")).unwrap() {
        let page = entry.unwrap().file_name().into_string().unwrap();
        let program = page.rsplit_once('.').unwrap().0;
        assert!(
            contents.contains(&format!("(../man/{page})")),
            "docs/manual/README.md does not link to {page}"
        );
        assert!(
            architecture.contains(&format!("| `{program}` |")),
            "docs/manual/architecture.md does not tell what {program} does"
        );
    }
}
