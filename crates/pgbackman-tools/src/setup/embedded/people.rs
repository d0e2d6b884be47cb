//! The owner of the cluster, the job user, and the users who may connect.

use pgbackman_core::config::Config;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::privilege::{self, PrivilegeError, User};

use crate::setup::args::EmbeddedArgs;

const ROOT: u32 = 0;

/// The users of an embedded catalogue.
#[derive(Debug, Clone)]
pub(super) struct People {
    /// The user who runs the setup.
    pub(super) caller: User,
    /// The user who runs the server and owns its files; never root.
    pub(super) owner: User,
    /// The user who runs the jobs and owns the backups.
    pub(super) jobs: User,
    /// Other users who may connect.
    pub(super) others: Vec<User>,
}

impl People {
    /// Determines the users. An existing cluster keeps its owner, and the users in `let_in_before` that still exist.
    pub(super) fn resolve(
        args: &EmbeddedArgs,
        config: &Config,
        present_owner: Option<&User>,
        let_in_before: &[String],
    ) -> Result<Self, ProgramError> {
        let caller = privilege::current_user().map_err(|error| unknown(&error))?;
        let configured = known(&config.backup_server.os_user)?;
        let (owner, jobs) = if caller.owner.uid == ROOT {
            let owner = match (&args.owner, present_owner) {
                (Some(name), _) => privilege::lookup(name).map_err(|error| unknown(&error))?,
                (None, Some(present)) => present.clone(),
                (None, None) => default_owner(configured.as_ref(), config)?,
            };
            let jobs = match &args.os_user {
                Some(name) => privilege::lookup(name).map_err(|error| unknown(&error))?,
                None => configured.unwrap_or_else(|| owner.clone()),
            };
            (owner, jobs)
        } else {
            only_oneself(args, &caller)?;
            (caller.clone(), caller.clone())
        };
        if owner.owner.uid == ROOT {
            return Err(refused(
                "PostgreSQL does not run as root; name another user with --owner",
            ));
        }
        if let Some(present) = present_owner.filter(|present| present.owner.uid != owner.owner.uid)
        {
            return Err(refused(&format!(
                "the cluster is owned by user {}, not by {}",
                present.name, owner.name
            )));
        }
        let mut others = Vec::new();
        for name in &args.allow_user {
            others.push(privilege::lookup(name).map_err(|error| unknown(&error))?);
        }
        for name in let_in_before {
            others.extend(known(name)?);
        }
        Ok(Self {
            caller,
            owner,
            jobs,
            others,
        })
    }

    /// All users who may connect to the catalogue, by name, without duplicates.
    pub(super) fn may_connect(&self) -> Vec<&str> {
        let mut names = vec!["root"];
        for user in [&self.caller, &self.owner, &self.jobs]
            .into_iter()
            .chain(&self.others)
        {
            if !names.contains(&user.name.as_str()) {
                names.push(&user.name);
            }
        }
        names
    }

    /// The users who may connect as the cluster's superuser: those who could change its files anyway.
    pub(super) fn may_administrate(&self) -> [&str; 2] {
        ["root", &self.owner.name]
    }
}

/// Refuses to start or stop another user's server, unless root runs the command.
pub(super) fn may_act_as(owner: &User) -> Result<(), ProgramError> {
    let caller = privilege::current_owner();
    if caller.uid == ROOT || caller.uid == owner.owner.uid {
        return Ok(());
    }
    Err(refused(&format!(
        "the cluster is owned by user {}: run this command as {} or root",
        owner.name, owner.name
    )))
}

/// An account that may be missing.
fn known(name: &str) -> Result<Option<User>, ProgramError> {
    match privilege::lookup(name) {
        Ok(user) => Ok(Some(user)),
        Err(PrivilegeError::UnknownUser { .. }) => Ok(None),
        Err(error) => Err(unknown(&error)),
    }
}

fn default_owner(configured: Option<&User>, config: &Config) -> Result<User, ProgramError> {
    if let Some(user) = configured.filter(|user| user.owner.uid != ROOT) {
        return Ok(user.clone());
    }
    if let Some(user) = known("postgres")? {
        return Ok(user);
    }
    let name = &config.backup_server.os_user;
    Err(refused(&format!("there is no user to run the server: neither {name} nor postgres exists"))
        .with_hint(format!(
            "create one, `useradd --system --create-home --home-dir /var/lib/pgbackman --shell /bin/sh pgbackman`, or \
             name another one with --owner (the configured os_user is {name})"
        )))
}

fn only_oneself(args: &EmbeddedArgs, caller: &User) -> Result<(), ProgramError> {
    for (flag, name) in [("--owner", &args.owner), ("--os-user", &args.os_user)] {
        if name.as_ref().is_some_and(|name| *name != caller.name) {
            return Err(refused(&format!(
                "{flag} can name another user only if root runs this command"
            )));
        }
    }
    Ok(())
}

fn refused(message: &str) -> ProgramError {
    ProgramError::new(ExitCode::Refused, message)
}

fn unknown(error: &PrivilegeError) -> ProgramError {
    ProgramError::from_error(ExitCode::Refused, error)
}
