//! The values of the local configuration, as lists show them and as programs get them.

use std::fmt::Display;
use std::time::Duration;

use pgbackman_core::domain::text::shown::clock;

use crate::output::{Align, Column, Entry, Type};

/// A value with a type for programs.
pub(super) trait Value {
    /// The type.
    const KIND: Type;

    /// As the list shows it; empty if there is none.
    fn shown(&self) -> String;

    /// In the form that the type parses.
    fn raw(&self) -> Option<String> {
        Some(self.shown())
    }
}

/// A line of text; an empty value means none.
pub(super) fn line(heading: &'static str, key: &'static str, value: impl Display) -> Entry {
    Entry::Value(column(heading, key), not_empty(value.to_string()))
}

/// A line of another type.
#[allow(clippy::needless_pass_by_value)] // as `line`, whose values are read at once, too
pub(super) fn typed<V: Value>(heading: &'static str, key: &'static str, value: V) -> Entry {
    let shown = not_empty(value.shown());
    Entry::Typed(column(heading, key), shown, (V::KIND, value.raw()))
}

/// The value, or an empty text.
pub(super) fn optional(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn column(heading: &'static str, key: &'static str) -> Column {
    Column {
        heading,
        key,
        align: Align::Left,
    }
}

fn not_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl Value for Duration {
    const KIND: Type = Type::Seconds;

    fn shown(&self) -> String {
        clock(self.as_secs())
    }

    fn raw(&self) -> Option<String> {
        Some(format!("{}.{:06}", self.as_secs(), self.subsec_micros()))
    }
}

/// A limit that may be OFF.
pub(super) struct Limit(pub(super) Option<Duration>);

impl Value for Limit {
    const KIND: Type = Type::Seconds;

    fn shown(&self) -> String {
        self.0
            .map_or_else(|| "OFF".to_owned(), |limit| limit.shown())
    }

    fn raw(&self) -> Option<String> {
        self.0.and_then(|limit| limit.raw())
    }
}

/// A list of texts.
pub(super) struct List<'a>(pub(super) &'a [String]);

impl Value for List<'_> {
    const KIND: Type = Type::Texts;

    fn shown(&self) -> String {
        self.0.join(", ")
    }

    fn raw(&self) -> Option<String> {
        serde_json::to_string(self.0).ok()
    }
}

/// A time, as the catalogue's lists show it.
pub(super) struct Moment<'a>(pub(super) Option<&'a str>);

impl Value for Moment<'_> {
    const KIND: Type = Type::Time;

    fn shown(&self) -> String {
        self.0.unwrap_or_default().to_owned()
    }

    fn raw(&self) -> Option<String> {
        self.0.map(|text| text.replacen(' ', "T", 1))
    }
}

impl Value for bool {
    const KIND: Type = Type::Boolean;

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A number of bytes.
pub(super) struct Bytes(pub(super) u64);

impl Value for Bytes {
    const KIND: Type = Type::Bytes;

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// Whole numbers.
macro_rules! integers {
    ($($type:ty),*) => {
        $(impl Value for $type {
            const KIND: Type = Type::Integer;

            fn shown(&self) -> String {
                self.to_string()
            }
        })*
    };
}

integers!(u8, u16, u32, u64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_one_way_and_given_to_programs_another() {
        let of = |shown: &str, raw: Option<&str>| (shown.to_owned(), raw.map(str::to_owned));
        let limit = |limit: Limit| (limit.shown(), limit.raw());
        assert_eq!(limit(Limit(None)), of("OFF", None));
        let day = Duration::from_secs(90_061);
        assert_eq!(
            limit(Limit(Some(day))),
            of("25:01:01", Some("90061.000000"))
        );
        let moment = Moment(Some("2026-11-21 04:48:12+00:00"));
        assert_eq!(
            (moment.shown(), moment.raw()),
            of(
                "2026-11-21 04:48:12+00:00",
                Some("2026-11-21T04:48:12+00:00")
            )
        );
        let names = ["a, b".to_owned(), "c".to_owned()];
        let list = List(&names);
        assert_eq!(
            (list.shown(), list.raw()),
            of("a, b, c", Some(r#"["a, b","c"]"#))
        );
        assert_eq!((true.shown(), true.raw()), of("true", Some("true")));
    }
}
