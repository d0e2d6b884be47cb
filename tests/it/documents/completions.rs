//! The completion scripts for bash, zsh and fish in `completions/`: what the programs' own command lines make of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap_complete::{Shell, generate};

/// Set to anything, it makes the test write the scripts instead: `cargo xtask docs` does.
const WRITE: &str = "PGBACKMAN_WRITE_DOCUMENTS";

/// The shells, and where each has its scripts.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The command lines of all programs.
fn programs() -> Vec<clap::Command> {
    let mut programs = pgbackman_shell::command_lines().to_vec();
    programs.push(pgbackman_alerts::args::command_line());
    programs.push(pgbackman_control::command_line());
    programs.push(pgbackman_dump::args::command_line());
    programs.push(pgbackman_maintenance::args::command_line());
    programs.extend(pgbackman_monitor::command_lines());
    programs.push(pgbackman_report::args::command_line());
    programs.push(pgbackman_restore::args::command_line());
    programs.push(pgbackman_tools::command_line());
    programs
}

/// Where a script lies, under the name by which its shell looks for it.
fn path(shell: Shell, program: &str) -> PathBuf {
    let file = match shell {
        Shell::Zsh => format!("_{program}"),
        Shell::Fish => format!("{program}.fish"),
        _ => program.to_owned(),
    };
    root()
        .join("completions")
        .join(shell.to_string())
        .join(file)
}

fn script(shell: Shell, mut program: clap::Command) -> String {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    generate(shell, &mut program, name, &mut script);
    String::from_utf8(script).unwrap()
}

#[test]
fn the_completion_scripts_are_those_of_the_command_lines() {
    for program in programs() {
        for shell in SHELLS {
            let path = path(shell, program.get_name());
            let script = script(shell, program.clone());
            if std::env::var_os(WRITE).is_some() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, &script).unwrap();
            }
            assert!(
                fs::read_to_string(&path).unwrap_or_default() == script,
                "{} is not what the program's command line makes of it: run `cargo xtask docs` and commit it",
                path.display()
            );
        }
    }
}

#[test]
fn every_program_has_completion_scripts() {
    let mut names: Vec<String> = programs()
        .iter()
        .map(|program| program.get_name().to_owned())
        .collect();
    names.sort();
    let mut binaries = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let manifest = entry.unwrap().path().join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        for binary in text.split("[[bin]]").skip(1) {
            let (_, rest) = binary.split_once("name = \"").unwrap();
            binaries.push(rest.split('"').next().unwrap().to_owned());
        }
    }
    binaries.sort();
    assert_eq!(names, binaries, "a program is not completed, or none");
}

/// What bash offers for the last of these words.
fn offered(program: &str, words: &[&str]) -> Vec<String> {
    // The script's last words register its function; asking it as bash does shows what it offers.
    let ask = r#"source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        read -r -a spec <<<"$(complete -p "$1")"
        for i in "${!spec[@]}"; do [ "${spec[i]}" = -F ] && f=${spec[i + 1]}; done
        "$f" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let output = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", ask, "bash"])
        .arg(path(Shell::Bash, program))
        .arg(program)
        .args(words)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn bash_completes_flags_values_and_subcommands() {
    assert_eq!(offered("pgbackman", &["--keep"]), ["--keep-going"]);
    assert_eq!(offered("pgbackman", &["--output", "j"]), ["json"]);
    assert_eq!(offered("pgbackman-bulk-update", &["--dry"]), ["--dry-run"]);
    assert_eq!(offered("pgbackman_control", &["--on"]), ["--once"]);
    assert_eq!(offered("pgbackman_setup", &["emb"]), ["embedded"]);
    assert!(offered("pgbackman_dump", &["--node-"]).contains(&"--node-fqdn".to_owned()));
}
