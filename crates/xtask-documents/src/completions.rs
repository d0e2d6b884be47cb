//! The completion scripts for bash, zsh and fish.

use std::path::{Path, PathBuf};

use clap_complete::{Shell, generate};

use crate::Document;

/// The shells that have scripts, each in its own directory below `completions`.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// A program's scripts.
pub(crate) fn scripts(program: &clap::Command) -> impl Iterator<Item = Document> {
    SHELLS.into_iter().map(|shell| {
        let name = program.get_name().to_owned();
        let mut script = Vec::new();
        generate(shell, &mut program.clone(), &name, &mut script);
        Document {
            path: path(shell, &name),
            text: String::from_utf8_lossy(&script).into_owned(),
        }
    })
}

/// Where a script is, under the name by which its shell looks for it.
fn path(shell: Shell, program: &str) -> PathBuf {
    let file = match shell {
        Shell::Zsh => format!("_{program}"),
        Shell::Fish => format!("{program}.fish"),
        _ => program.to_owned(),
    };
    Path::new("completions").join(shell.to_string()).join(file)
}
