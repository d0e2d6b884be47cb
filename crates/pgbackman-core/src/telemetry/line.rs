//! The fields of an event, and how they are written in a line.

use std::fmt;

use tracing::field::{Field, Visit};

/// The message and the other fields of an event or span, in the order in which they were given.
#[derive(Debug, Default)]
pub(super) struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Fields {
    /// Adds what a surrounding span knows and the event itself does not say.
    pub(super) fn inherit(&mut self, outer: &Self) {
        for (name, value) in &outer.others {
            if !self.others.iter().any(|(known, _)| known == name) {
                self.others.push((name, value.clone()));
            }
        }
    }

    fn put(&mut self, field: &Field, value: &str) {
        let value = on_one_line(value);
        match field.name() {
            "message" => self.message = value,
            name => {
                self.others.retain(|(known, _)| *known != name);
                self.others.push((name, value));
            }
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &format!("{value:?}"));
    }
}

impl fmt::Display for Fields {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        for (index, (name, value)) in self.others.iter().enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            write!(out, "{before}{name}={value}")?;
        }
        if self.others.is_empty() {
            Ok(())
        } else {
            out.write_str(")")
        }
    }
}

/// The text with control characters as escapes.
fn on_one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|character| {
            let escaped: Box<dyn Iterator<Item = char>> = if character.is_control() {
                Box::new(character.escape_default())
            } else {
                Box::new(std::iter::once(character))
            };
            escaped
        })
        .collect()
}
