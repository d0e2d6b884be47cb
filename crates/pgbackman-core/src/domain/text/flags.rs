//! The flags of the programs that `cron` and `at` start. Each is declared once (`domain::backup::dump_flags`,
//! `domain::restore::restore_flags`): the words of a job's command line are written by the declaration, and
//! `core::job::command_line` reads them by it.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::ids::{DefId, NodeId, RequestId, RestoreDefId, SnapshotId};
use crate::domain::pg_version::{PgMajor, PgRelease};
use crate::domain::status::BackupCode;
use crate::domain::text::encoded_value;

/// What stands behind a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: that the flag is there is all it says.
    Nothing,
    /// Any text.
    Text,
    /// A path, also one that is not UTF-8.
    Path,
    /// `true` or `false`.
    Truth,
    /// A port.
    Port,
    /// The ID of a PgSQL node.
    NodeId,
    /// The ID of a backup definition.
    DefId,
    /// The ID of a snapshot definition.
    SnapshotId,
    /// The ID of a restore definition.
    RestoreDefId,
    /// The ID of a request for a run.
    RequestId,
    /// A backup code.
    Code,
    /// A major version of PostgreSQL.
    Major,
    /// A release of PostgreSQL.
    Release,
}

/// A type that a flag's value has.
pub trait FlagValue {
    /// How it is written.
    const TAKES: Takes;
}

/// The type of a flag without a value.
#[derive(Debug, Clone, Copy)]
pub struct Switch;

macro_rules! values {
    ($($kind:ty => $takes:ident,)+) => {
        $(impl FlagValue for $kind {
            const TAKES: Takes = Takes::$takes;
        })+
    };
}

values! {
    Switch => Nothing,
    String => Text,
    PathBuf => Path,
    bool => Truth,
    u16 => Port,
    NodeId => NodeId,
    DefId => DefId,
    SnapshotId => SnapshotId,
    RestoreDefId => RestoreDefId,
    RequestId => RequestId,
    BackupCode => Code,
    PgMajor => Major,
    PgRelease => Release,
}

/// Whether a command line must have a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It may be left out.
    Optional,
    /// It must be there.
    Required,
    /// One flag of those with this name of a group must be there, and no more than one.
    OneOf(&'static str),
}

/// What a program and its callers know of a flag.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// Its name, with the dashes.
    pub name: &'static str,
    /// What help calls its value; empty where it has none.
    pub value_name: &'static str,
    /// Its line of help.
    pub help: &'static str,
    /// What its value is.
    pub takes: Takes,
    /// Whether it must be there.
    pub need: Need,
    /// The flag that carries its value encoded, where it may have to be.
    pub twin: Option<&'static str>,
}

/// A flag whose value has the type `T`.
pub struct Flag<T> {
    /// The declaration.
    pub declaration: Declaration,
    value: PhantomData<fn() -> T>,
}

impl<T: FlagValue> Flag<T> {
    const fn new(
        name: &'static str,
        value_name: &'static str,
        help: &'static str,
        need: Need,
    ) -> Self {
        Self {
            declaration: Declaration {
                name,
                value_name,
                help,
                takes: T::TAKES,
                need,
                twin: None,
            },
            value: PhantomData,
        }
    }

    /// A flag that may be left out.
    pub const fn optional(
        name: &'static str,
        value_name: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(name, value_name, help, Need::Optional)
    }

    /// A flag that must be there.
    pub const fn required(
        name: &'static str,
        value_name: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(name, value_name, help, Need::Required)
    }

    /// A flag of a group of which exactly one must be there.
    pub const fn one_of(
        group: &'static str,
        name: &'static str,
        value_name: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(name, value_name, help, Need::OneOf(group))
    }

    /// The same flag, whose value may also come encoded, behind this other flag.
    #[must_use]
    pub const fn or_encoded(mut self, twin: &'static str) -> Self {
        self.declaration.twin = Some(twin);
        self
    }

    /// Its name, with the dashes.
    pub const fn name(&self) -> &'static str {
        self.declaration.name
    }
}

impl<T> fmt::Debug for Flag<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declaration.fmt(f)
    }
}

/// A value that no command line can carry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnusableArgument {
    /// A path that is not UTF-8.
    #[error("the path {path:?} for {flag} is not UTF-8")]
    NotText {
        /// The flag.
        flag: &'static str,
        /// The path, as far as it can be shown.
        path: String,
    },
    /// A path that depends on where the job is started.
    #[error("the path {path:?} for {flag} is not absolute")]
    NotAbsolute {
        /// The flag.
        flag: &'static str,
        /// The path.
        path: String,
    },
    /// A NUL, which ends an argument.
    #[error("the value of {flag} contains a NUL character")]
    Nul {
        /// The flag.
        flag: &'static str,
    },
}

/// The words of a job's command line, as they come to be.
#[derive(Debug)]
pub struct Words {
    argv: Vec<String>,
    /// The characters with which a value goes encoded into the twin of its flag.
    unfit: fn(char) -> bool,
}

impl Words {
    /// The program, an absolute path.
    ///
    /// # Errors
    /// A path that no command line can carry.
    pub fn begin(program: &Path, unfit: fn(char) -> bool) -> Result<Self, UnusableArgument> {
        Ok(Self {
            argv: vec![absolute("the program", program)?.to_owned()],
            unfit,
        })
    }

    /// The configuration file. It is read before anything else, and has no encoded twin.
    ///
    /// # Errors
    /// A path that no command line can carry.
    pub fn config(
        &mut self,
        flag: &Flag<PathBuf>,
        file: Option<&Path>,
    ) -> Result<(), UnusableArgument> {
        if let Some(file) = file {
            let file = absolute(flag.name(), file)?;
            self.argv.extend([flag.name().to_owned(), file.to_owned()]);
        }
        Ok(())
    }

    /// A flag with its value: two words, or one (`--flag=value`) where the value could be taken for a flag. One with an unfit
    /// character is encoded.
    ///
    /// # Errors
    /// A value that no command line can carry.
    pub fn flag<T>(&mut self, flag: &Flag<T>, value: &str) -> Result<(), UnusableArgument> {
        let name = flag.declaration.name;
        if value.contains('\0') {
            return Err(UnusableArgument::Nul { flag: name });
        }
        if value.chars().any(self.unfit) {
            let value = encoded_value::encode(value);
            self.argv.push(format!("{name}-encoded={value}"));
        } else if value.starts_with('-') {
            self.argv.push(format!("{name}={value}"));
        } else {
            self.argv.extend([name.to_owned(), value.to_owned()]);
        }
        Ok(())
    }

    /// A flag with a path, which must be absolute.
    ///
    /// # Errors
    /// A path that no command line can carry.
    pub fn path<T>(&mut self, flag: &Flag<T>, path: &Path) -> Result<(), UnusableArgument> {
        self.flag(flag, absolute(flag.declaration.name, path)?)
    }

    /// Program and arguments.
    pub fn argv(self) -> Vec<String> {
        self.argv
    }
}

fn absolute<'p>(flag: &'static str, path: &'p Path) -> Result<&'p str, UnusableArgument> {
    let text = path.to_str().ok_or_else(|| UnusableArgument::NotText {
        flag,
        path: path.to_string_lossy().into_owned(),
    })?;
    if path.is_absolute() {
        Ok(text)
    } else {
        Err(UnusableArgument::NotAbsolute {
            flag,
            path: text.to_owned(),
        })
    }
}
