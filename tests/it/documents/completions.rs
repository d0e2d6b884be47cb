//! The completion scripts: every program has them, and bash offers what it should.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_program_has_completion_scripts() {
    let mut names: Vec<String> = xtask_documents::programs()
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
        .arg(root().join("completions/bash").join(program))
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
    assert_eq!(offered("pgbackman", &["--output", "j"]), ["json", "json2"]);
    assert_eq!(offered("pgbackman-bulk-update", &["--dry"]), ["--dry-run"]);
    assert_eq!(offered("pgbackman_control", &["--on"]), ["--once"]);
    assert_eq!(offered("pgbackman_setup", &["emb"]), ["embedded"]);
    assert!(offered("pgbackman_dump", &["--node-"]).contains(&"--node-fqdn".to_owned()));
}
