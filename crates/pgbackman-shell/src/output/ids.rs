//! Whether IDs are padded with zeros, as 1.2 shows them in each list to another width, or shown as they are typed.

use std::fmt;
use std::str::FromStr;

use pgbackman_core::catalogue::reports::Column;
use thiserror::Error;

/// How IDs are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// `000000000012`
    Padded,
    /// `12`
    Plain,
}

/// A text that names no way.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no way to show IDs; allowed: padded, plain")]
pub struct UnknownIds(String);

impl Ids {
    /// Both, in the order help names them.
    pub const ALL: [Self; 2] = [Self::Padded, Self::Plain];

    /// Its name in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Padded => "padded",
            Self::Plain => "plain",
        }
    }

    /// Whether zeros before the value of this column are left out.
    pub fn strips(self, column: &Column) -> bool {
        let is_id = column.key.ends_with("_id") || column.key == "restore_def";
        self == Self::Plain && is_id
    }

    /// The value of a column as it is shown.
    pub(crate) fn shown<'v>(self, column: &Column, value: &'v str) -> &'v str {
        if !self.strips(column) || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return value;
        }
        match value.trim_start_matches('0') {
            "" if !value.is_empty() => "0",
            bare => bare,
        }
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Ids {
    type Err = UnknownIds;

    fn from_str(text: &str) -> Result<Self, UnknownIds> {
        let found = Self::ALL
            .into_iter()
            .find(|ids| ids.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownIds(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::catalogue::reports::Align;

    use super::*;

    #[test]
    fn f22_zeros_before_an_id_are_left_out_and_nothing_else_is() {
        let column = |key| Column {
            heading: "",
            key,
            align: Align::Centre,
        };
        for (key, value, shown) in [
            ("bck_id", "000000000012", "12"),
            ("restore_def", "0000000100", "100"),
            ("dbname", "007", "007"),
            ("bck_id", "", ""),
            ("snapshot_id", "000", "0"),
            ("def_id", "0x1", "0x1"),
        ] {
            assert_eq!(Ids::Plain.shown(&column(key), value), shown, "{key}");
            assert_eq!(Ids::Padded.shown(&column(key), value), value, "{key}");
        }
    }
}
