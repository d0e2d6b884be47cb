//! What the fields of a line are, and how a line is cut into them.

use super::Unreadable;

/// The separator.
const SEPARATOR: &str = "::";

/// Above so many separators no line is tried.
const MAX_SEPARATORS: usize = 500;

/// Maximum number of readings of one line that are checked.
const MAX_READINGS: usize = 64;

/// What a field can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A whole number.
    Number,
    /// A whole number, nothing, or `None`.
    OptionalNumber,
    /// Any text; may hold the separator.
    Text,
    /// Any text but none.
    Name,
    /// An absolute path, nothing, or `None`; may hold the separator.
    Path,
    /// A time as Python writes it.
    Time,
    /// A span as Python writes it.
    Span,
    /// A code of capital letters.
    Code(&'static [&'static str]),
    /// A release of PostgreSQL, nothing, or `None`.
    Release,
}

/// A field: its name, for messages, and what it can hold.
pub(super) type Field = (&'static str, Shape);

const STATUS: Shape = Shape::Code(&["SUCCEEDED", "ERROR", "WARNING"]);

/// A backup since 1.1: the arguments of `register_backup_catalog`.
pub(super) const BACKUP: &[Field] = &[
    ("DefID", Shape::OptionalNumber),
    ("process ID", Shape::Number),
    ("backup server", Shape::Number),
    ("PgSQL node", Shape::Number),
    ("database", Shape::Name),
    ("start", Shape::Time),
    ("end", Shape::Time),
    ("duration", Shape::Span),
    ("dump file", Shape::Path),
    ("dump size", Shape::OptionalNumber),
    ("dump log", Shape::Path),
    ("roles file", Shape::Path),
    ("roles size", Shape::OptionalNumber),
    ("roles log", Shape::Path),
    ("settings file", Shape::Path),
    ("settings size", Shape::OptionalNumber),
    ("settings log", Shape::Path),
    ("global log", Shape::Path),
    ("status", STATUS),
    ("execution method", Shape::Code(&["CRON", "AT"])),
    ("error message", Shape::Text),
    ("SnapshotID", Shape::OptionalNumber),
    ("role list", Shape::Text),
    ("node's release", Shape::Release),
    ("pg_dump's release", Shape::Release),
];

/// A restore: the arguments of `register_restore_catalog`.
pub(super) const RESTORE: &[Field] = &[
    ("RestoreDef", Shape::Number),
    ("process ID", Shape::Number),
    ("backup server", Shape::Number),
    ("target node", Shape::Number),
    ("source database", Shape::Name),
    ("target database", Shape::Name),
    ("renamed database", Shape::Text),
    ("start", Shape::Time),
    ("end", Shape::Time),
    ("duration", Shape::Span),
    ("restore log", Shape::Path),
    ("global log", Shape::Path),
    ("status", STATUS),
    ("error message", Shape::Text),
    ("role list", Shape::Text),
    ("target's release", Shape::Release),
    ("backup's release", Shape::Release),
];

impl Shape {
    fn may_hold_separator(self) -> bool {
        matches!(self, Self::Text | Self::Name | Self::Path)
    }

    /// Whether a whole field can be this text.
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Number => super::is_number(text),
            Self::OptionalNumber => is_nothing(text) || super::is_number(text),
            Self::Text => true,
            Self::Name => !text.is_empty(),
            Self::Path => is_nothing(text) || text.starts_with('/'),
            Self::Time => super::times::time(text).is_some(),
            Self::Span => super::times::span(text).is_some(),
            Self::Code(codes) => codes.contains(&text),
            Self::Release => is_nothing(text) || is_release(text),
        }
    }
}

/// What Python's `None`, or no value at all, became in the file.
pub(super) fn is_nothing(text: &str) -> bool {
    text.is_empty() || text == "None"
}

/// `9.6`, `10`, `18beta1`.
fn is_release(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '.')
}

/// Every way to cut a line into the fields (as many as are checked), or the first field that nothing fits.
pub(super) fn readings<'a>(
    line: &'a str,
    fields: &[Field],
) -> Result<Vec<Vec<&'a str>>, Unreadable> {
    let separators: Vec<usize> = (0..line.len())
        .filter(|&at| line.as_bytes()[at..].starts_with(SEPARATOR.as_bytes()))
        .collect();
    if separators.len() > MAX_SEPARATORS {
        return Err(Unreadable::Separators(separators.len()));
    }
    let mut search = Search {
        line,
        fields,
        separators,
        dead: vec![vec![false; line.len() + 1]; fields.len()],
        furthest: 0,
        found: Vec::new(),
    };
    search.field(0, 0, &mut Vec::with_capacity(fields.len()));
    if search.found.is_empty() {
        let (name, _) = fields[search.furthest];
        return Err(Unreadable::Field {
            number: search.furthest + 1,
            name,
        });
    }
    if search.found.len() >= MAX_READINGS {
        return Err(Unreadable::VeryManyReadings);
    }
    Ok(search.found)
}

/// A search with memory: a position at which the rest of the fields fits nothing is tried once.
struct Search<'a, 'f> {
    line: &'a str,
    fields: &'f [Field],
    separators: Vec<usize>,
    dead: Vec<Vec<bool>>,
    furthest: usize,
    found: Vec<Vec<&'a str>>,
}

impl<'a> Search<'a, '_> {
    fn field(&mut self, number: usize, start: usize, taken: &mut Vec<&'a str>) {
        if self.dead[number][start] || self.found.len() >= MAX_READINGS {
            return;
        }
        self.furthest = self.furthest.max(number);
        let before = self.found.len();
        let (_, shape) = self.fields[number];
        if number + 1 == self.fields.len() {
            if shape.fits(&self.line[start..]) {
                taken.push(&self.line[start..]);
                self.found.push(taken.clone());
                taken.pop();
            }
        } else {
            for end in self.ends(start, shape) {
                let text = &self.line[start..end];
                if shape.fits(text) {
                    taken.push(text);
                    self.field(number + 1, end + SEPARATOR.len(), taken);
                    taken.pop();
                }
            }
        }
        self.dead[number][start] = self.found.len() == before;
    }

    /// Where a field that starts here can end: at the first separator, or at any.
    fn ends(&self, start: usize, shape: Shape) -> Vec<usize> {
        let first = self.separators.partition_point(|&at| at < start);
        let count = if shape.may_hold_separator() {
            usize::MAX
        } else {
            1
        };
        self.separators[first..]
            .iter()
            .copied()
            .take(count)
            .collect()
    }
}
