//! `cargo xtask bench`: what PgBackMan costs, against `pg_dump` alone where there is something to compare with.
//!
//! Times of a machine say little elsewhere, so dumps are measured in pairs that alternate, and their medians compared as
//! ratios. Nothing here is a test: a test must not depend on how busy a machine is.

mod catalogue;
mod copies;
mod crontabs;
mod dumps;
mod fleet;
mod lists;
mod looks;
mod memory;
mod purge;
mod report;
mod restores;
mod scrapes;
mod timing;
mod upgrade;

use std::path::{Path, PathBuf};

use crate::installation::{self, Account, Layout, Node, Shell, Standing};
use crate::packages::{self, Purpose};
use crate::process::run;
use crate::task::{Result, TaskError, say, step};
use crate::workspace;

use report::Report;

/// The task that this program starts itself as inside the namespace.
pub(crate) const HIDDEN_TASK: &str = "__bench-inside";

/// What `cargo xtask bench --help` answers.
const USAGE: &str = "\
Usage: cargo xtask bench [--scale N] [--dir DIR] [--keep] [--only-dumps]
                         [--only-maintenance] [--only-looks] [--only-monitoring]
                         [--unoptimised]

Builds an optimised PgBackMan, sets it up in DIR with a private PostgreSQL node, measures, and prints a table: dumps of an
empty database on a node with 3 and with 300 databases; a dump and a restore of a pgbench database; the time from a
registration to the crontab; 300 and 10 000 definitions; one shell command; the shell's long lists; a maintenance pass that
deletes 10 000 backups (compared with `rm -r` of an equal tree); the daily look at a million files (compared with `find`);
the upgrade of a catalogue of PgBackMan 1.2; and monitoring, alerts, the report and show_disk_space with 10 000 definitions
and a million backups.

  --scale N  size of the pgbench database (default: 50, about 750 MB on disk)
  --dir DIR  the directory (default: /var/tmp/pgbackman-bench); it is removed afterwards
  --keep     keep the directory and its running processes
  --only-dumps
             measure dumps of an empty database, on a node with 3 and with 300 databases
  --only-maintenance
             measure maintenance and the upgrade, with a hundred definitions
  --only-looks
             measure the daily look at the files of backups; creates a million files
  --only-monitoring
             measure monitoring, alerts, the report and show_disk_space
  --unoptimised
             measure the programs as quickstart builds them; for work on the bench itself";

/// Where the measurements take place unless told otherwise.
const DEFAULT_DIRECTORY: &str = "/var/tmp/pgbackman-bench";
/// The size of the pgbench database unless told otherwise: the one that PgBackMan 1.2 was measured with.
const DEFAULT_SCALE: u32 = 50;

/// Which part is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Dumps,
    Maintenance,
    Looks,
    Monitoring,
}

impl Part {
    const WORDS: [(&str, Self); 5] = [
        ("all", Self::All),
        ("dumps", Self::Dumps),
        ("maintenance", Self::Maintenance),
        ("looks", Self::Looks),
        ("monitoring", Self::Monitoring),
    ];

    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, part)| *part == self);
        found.map_or("all", |(word, _)| word)
    }

    fn by_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, part)| *part)
    }

    fn has(self, part: Self) -> bool {
        self == Self::All || self == part
    }
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    dir: PathBuf,
    scale: u32,
    keep: bool,
    part: Part,
    unoptimised: bool,
}

impl Options {
    /// Reads the command line; `None` if help was asked for.
    fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            dir: PathBuf::from(DEFAULT_DIRECTORY),
            scale: DEFAULT_SCALE,
            keep: false,
            part: Part::All,
            unoptimised: false,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--keep" => options.keep = true,
                "--only-dumps" => options.part = Part::Dumps,
                "--only-maintenance" => options.part = Part::Maintenance,
                "--only-looks" => options.part = Part::Looks,
                "--only-monitoring" => options.part = Part::Monitoring,
                "--unoptimised" => options.unoptimised = true,
                "-h" | "--help" => return Ok(None),
                "--dir" => {
                    options.dir = arguments
                        .next()
                        .map(PathBuf::from)
                        .ok_or_else(|| TaskError::new("--dir needs a directory"))?;
                }
                "--scale" => {
                    options.scale = arguments
                        .next()
                        .and_then(|number| number.parse().ok())
                        .filter(|&scale| scale > 0)
                        .ok_or_else(|| TaskError::new("--scale needs a number above 0"))?;
                }
                unknown => return Err(TaskError::new(format!("unknown: {unknown}\n\n{USAGE}"))),
            }
        }
        Ok(Some(options))
    }
}

/// The task.
///
/// # Errors
///
/// When something that is to be measured fails.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    let layout = Layout::new(&options.dir)?;
    packages::ensure(Purpose::Use, false)?;
    installation::build(!options.unoptimised)?;
    if layout.exists()? {
        installation::remove(&layout)?;
    }
    let scope = Scope::of(&options);
    let outcome = match Standing::of_this_run()? {
        Standing::Namespace => {
            let dir = layout.dir().to_string_lossy();
            let mut words = vec![HIDDEN_TASK, &dir];
            let scope = scope.as_words();
            words.extend(scope.iter().map(String::as_str));
            run(&mut installation::enter(&words)?)
        }
        standing => measure(&layout, standing, scope),
    };
    if !options.keep {
        step("clearing up");
        installation::remove(&layout)?;
    }
    outcome
}

/// The measurements, in the namespace.
///
/// # Errors
///
/// When one of them fails.
pub(crate) fn inside(arguments: &[String]) -> Result<()> {
    let [dir, scope @ ..] = arguments else {
        return Err(TaskError::new("start this through the bench"));
    };
    measure(
        &Layout::new(Path::new(dir))?,
        Standing::Namespace,
        Scope::from_words(scope)?,
    )
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scope {
    scale: u32,
    part: Part,
    optimised: bool,
}

impl Scope {
    fn of(options: &Options) -> Self {
        Self {
            scale: options.scale,
            part: options.part,
            optimised: !options.unoptimised,
        }
    }

    /// As the hidden task is told.
    fn as_words(self) -> [String; 3] {
        [
            self.scale.to_string(),
            self.part.word().to_owned(),
            self.optimised.to_string(),
        ]
    }

    fn from_words(words: &[String]) -> Result<Self> {
        let read = || {
            let [scale, part, optimised] = words else {
                return None;
            };
            Some(Self {
                scale: scale.parse().ok()?,
                part: Part::by_word(part)?,
                optimised: optimised.parse().ok()?,
            })
        };
        read().ok_or_else(|| TaskError::new("start this through the bench"))
    }
}

/// Sets up and measures.
fn measure(layout: &Layout, standing: Standing, scope: Scope) -> Result<()> {
    let account = Account::for_standing(standing)?;
    let bin = packages::newest_bin_directory()?;
    step("setting up");
    layout.create(
        &workspace::target_directory(&workspace::root()?).join(if scope.optimised {
            "release"
        } else {
            "debug"
        }),
        &account,
    )?;
    if account.has_namespace() {
        installation::mount_private_files(layout, &account)?;
    }
    let node = Node::create(layout, &account, &bin)?;
    installation::create_catalogue(layout, &account)?;
    let shell = Shell::unseen(layout);
    installation::register_server_and_node(shell, &node)?;
    installation::start_control(layout)?;

    let bench = Bench {
        layout,
        account: &account,
        node: &node,
        shell,
    };
    let mut report = Report::default();
    crontabs::first_two(&bench, &mut report)?;
    if scope.part.has(Part::Dumps) {
        dumps::empty_database(&bench, 3, &mut report)?;
        bench.fill_node(300)?;
        dumps::empty_database(&bench, 300, &mut report)?;
    }
    if scope.part == Part::All {
        daily_work(&bench, scope.scale, &mut report)?;
    }
    if scope.part.has(Part::Maintenance) {
        purge::expired_backups(&bench, &mut report)?;
        upgrade::old_catalogue(&bench, &mut report)?;
    }
    if scope.part.has(Part::Looks) {
        looks::million_files(&bench, &mut report)?;
    }
    if scope.part == Part::All {
        lists::catalogue(&bench, &mut report)?;
    }
    if scope.part.has(Part::Monitoring) {
        fleet::looked_after(&bench, &mut report)?;
    }
    step("measured");
    packages::say_machine();
    say(&node
        .sql("postgres", "SHOW server_version")?
        .trim()
        .replace('\n', " "));
    println!("\n{report}");
    Ok(())
}

/// Dumps, restores, crontabs, and what an operator asks.
fn daily_work(bench: &Bench<'_>, scale: u32, report: &mut Report) -> Result<()> {
    dumps::pgbench_database(bench, scale, report)?;
    restores::pgbench_database(bench, scale, report)?;
    crontabs::all_databases(bench, report)?;
    crontabs::ten_thousand(bench, report)?;
    lists::nodes(bench, report)?;
    lists::definitions(bench, report)
}

/// What every measurement needs.
struct Bench<'a> {
    layout: &'a Layout,
    account: &'a Account,
    node: &'a Node<'a>,
    shell: Shell<'a>,
}

impl Bench<'_> {
    /// Creates empty databases until the node has so many, its own `postgres` among them, templates not.
    fn fill_node(&self, wanted: usize) -> Result<()> {
        step(&format!("a node with {wanted} databases"));
        let present = self.databases()?;
        for number in present..wanted {
            // A database's name cannot be a parameter; it is made of a number of ours.
            let statement = format!("CREATE DATABASE db{number:03}");
            self.node.sql("postgres", &statement)?;
        }
        Ok(())
    }

    /// How many databases the node has, templates not counted.
    fn databases(&self) -> Result<usize> {
        self.node
            .sql(
                "postgres",
                "SELECT count(*) FROM pg_database WHERE NOT datistemplate",
            )?
            .trim()
            .parse()
            .map_err(|_| TaskError::new("the node does not count its databases"))
    }

    /// Registers a FULL backup of a database that cron never starts while this runs (29 February).
    fn define(&self, database: &str, minute: &str) -> Result<()> {
        self.shell
            .run(&[
                "register_backup_definition",
                "1",
                "1",
                database,
                "",
                minute,
                "3",
                "29",
                "2",
                "*",
                "FULL",
                "false",
                "7 days",
                "1",
                "",
                "ACTIVE",
                "measured",
            ])
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_a_number() {
        let parse = |words: &[&str]| {
            Options::parse(&words.iter().map(|&w| w.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(parse(&["--scale", "7"]).unwrap().unwrap().scale, 7);
        assert!(parse(&["--scale", "0"]).is_err());
        assert!(parse(&["--scale"]).is_err());
    }

    #[test]
    fn the_hidden_task_is_told_what_was_asked_for() {
        let words = ["--scale", "7", "--only-maintenance"].map(str::to_owned);
        let scope = Scope::of(&Options::parse(&words).unwrap().unwrap());
        assert!(scope.part == Part::Maintenance && scope.optimised && scope.scale == 7);
        assert_eq!(Scope::from_words(&scope.as_words()).unwrap(), scope);
        let words = ["--only-monitoring"].map(str::to_owned);
        let scope = Scope::of(&Options::parse(&words).unwrap().unwrap());
        assert!(!scope.part.has(Part::Maintenance) && scope.part.has(Part::Monitoring));
        assert_eq!(Scope::from_words(&scope.as_words()).unwrap(), scope);
        assert!(Scope::from_words(&words).is_err());
    }
}
