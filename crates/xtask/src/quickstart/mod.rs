//! `cargo xtask quickstart`: PgBackMan at work, on this machine, in one directory.

mod backups;
mod cron;
mod ending;
mod maintenance;
mod registration;
mod restore;
mod sample;
mod snapshot;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::installation::{self, Account, Layout, Node, Shell, Standing};
use crate::packages::{self, Purpose};
use crate::process::run;
use crate::task::{Context, Result, TaskError, say, step};
use crate::workspace;

/// The task that this program starts itself as inside the namespace.
pub(crate) const HIDDEN_TASK: &str = "__quickstart-inside";

/// What `cargo xtask quickstart --help` answers.
const USAGE: &str = "\
Usage: cargo xtask quickstart [--dir DIR] [--yes] | --clean [--dir DIR]

Builds PgBackMan and sets it up in DIR with a sample PostgreSQL node: an embedded catalogue, pgbackman_control and, if root
runs it, a private cron and atd. It registers everything through the shell, waits for cron to take backups and for atd to
take a snapshot, shows them, lets atd restore one into a second database, compares both, and lets maintenance delete
expired backups. Everything keeps running afterwards, so that you can try it.

As root it first installs missing packages, without letting their services start. Nothing else outside DIR changes.
Without root it names what is missing. If it may not create namespaces, it runs the lines of the crontab itself, as cron
would.

  --dir DIR  the directory (default: /var/tmp/pgbackman-quickstart)
  --yes      replace an earlier quickstart in DIR without asking
  --clean    end all processes that run in DIR, and remove DIR";

/// Where an installation is made unless told otherwise: not below a home, because cron's user has to reach it.
const DEFAULT_DIRECTORY: &str = "/var/tmp/pgbackman-quickstart";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    dir: PathBuf,
    clean: bool,
    yes: bool,
}

impl Options {
    /// Reads the command line; `None` if help was asked for.
    fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            dir: PathBuf::from(DEFAULT_DIRECTORY),
            clean: false,
            yes: false,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--clean" => options.clean = true,
                "--yes" => options.yes = true,
                "-h" | "--help" => return Ok(None),
                "--dir" => {
                    let dir = arguments.next();
                    options.dir = dir
                        .map(PathBuf::from)
                        .ok_or_else(|| TaskError::new("--dir needs a directory"))?;
                }
                unknown => {
                    return Err(TaskError::new(format!("unknown: {unknown}\n\n{USAGE}")));
                }
            }
        }
        Ok(Some(options))
    }
}

/// The task.
///
/// # Errors
///
/// When a part of the demonstration fails; the directory is left for a look, and `--clean` removes it.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    let layout = Layout::new(&options.dir)?;
    if options.clean {
        step("removing the quickstart");
        return installation::remove(&layout);
    }
    let started = Instant::now();
    packages::ensure(Purpose::Use, false)?;
    packages::say_machine();
    installation::build(false)?;
    replace_older(&layout, options.yes)?;
    match Standing::of_this_run()? {
        Standing::Namespace => {
            let dir = layout.dir().to_string_lossy();
            run(&mut installation::enter(&[HIDDEN_TASK, &dir])?)?;
        }
        standing => set_up_and_show(&layout, standing)?,
    }
    say(&format!("It took {} s.", started.elapsed().as_secs()));
    Ok(())
}

/// Removes an earlier quickstart, after asking if there is somebody to ask.
fn replace_older(layout: &Layout, yes: bool) -> Result<()> {
    if !layout.exists()? {
        return Ok(());
    }
    step("replacing an earlier quickstart");
    if !yes && std::io::stdin().is_terminal() {
        print!(
            "    Remove {} and what runs in it? (yes/no) ",
            layout.dir().display()
        );
        std::io::stdout()
            .flush()
            .context(|| "could not write to the terminal".into())?;
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .context(|| "could not read the answer".into())?;
        if answer.trim() != "yes" {
            return Err(TaskError::new("nothing was changed"));
        }
    }
    installation::remove(layout)
}

/// The rest of the task, in the namespace.
///
/// # Errors
///
/// When a part fails.
pub(crate) fn inside(arguments: &[String]) -> Result<()> {
    let [dir] = arguments else {
        return Err(TaskError::new("start this through the quickstart"));
    };
    set_up_and_show(&Layout::new(Path::new(dir))?, Standing::Namespace)
}

/// Everything after the build.
fn set_up_and_show(layout: &Layout, standing: Standing) -> Result<()> {
    let account = Account::for_standing(standing)?;
    match standing {
        Standing::Namespace => {}
        Standing::Root => say(
            "This root may not create namespaces (CAP_SYS_ADMIN) to separate its cron from the machine's: the \
             crontab's lines will be run without cron.",
        ),
        Standing::User => say("Not root: the crontab's lines will be run without cron."),
    }
    let built = workspace::target_directory(&workspace::root()?).join("debug");
    let bin = packages::newest_bin_directory()?;

    step(&format!("setting up {}", layout.dir().display()));
    layout.create(&built, &account)?;
    if account.has_namespace() {
        installation::mount_private_files(layout, &account)?;
        say(
            "a private namespace: its /etc/cron.d, /etc/passwd, /var/spool/cron and /run are in the directory",
        );
    }
    let node = Node::create(layout, &account, &bin)?;
    say(&format!(
        "a PostgreSQL node on {}:{}, its programs from {}",
        installation::HOST,
        node.port(),
        bin.display()
    ));
    sample::load(&node, layout)?;
    installation::create_catalogue(layout, &account)?;
    say("an embedded catalogue, created by pgbackman_setup");

    let shell = Shell::shown(layout);
    step("registering a backup server and a node, through the shell");
    installation::register_server_and_node(shell, &node)?;
    step("services");
    installation::start_control(layout)?;
    installation::start_cron_and_atd(layout, &account)?;
    let definitions = registration::definitions(shell, &account)?;
    let snapshots = snapshot::register(shell, &account)?;
    cron::let_it_run(layout, &account, &definitions)?;
    let full = backups::wait_for_all(shell, layout, &account, snapshots)?;
    backups::show(shell, &full)?;
    restore::restore_and_compare(shell, layout, &node, &full, &account)?;
    maintenance::show(shell, layout, snapshots)?;
    ending::say_goodbye(layout, &node, &full, account.has_namespace());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_may_be_named() {
        let words = ["--dir", "/srv/try", "--clean"].map(str::to_owned);
        let options = Options::parse(&words).unwrap().unwrap();
        assert_eq!(options.dir, PathBuf::from("/srv/try"));
        assert!(options.clean && !options.yes);
    }

    #[test]
    fn an_unknown_word_is_an_error() {
        assert!(Options::parse(&["--quick".to_owned()]).is_err());
        assert!(Options::parse(&["--dir".to_owned()]).is_err());
    }
}
