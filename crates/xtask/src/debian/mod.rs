//! Debian in a directory: the bare system of a release, made once by `debootstrap` and copied for whoever wants to install
//! something in it, with the mirror that this machine's own apt uses.

pub(crate) mod by_hand;
pub(crate) mod newer_servers;
pub(crate) mod root;
mod sources;

use std::fmt;
use std::str::FromStr;

use crate::task::TaskError;

/// A release of Debian that something is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Release {
    /// Debian 12.
    Bookworm,
    /// Debian 13.
    Trixie,
    /// What becomes the next release; `experimental` is an addition to it.
    Sid,
}

impl Release {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Bookworm, Self::Trixie, Self::Sid];

    /// Its name, which is that of its suite on a mirror.
    pub(crate) fn codename(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
            Self::Sid => "sid",
        }
    }

    /// Its number, once it is released.
    fn number(self) -> Option<&'static str> {
        match self {
            Self::Bookworm => Some("12"),
            Self::Trixie => Some("13"),
            Self::Sid => None,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Debian {}", self.number().unwrap_or(self.codename()))
    }
}

impl FromStr for Release {
    type Err = TaskError;

    /// Reads its name or its number.
    fn from_str(word: &str) -> Result<Self, TaskError> {
        Self::ALL
            .into_iter()
            .find(|release| release.codename() == word || release.number() == Some(word))
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::codename).join(", ");
                TaskError::new(format!("{word} is not a known release of Debian: {names}"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_has_a_name_and_a_number() {
        assert_eq!("trixie".parse::<Release>().unwrap(), Release::Trixie);
        assert_eq!("12".parse::<Release>().unwrap(), Release::Bookworm);
        assert_eq!(Release::Trixie.to_string(), "Debian 13");
        assert_eq!(Release::Sid.to_string(), "Debian sid");
        assert!("buster".parse::<Release>().is_err());
    }
}
