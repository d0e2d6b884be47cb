//! The project's own tasks, for whoever works on it: `cargo xtask <task>`.
//!
//! It needs no library of the system and, but for reading Markdown, only the standard library, so that it builds on a
//! machine that has Rust and a C compiler and nothing else: it installs what the rest of the workspace needs to build and
//! to be tested.
#![forbid(unsafe_code)]

mod bench;
mod crons;
mod debian;
mod dist;
mod documents;
mod installation;
mod layers;
mod lifecycle;
mod man;
mod matrix;
mod packages;
mod policy;
mod process;
mod programs;
mod quickstart;
mod registries;
mod report;
mod rules;
mod servers;
mod task;
mod test;
mod version_table;
mod workspace;

use std::process::ExitCode;

use task::{Result, TaskError};

/// What `cargo xtask` answers when asked for nothing, or for help.
const USAGE: &str = "\
Usage: cargo xtask <task> [options]

Tasks:
  bench [--scale N] [--dir DIR] [--keep]
                               measures PgBackMan, and compares it with pg_dump alone
  dist [--output DIR] [--package-version VERSION]
                               builds the packages, a .deb and an .rpm
  docs [--output DIR]          generates the documents that come from the code, and renders the manual as HTML
  quickstart [--dir DIR] [--yes] | --clean
                               demonstrates PgBackMan on this machine, in one directory
  report [--dir DIR]           creates the page of an invented fleet, and pictures of it
  test [--offline] [FILTER…]   checks format, lints and coding rules, builds everything, and runs every test
                               (with FILTER: only the tests whose name contains it)
  test --browser | --by-hand | --crons | --fuse | --long | --matrix | --monitoring | --packages
                               runs the tests that need Chromium, a bare Debian, several crons, a file system in user space,
                               many minutes, every release of PostgreSQL, Prometheus's own tool, or whole Debian systems

See cargo xtask <task> --help for the options of a task.";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match run(&task, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask {task}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one task by its name.
fn run(task: &str, arguments: &[String]) -> Result<()> {
    match task {
        "bench" => bench::main(arguments),
        "dist" => dist::main(arguments),
        "docs" => documents::main(arguments),
        "quickstart" => quickstart::main(arguments),
        "report" => report::main(arguments),
        "test" => test::main(arguments),
        bench::HIDDEN_TASK => bench::inside(arguments),
        quickstart::HIDDEN_TASK => quickstart::inside(arguments),
        packages::HIDDEN_TASK => packages::install_here(arguments),
        "" | "help" | "-h" | "--help" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => Err(TaskError::new(format!(
            "there is no task called {unknown:?}\n\n{USAGE}"
        ))),
    }
}
