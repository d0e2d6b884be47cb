//! The format of IDs: padded with zeros, to a different width in each list as in 1.2, or plain.

use std::fmt;
use std::str::FromStr;

use pgbackman_core::catalogue::reports::Column;
use thiserror::Error;

/// The format of IDs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// `000000000012`
    Padded,
    /// `12`
    Plain,
}

/// An unknown format of IDs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a format of IDs; allowed: padded, plain")]
pub struct UnknownIds(String);

impl Ids {
    /// Both, in the order of help.
    pub const ALL: [Self; 2] = [Self::Padded, Self::Plain];

    /// Its name in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Padded => "padded",
            Self::Plain => "plain",
        }
    }

    /// Whether zeros before the values of this column are removed.
    pub fn strips(self, column: &Column) -> bool {
        let is_id = column.key.ends_with("_id") || column.key == "restore_def";
        self == Self::Plain && is_id
    }

    /// The displayed value of a column.
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
