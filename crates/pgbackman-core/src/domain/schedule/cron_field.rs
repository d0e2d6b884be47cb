//! One field of a cron schedule: which values it names (`get_range` of Debian's cron 3.0pl1; traps 16, 21).

use std::fmt;

use thiserror::Error;

/// The five fields, in crontab order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or `jan` to `dec`.
    Month,
    /// 0 to 7 (0 and 7 are Sunday), or `sun` to `sat`.
    DayOfWeek,
}

impl Field {
    /// The fields in crontab order.
    pub const ALL: [Self; 5] = [
        Self::Minute,
        Self::Hour,
        Self::DayOfMonth,
        Self::Month,
        Self::DayOfWeek,
    ];

    /// Smallest and largest number.
    pub const fn bounds(self) -> (u8, u8) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
        }
    }

    /// Names that stand for numbers, the first for the smallest number.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &[
                "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
            ],
            Self::DayOfWeek => &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
            Self::Minute | Self::Hour | Self::DayOfMonth => &[],
        }
    }

    /// What may be in the field, in words.
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::Minute => "numbers 0-59",
            Self::Hour => "numbers 0-23",
            Self::DayOfMonth => "numbers 1-31",
            Self::Month => "numbers 1-12 or names jan-dec",
            Self::DayOfWeek => "numbers 0-7 (0 and 7 are Sunday) or names sun-sat",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Minute => "minutes",
            Self::Hour => "hours",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        })
    }
}

/// A field that Debian's cron would refuse, or that it would take and then never act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{value:?} is not valid for the cron field {field}: {reason}; allowed: {}, alone, as ranges (a-b), with steps \
     (*/n, a-b/n), and comma-separated lists of these",
    .field.allowed()
)]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// The text as it was given.
    pub value: String,
    /// What is wrong with it.
    pub reason: ElementFault,
}

/// What is wrong with an element of a field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ElementFault {
    /// A value, or the whole element, is empty.
    #[error("a value is missing")]
    Missing,
    /// A step stands behind a single value.
    #[error("a step needs a range or * before it, not {0:?}")]
    StepWithoutRange(String),
    /// The first value of a range is larger than the last.
    #[error("the range {0:?} is reversed, and would never match")]
    Backwards(String),
    /// A number that the field does not have.
    #[error("{0} is out of range")]
    OutOfRange(String),
    /// No number, and no name that the field has.
    #[error("{0:?} is neither a number nor a known name")]
    NoValue(String),
    /// No number, or 0, where a step is expected.
    #[error("{0:?} is not a step: a number from 1 is expected")]
    NoStep(String),
}

/// The values a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldValues {
    /// Bit `n` stands for value `n`; Sunday has both its bits (0 and 7).
    bits: u64,
    /// Whether the text begins with `*`, which decides how the two day fields combine and what happens at DST changes.
    pub star: bool,
}

impl FieldValues {
    /// Reads a field. Stricter than cron in two points, because there cron takes a text and then does something else
    /// than it says: characters after a complete value (`5#`) are skipped by cron, and a backward range (`10-5`,
    /// `fri-sun`) never runs.
    pub fn parse(field: Field, text: &str) -> Result<Self, FieldError> {
        let mut bits = 0;
        for element in text.split(',') {
            bits |= parse_element(field, element).map_err(|reason| FieldError {
                field,
                value: text.to_owned(),
                reason,
            })?;
        }
        if field == Field::DayOfWeek && bits & SUNDAYS != 0 {
            bits |= SUNDAYS;
        }
        Ok(Self {
            bits,
            star: text.starts_with('*'),
        })
    }

    /// Whether the field names this value.
    pub fn contains(self, value: u32) -> bool {
        value < 64 && self.bits & (1 << value) != 0
    }

    /// The values in ascending order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |value| self.contains(u32::from(*value)))
    }
}

/// A valid field with numbers in the place of names, and otherwise as it was typed: not every cron that reads our crontabs knows
/// names in every place where Debian's does.
pub(super) fn in_numbers(field: Field, text: &str) -> String {
    let mut numbers = String::with_capacity(text.len());
    for piece in text.split_inclusive([',', '-', '/']) {
        let word = piece.trim_end_matches([',', '-', '/']);
        let is_name = word.starts_with(|first: char| first.is_ascii_alphabetic());
        match parse_value(field, word) {
            Ok(value) if is_name => numbers.push_str(&value.to_string()),
            _ => numbers.push_str(word),
        }
        numbers.push_str(&piece[word.len()..]);
    }
    numbers
}

/// The two bits of Sunday.
const SUNDAYS: u64 = 1 | 1 << 7;

/// `*`, `*/n`, `a`, `a-b`, `a-b/n`.
fn parse_element(field: Field, element: &str) -> Result<u64, ElementFault> {
    if element.is_empty() {
        return Err(ElementFault::Missing);
    }
    let (range, step) = match element.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (element, None),
    };
    let (low, high) = field.bounds();
    let (first, last) = match range.split_once('-') {
        _ if range == "*" => (low, high),
        Some((first, last)) => (parse_value(field, first)?, parse_value(field, last)?),
        None if step.is_some() => {
            return Err(ElementFault::StepWithoutRange(range.to_owned()));
        }
        None => {
            let value = parse_value(field, range)?;
            (value, value)
        }
    };
    if first > last {
        return Err(ElementFault::Backwards(range.to_owned()));
    }
    let step = step.map_or(Ok(1), parse_step)?;
    Ok((first..=last)
        .step_by(step)
        .fold(0, |bits, value| bits | 1 << value))
}

/// A number or a name, within the field's bounds.
fn parse_value(field: Field, text: &str) -> Result<u8, ElementFault> {
    let (low, high) = field.bounds();
    if let Some(position) = field
        .names()
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text))
    {
        return Ok(low + u8::try_from(position).unwrap_or(u8::MAX));
    }
    match parse_digits(text) {
        Some(value) if (u32::from(low)..=u32::from(high)).contains(&value) => {
            Ok(u8::try_from(value).unwrap_or(high))
        }
        Some(_) => Err(ElementFault::OutOfRange(text.to_owned())),
        None if text.is_empty() => Err(ElementFault::Missing),
        None => Err(ElementFault::NoValue(text.to_owned())),
    }
}

/// A step of at least 1; one beyond the field's end is legal and leaves the first value only.
fn parse_step(text: &str) -> Result<usize, ElementFault> {
    match parse_digits(text) {
        Some(step) if step > 0 => Ok(usize::try_from(step).unwrap_or(usize::MAX)),
        _ => Err(ElementFault::NoStep(text.to_owned())),
    }
}

/// ASCII digits only: `+5`, which Rust would read, cron does not. `None` for what is no number or does not fit.
fn parse_digits(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(field: Field, text: &str) -> Vec<u8> {
        FieldValues::parse(field, text).unwrap().iter().collect()
    }

    #[test]
    fn ranges_lists_steps_and_names_name_the_values_cron_gives_them() {
        assert_eq!(values(Field::Minute, "*/20"), [0, 20, 40]);
        assert_eq!(values(Field::Minute, "1-9/4,58,007"), [1, 5, 7, 9, 58]);
        assert_eq!(values(Field::Minute, "*/100"), [0]);
        assert_eq!(values(Field::DayOfMonth, "*/10"), [1, 11, 21, 31]);
        assert_eq!(values(Field::Month, "JAN-mar,12"), [1, 2, 3, 12]);
        assert_eq!(values(Field::DayOfWeek, "fri-7"), [0, 5, 6, 7]);
        assert_eq!(values(Field::DayOfWeek, "sun"), [0, 7]);
        assert_eq!(values(Field::Hour, "*,5").len(), 24);
    }

    #[test]
    fn c9_names_become_numbers_and_name_the_same_values() {
        for (field, text, expected) in [
            (Field::Month, "JAN-mar,12", "1-3,12"),
            (Field::Month, "*/2", "*/2"),
            (Field::Month, "jan-dec/3,nov", "1-12/3,11"),
            (Field::DayOfWeek, "sun", "0"),
            (Field::DayOfWeek, "sun,SAT", "0,6"),
            (Field::DayOfWeek, "fri-7", "5-7"),
            (Field::Minute, "007,*/20", "007,*/20"),
        ] {
            assert_eq!(in_numbers(field, text), expected);
            assert_eq!(values(field, text), values(field, expected));
        }
    }

    #[test]
    fn trap_16_what_cron_refuses_or_misreads_is_refused_with_field_value_and_what_is_allowed() {
        for text in [
            "",
            " ",
            "5 ",
            " 5",
            "5\n",
            "60",
            "-5",
            "+5",
            "5-",
            "*/",
            "*/0",
            "5/15",
            "1,,2",
            "1,",
            ",1",
            "99 77 foo",
            "*/x",
            "1-5/2/3",
            "1-3-5",
            "*5",
            "*x",
            "5#",
            "10-5",
            "~",
            "?",
            "99999999999999999999",
            "é",
            "*\r",
        ] {
            let error = FieldValues::parse(Field::Minute, text).unwrap_err();
            assert_eq!(error.value, text);
            let message = error.to_string();
            assert!(
                message.contains("minutes") && message.contains("0-59"),
                "{message}"
            );
        }
        for (text, reason) in [
            ("60", ElementFault::OutOfRange("60".to_owned())),
            ("5/15", ElementFault::StepWithoutRange("5".to_owned())),
            ("10-5", ElementFault::Backwards("10-5".to_owned())),
            ("*/0", ElementFault::NoStep("0".to_owned())),
            ("1,,2", ElementFault::Missing),
            ("5#", ElementFault::NoValue("5#".to_owned())),
        ] {
            let error = FieldValues::parse(Field::Minute, text).unwrap_err();
            assert_eq!(error.reason, reason);
        }
        for (field, text) in [
            (Field::DayOfMonth, "0"),
            (Field::DayOfMonth, "32"),
            (Field::Month, "0"),
            (Field::Month, "january"),
            (Field::DayOfWeek, "8"),
            (Field::DayOfWeek, "fri-sun"),
            (Field::DayOfWeek, "*/mon"),
            (Field::Hour, "24"),
        ] {
            assert!(
                FieldValues::parse(field, text).is_err(),
                "{field}: {text:?} was accepted"
            );
        }
    }
}
