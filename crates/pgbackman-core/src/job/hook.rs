//! Programs of the operator's that run before and after each backup and restore (`[pgbackman_hooks]` of the local configuration).
//!
//! The catalogue cannot name them: what it knows of a run reaches them as environment variables only. They are argument vectors,
//! run without a shell, as the job user, in a process group of their own that ends with them, and within `hook_timeout`.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::bounds::Bounds;
use super::failure::{Failure, doing, sanitize};
use super::tool::{Tools, judge};
use crate::config::{ConfigError, Environment, HooksSection, check_ownership};
use crate::domain::status::ExecutionStatus;
use crate::exit_code::ExitCode;
use crate::sys::process::{Ending, ProcessGroup, Program, Stdout};
use crate::sys::programs;
use crate::sys::signal::StopSignals;

/// Variables that are passed on.
const PASSED_ON: [&str; 4] = ["HOME", "LOGNAME", "LANG", "TZ"];

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before a backup.
    BeforeBackup,
    /// After a backup.
    AfterBackup,
    /// Before a restore.
    BeforeRestore,
    /// After a restore.
    AfterRestore,
}

impl Moment {
    /// All of them, in the order of the configuration.
    pub const ALL: [Self; 4] = [
        Self::BeforeBackup,
        Self::AfterBackup,
        Self::BeforeRestore,
        Self::AfterRestore,
    ];

    /// The key of the configuration, and the value of `PGBACKMAN_HOOK`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeBackup => "before_backup",
            Self::AfterBackup => "after_backup",
            Self::BeforeRestore => "before_restore",
            Self::AfterRestore => "after_restore",
        }
    }

    /// The program and its arguments; nothing where there is no hook.
    pub fn words(self, section: &HooksSection) -> &[String] {
        match self {
            Self::BeforeBackup => &section.before_backup,
            Self::AfterBackup => &section.after_backup,
            Self::BeforeRestore => &section.before_restore,
            Self::AfterRestore => &section.after_restore,
        }
    }

    /// Whether the run fails where the hook does.
    pub const fn is_required(self, section: &HooksSection) -> bool {
        match self {
            Self::BeforeBackup => section.before_backup_required,
            Self::BeforeRestore => section.before_restore_required,
            Self::AfterBackup | Self::AfterRestore => false,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a hook is told of its run: names of variables without `PGBACKMAN_`, and their values.
pub type Told = Vec<(&'static str, OsString)>;

/// Runs the hook of a moment, where there is one. What is returned is a warning about the run: the hook failed, and need not succeed.
///
/// # Errors
/// When a hook fails that must succeed, or when this program is asked to end meanwhile.
pub async fn run(
    moment: Moment,
    section: &HooksSection,
    env: &Environment,
    told: Told,
) -> Result<Option<String>, Failure> {
    let Some((program, arguments)) = moment.words(section).split_first() else {
        return Ok(None);
    };
    let program = Program {
        path: PathBuf::from(program),
        args: arguments.iter().map(OsString::from).collect(),
        env: variables(moment, env, told),
    };
    let failed = match attempt(&program, section, env.uid()).await {
        Ok(()) => return Ok(None),
        Err(failure) => failure.context(format_args!("the hook {moment} failed")),
    };
    if moment.is_required(section) || failed.exit == ExitCode::Interrupted {
        return Err(failed);
    }
    Ok(Some(failed.reason))
}

/// Runs the hook after a run, which is told how the run ended. Where the hook fails, its warning joins the run's message, and SUCCEEDED
/// becomes WARNING. Returns that warning.
pub async fn after(
    moment: Moment,
    section: &HooksSection,
    env: &Environment,
    mut told: Told,
    (status, message): (&mut ExecutionStatus, &mut Option<String>),
) -> Option<String> {
    told.push(("STATUS", status.as_str().into()));
    told.push(("MESSAGE", message.clone().unwrap_or_default().into()));
    let said = run(moment, section, env, told).await;
    let warning = said.unwrap_or_else(|failure| Some(failure.reason))?;
    *message = Some(match message {
        Some(message) => sanitize(&format!("{message}\n{warning}")),
        None => warning.clone(),
    });
    if *status == ExecutionStatus::Succeeded {
        *status = ExecutionStatus::Warning;
    }
    Some(warning)
}

/// Why a program of the configuration may not be run, or cannot: `error` speaks of a configuration file, which this is not.
pub fn objection(program: &Path, error: &ConfigError) -> String {
    let program = program.display();
    match error {
        ConfigError::Unreadable { source, .. } => {
            format!("could not find the program {program}: {source}")
        }
        ConfigError::Untrusted { reason, .. } => {
            format!("the program {program} is not run: {reason}")
        }
        other => format!("the program {program} is not run: {other}"),
    }
}

async fn attempt(program: &Program, section: &HooksSection, uid: u32) -> Result<(), Failure> {
    // Whoever may write it decides what the job user does.
    check_ownership(&program.path, uid)
        .map_err(|error| Failure::failed(objection(&program.path, &error)))?;
    let nowhere = File::options()
        .append(true)
        .open("/dev/null")
        .map_err(doing("open /dev/null"))?;
    let stop = StopSignals::listen().map_err(Failure::failed)?;
    let mut bounds = Bounds::new(section.hook_timeout, stop);
    let group = ProcessGroup::start().map_err(Failure::failed)?;
    let mut tools = Tools::new(&group, &mut bounds);
    let ended = match tools.start(program, Stdout::Null, &nowhere) {
        Ok(running) => tools.wait(running).await,
        Err(failure) => Err(failure),
    };
    // What it has left behind goes with it.
    let gone = group.end().await;
    let finished = ended?;
    if finished.ending == Ending::TimedOut {
        return Err(Failure::failed(format!(
            "{} did not end within hook_timeout ({} s), and was terminated",
            program.path.display(),
            section.hook_timeout.as_secs()
        )));
    }
    judge(&program.path, finished)?;
    gone.map_err(Failure::failed)
}

fn variables(moment: Moment, env: &Environment, told: Told) -> Vec<(OsString, OsString)> {
    let mut variables: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), programs::PATH.into()),
        ("PGBACKMAN_HOOK".into(), moment.as_str().into()),
    ];
    for name in PASSED_ON {
        if let Some(value) = env.var(name) {
            variables.push((name.into(), value.into()));
        }
    }
    variables.extend(
        told.into_iter()
            .map(|(name, value)| (format!("PGBACKMAN_{name}").into(), value)),
    );
    variables
}
