//! The file while it is read: its sections, which keys of them are asked for, and what is wrong.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::allowed::Allowed;
use super::error::Problem;

/// Keys whose values are not repeated in messages (trap 32).
const SECRET_KEYS: [&str; 3] = ["password", "smtp_password", "webhook_token"];

/// The line, counted from 1, that the byte at `offset` is in.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// A file being read.
pub(super) struct File<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    /// The sections read so far.
    sections: RefCell<Vec<&'static str>>,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> File<'a> {
    /// A file of which nothing has been read.
    pub(super) fn new(text: &'a str, table: &'a DeTable<'a>) -> Self {
        Self {
            text,
            table,
            sections: RefCell::default(),
            problems: RefCell::default(),
        }
    }

    /// What is wrong with what was read.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// Reads one section, which may be missing.
    pub(super) fn section<T>(&self, name: &'static str, read: impl FnOnce(&Section<'_>) -> T) -> T {
        self.sections.borrow_mut().push(name);
        let found = self.table.get(name);
        let table = found.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (found, table) {
            self.report(
                &value.span(),
                format!("`{name}` is not a section"),
                format!("expected a heading [{name}], followed by the section's keys"),
            );
        }
        let section = Section {
            file: self,
            name,
            table,
            asked: RefCell::default(),
        };
        let values = read(&section);
        section.report_unknown_keys();
        values
    }

    /// What no section was read for is unknown.
    pub(super) fn report_unknown_sections(&self) {
        let sections = self.sections.borrow();
        let known: Vec<String> = sections.iter().map(|name| format!("[{name}]")).collect();
        for (name, value) in self.table {
            if sections.contains(&name.get_ref().as_ref()) {
                continue;
            }
            let kind = if value.get_ref().is_table() {
                "section"
            } else {
                "key outside a section"
            };
            self.report(
                &name.span(),
                format!("unknown {kind} `{}`", name.get_ref()),
                format!("valid sections: {}", known.join(", ")),
            );
        }
    }

    fn report(&self, span: &Range<usize>, what: String, allowed: String) {
        self.problems.borrow_mut().push(Problem {
            line: line_of(self.text, span.start),
            what,
            allowed,
        });
    }
}

/// One section being read.
pub(super) struct Section<'a> {
    file: &'a File<'a>,
    name: &'static str,
    table: Option<&'a DeTable<'a>>,
    asked: RefCell<Vec<&'static str>>,
}

impl Section<'_> {
    /// The value of a key that may be missing.
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        parse: fn(&DeValue<'_>) -> Result<T, Allowed>,
    ) -> Option<T> {
        self.asked.borrow_mut().push(key);
        let value = self.table?.get(key)?;
        match parse(value.get_ref()) {
            Ok(parsed) => Some(parsed),
            Err(allowed) => {
                let what = format!("[{}] {key} = {}", self.name, self.shown(key, value));
                self.file.report(&value.span(), what, allowed.to_string());
                None
            }
        }
    }

    /// The value of a key that has a default.
    pub(super) fn or<T>(
        &self,
        key: &'static str,
        default: T,
        parse: fn(&DeValue<'_>) -> Result<T, Allowed>,
    ) -> T {
        self.optional(key, parse).unwrap_or(default)
    }

    /// The value as it is in the file, cut if it is long, and hidden if it is a password.
    fn shown(&self, key: &str, value: &Spanned<DeValue<'_>>) -> String {
        if SECRET_KEYS.contains(&key) {
            return "********".to_owned();
        }
        let written = self.file.text.get(value.span()).unwrap_or_default();
        let one_line = written.replace('\n', " ");
        if one_line.chars().count() > 80 {
            one_line.chars().take(80).chain("…".chars()).collect()
        } else {
            one_line
        }
    }

    /// What nobody asked for is unknown.
    fn report_unknown_keys(&self) {
        let asked = self.asked.borrow();
        for key in self.table.iter().flat_map(|table| table.keys()) {
            if !asked.contains(&key.get_ref().as_ref()) {
                self.file.report(
                    &key.span(),
                    format!("unknown key `{}` in [{}]", key.get_ref(), self.name),
                    format!("valid keys: {}", asked.join(", ")),
                );
            }
        }
    }
}
