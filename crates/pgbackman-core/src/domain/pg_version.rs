//! PostgreSQL versions are numbers, so that a new one needs no change here (trap 9).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::pg_stage::Stage;

/// A text that names no PostgreSQL version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value:?} is not a PostgreSQL version: {expected} is expected")]
pub struct InvalidVersion {
    /// The text as it was given.
    pub value: String,
    /// What it should look like.
    pub expected: &'static str,
}

/// A major version: one number since 10, two before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PgMajor {
    first: u16,
    /// The second number of versions before 10; 0 since.
    second: u16,
}

impl PgMajor {
    /// A version since 10.
    pub const fn new(number: u16) -> Self {
        Self {
            first: number,
            second: 0,
        }
    }

    /// A version before 10: `old(9, 6)`.
    pub const fn old(first: u16, second: u16) -> Self {
        Self { first, second }
    }

    /// The first number, which alone tells versions since 10 apart.
    pub const fn number(self) -> u16 {
        self.first
    }

    /// As file names have it (`15`, `9_6`).
    pub fn file_name(self) -> String {
        self.to_string().replace('.', "_")
    }

    /// The configuration parameter that holds its client directory (`pgsql_bin_15`, `pgsql_bin_9_6`).
    pub fn bindir_parameter(self) -> String {
        format!("pgsql_bin_{}", self.file_name())
    }

    /// Whether client tools of this version can dump a server of that one: a `pg_dump` reads servers of its own and
    /// older majors, since 15 from 9.2, before that from 8.0 (PostgreSQL manual, `pg_dump`, "Notes").
    pub fn can_dump(self, server: Self) -> bool {
        let oldest = if self >= Self::new(15) {
            Self::old(9, 2)
        } else {
            Self::old(8, 0)
        };
        self >= server && server >= oldest
    }
}

impl fmt::Display for PgMajor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first >= 10 {
            f.pad(&self.first.to_string())
        } else {
            f.pad(&format!("{}.{}", self.first, self.second))
        }
    }
}

impl FromStr for PgMajor {
    type Err = InvalidVersion;

    /// Reads `15`, `9.6`, and `9_6`.
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let error = || InvalidVersion {
            value: text.to_owned(),
            expected: "a major version such as 15 or 9.6",
        };
        let number = |digits: &str| {
            if digits.bytes().all(|byte| byte.is_ascii_digit()) {
                digits.parse::<u16>().map_err(|_| error())
            } else {
                Err(error())
            }
        };
        let (first, second) = match text.split_once(['.', '_']) {
            Some((first, second)) => (number(first)?, Some(number(second)?)),
            None => (number(text)?, None),
        };
        match (first, second) {
            (10.., None) => Ok(Self::new(first)),
            (8..10, Some(second)) => Ok(Self::old(first, second)),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for PgMajor {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        text.parse()
    }
}

impl From<PgMajor> for String {
    fn from(major: PgMajor) -> Self {
        major.to_string()
    }
}

/// A release: major and minor version, of a server or of client tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PgRelease {
    major: PgMajor,
    /// Before the minor version: what is under test is older than the release.
    stage: Stage,
    minor: u16,
}

impl PgRelease {
    /// Minor release `minor` of `major`.
    pub const fn new(major: PgMajor, minor: u16) -> Self {
        Self {
            major,
            stage: Stage::Released,
            minor,
        }
    }

    /// A version of `major` that is under test.
    const fn at_stage(major: PgMajor, stage: Stage) -> Self {
        Self {
            major,
            stage,
            minor: 0,
        }
    }

    /// What it is, where it is no release yet: "a release candidate".
    pub const fn under_test(self) -> Option<&'static str> {
        self.stage.under_test()
    }

    /// From `server_version_num` and `server_version`, which alone says that a version is under test (`19rc1 (Debian 19~rc1-1)`).
    pub fn from_server(number: i32, version: &str) -> Result<Self, InvalidVersion> {
        let released = Self::from_version_num(number)?;
        let word = version.split_whitespace().next().unwrap_or_default();
        let said = word.parse::<Self>().ok().filter(|said| {
            said.major == released.major && said.under_test().is_some() && released.minor == 0
        });
        Ok(said.unwrap_or(released))
    }

    /// From `server_version_num`: 150018 is 15.18, 90624 is 9.6.24.
    pub fn from_version_num(number: i32) -> Result<Self, InvalidVersion> {
        let error = || InvalidVersion {
            value: number.to_string(),
            expected: "a server_version_num such as 150018",
        };
        let part = |value: i32| u16::try_from(value).map_err(|_| error());
        match number {
            100_000.. => Ok(Self::new(
                PgMajor::new(part(number / 10_000)?),
                part(number % 10_000)?,
            )),
            80_000.. => {
                let major = PgMajor::old(part(number / 10_000)?, part(number / 100 % 100)?);
                Ok(Self::new(major, part(number % 100)?))
            }
            _ => Err(error()),
        }
    }

    /// As `server_version_num` has it, to compare with the numbers of the PostgreSQL documentation.
    pub fn version_num(self) -> i32 {
        let (first, second, minor) = (
            i32::from(self.major.first),
            i32::from(self.major.second),
            i32::from(self.minor),
        );
        if first >= 10 {
            first * 10_000 + minor
        } else {
            first * 10_000 + second * 100 + minor
        }
    }

    /// From the output of `pg_dump --version`: `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    pub fn from_tool_output(output: &str) -> Result<Self, InvalidVersion> {
        let error = || InvalidVersion {
            value: output.trim_end().to_owned(),
            expected: "the output of a PostgreSQL client tool's --version",
        };
        let (_, version) = output.split_once("(PostgreSQL) ").ok_or_else(error)?;
        version.split_whitespace().next().ok_or_else(error)?.parse()
    }

    /// The major version.
    pub const fn major(self) -> PgMajor {
        self.major
    }

    /// The minor version; 0 for versions under test.
    pub const fn minor(self) -> u16 {
        self.minor
    }

    /// Whether this release's `pg_dump` writes `\restrict`, which an older `psql` stumbles over, and has
    /// `--restrict-key` (trap 8).
    pub fn has_restrict_key(self) -> bool {
        self.at_least(&[(13, 22), (14, 19), (15, 14), (16, 10), (17, 6)], 18)
    }

    /// The release of this major that closes the holes through which an archive's author runs code where it is dumped or
    /// restored, where this one is older (trap 34). `None`: new enough. Majors that are no longer maintained name the
    /// oldest maintained fix.
    pub fn security_fix_missing(self) -> Option<Self> {
        const FIXED: &[(u16, u16)] = &[(13, 22), (14, 25), (15, 20), (16, 16), (17, 12), (18, 7)];
        if self.at_least(FIXED, 19) {
            return None;
        }
        let same_major = FIXED
            .iter()
            .find(|(major, _)| PgMajor::new(*major) == self.major);
        let (major, minor) = same_major.or(FIXED.first())?;
        Some(Self::new(PgMajor::new(*major), *minor))
    }

    /// Whether this release is at least the listed minor of its major, or of a major from `always` on.
    fn at_least(self, minors: &[(u16, u16)], always: u16) -> bool {
        self.major >= PgMajor::new(always)
            || minors
                .iter()
                .any(|(major, minor)| PgMajor::new(*major) == self.major && self.minor >= *minor)
    }
}

impl fmt::Display for PgRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stage {
            Stage::Released => f.pad(&format!("{}.{}", self.major, self.minor)),
            stage => f.pad(&format!("{}{stage}", self.major)),
        }
    }
}

impl FromStr for PgRelease {
    type Err = InvalidVersion;

    /// Reads `15.18`, `9.6.24`, and versions under test (`19beta1`, `20devel`).
    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let error = || InvalidVersion {
            value: text.to_owned(),
            expected: "a release such as 15.18",
        };
        if let Some(end) = text.find(|character: char| character.is_ascii_alphabetic()) {
            let major = text[..end].parse().map_err(|_| error())?;
            return Ok(Self::at_stage(major, Stage::read(&text[end..])));
        }
        let (major, minor) = text.rsplit_once('.').ok_or_else(error)?;
        if minor.is_empty() || !minor.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error());
        }
        Ok(Self::new(
            major.parse().map_err(|_| error())?,
            minor.parse().map_err(|_| error())?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> PgRelease {
        text.parse().unwrap()
    }

    #[test]
    fn trap_9_versions_are_numbers() {
        for (number, text, file) in [
            (150_018, "15.18", "15"),
            (90_624, "9.6.24", "9_6"),
            (250_001, "25.1", "25"),
        ] {
            let release = PgRelease::from_version_num(number).unwrap();
            assert_eq!(release.to_string(), text);
            assert_eq!(text.parse(), Ok(release));
            assert_eq!(release.version_num(), number);
            assert_eq!(release.major().file_name(), file);
            assert_eq!(file.parse(), Ok(release.major()));
        }
        assert!(PgMajor::new(10) > PgMajor::old(9, 6) && release("9.6.24") < release("10.1"));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "", "15", "9.6", "x", "15.", ".5", "15.+1", "-1.2", "99999.1",
        ] {
            assert!(text.parse::<PgRelease>().is_err(), "release {text:?}");
        }
        for text in ["", "9", "15.2", "7.4", "+15", "15 ", "9.6.1"] {
            assert!(text.parse::<PgMajor>().is_err(), "major {text:?}");
        }
        assert!(PgRelease::from_version_num(70_400).is_err());
    }

    #[test]
    fn a_tools_own_words_give_its_release() {
        for (output, expected) in [
            (
                "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                "15.18",
            ),
            ("pg_dump (PostgreSQL) 9.6.24\n", "9.6.24"),
        ] {
            assert_eq!(PgRelease::from_tool_output(output), Ok(release(expected)));
        }
        assert!(PgRelease::from_tool_output("pg_dump: command not found").is_err());
    }

    #[test]
    fn trap_9_a_client_serves_its_own_major_and_older_ones() {
        let can = |client: &str, server: &str| {
            client
                .parse::<PgMajor>()
                .unwrap()
                .can_dump(server.parse::<PgMajor>().unwrap())
        };
        assert!(can("15", "15") && can("18", "9.2") && can("14", "9.1") && can("30", "29"));
        assert!(!can("15", "16") && !can("9.6", "10") && !can("15", "9.1"));
    }

    #[test]
    fn trap_8_the_restrict_key_exists_where_the_restriction_does() {
        for text in [
            "13.22", "14.19", "15.14", "16.10", "17.6", "18.0", "18.4", "19.0",
        ] {
            assert!(release(text).has_restrict_key(), "{text}");
        }
        for text in ["13.21", "14.18", "15.13", "16.9", "17.5", "12.22", "9.6.24"] {
            assert!(!release(text).has_restrict_key(), "{text}");
        }
    }

    #[test]
    fn trap_34_a_release_without_the_fixes_names_the_one_that_has_them() {
        assert_eq!(
            release("15.18").security_fix_missing(),
            Some(release("15.20"))
        );
        assert_eq!(
            release("18.4").security_fix_missing(),
            Some(release("18.7"))
        );
        assert_eq!(
            release("9.6.24").security_fix_missing(),
            Some(release("13.22"))
        );
        for text in ["15.20", "18.7", "19.0", "13.23"] {
            assert_eq!(release(text).security_fix_missing(), None, "{text}");
        }
    }
}
