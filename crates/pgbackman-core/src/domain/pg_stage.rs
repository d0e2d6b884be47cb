//! How far a version of PostgreSQL is: under test, or released.

use std::fmt;

/// Where a version stands, in the order in which it goes that way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// `20devel`, or a word that is not known.
    Development,
    /// `19alpha1`.
    Alpha(u8),
    /// `19beta2`.
    Beta(u8),
    /// `19rc1`: a release candidate.
    Candidate(u8),
    /// `19.0` and everything after it.
    Released,
}

impl Stage {
    /// Reads what stands behind the major version: `rc1`.
    pub fn read(text: &str) -> Self {
        let numbered = |word: &str| text.strip_prefix(word)?.parse::<u8>().ok();
        if let Some(number) = numbered("rc") {
            Self::Candidate(number)
        } else if let Some(number) = numbered("beta") {
            Self::Beta(number)
        } else if let Some(number) = numbered("alpha") {
            Self::Alpha(number)
        } else {
            Self::Development
        }
    }

    /// What it is, where it is no release yet.
    pub const fn under_test(self) -> Option<&'static str> {
        match self {
            Self::Development => Some("a version under development"),
            Self::Alpha(_) => Some("an alpha version"),
            Self::Beta(_) => Some("a beta version"),
            Self::Candidate(_) => Some("a release candidate"),
            Self::Released => None,
        }
    }
}

impl fmt::Display for Stage {
    /// As PostgreSQL writes it behind the major version; nothing for a release.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Development => f.write_str("devel"),
            Self::Alpha(number) => write!(f, "alpha{number}"),
            Self::Beta(number) => write!(f, "beta{number}"),
            Self::Candidate(number) => write!(f, "rc{number}"),
            Self::Released => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::pg_version::PgRelease;

    fn release(text: &str) -> PgRelease {
        text.parse().unwrap()
    }

    #[test]
    fn a_version_under_test_is_told_apart_from_its_release() {
        let (candidate, first) = (release("19rc1"), release("19.0"));
        assert_eq!(candidate.to_string(), "19rc1");
        assert_eq!(
            (
                candidate.major(),
                candidate.minor(),
                candidate.version_num()
            ),
            (first.major(), 0, 190_000)
        );
        assert_eq!(candidate.under_test(), Some("a release candidate"));
        assert_eq!(
            (first.under_test(), first.to_string()),
            (None, "19.0".to_owned())
        );
        let in_order = [
            "18.7", "19devel", "19alpha1", "19beta2", "19rc1", "19rc2", "19.0",
        ];
        assert!(in_order.map(release).is_sorted(), "{in_order:?}");
        for text in in_order {
            assert_eq!(release(text).to_string(), text);
        }
        for (number, version, expected) in [
            (190_000, "19rc1 (Debian 19~rc1-1)", "19rc1"),
            (190_000, "19.0 (Debian 19.0-1)", "19.0"),
            (180_006, "18.6", "18.6"),
            (170_002, "17beta of somebody", "17.2"),
            (160_000, "", "16.0"),
        ] {
            let found = PgRelease::from_server(number, version).unwrap();
            assert_eq!(found.to_string(), expected, "{version}");
        }
        let said = PgRelease::from_tool_output("pg_dump (PostgreSQL) 19rc1 (Debian 19~rc1-1)\n");
        assert_eq!(said, Ok(candidate));
    }
}
