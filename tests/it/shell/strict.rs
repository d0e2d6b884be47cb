//! What the shell shows, read by strict parsers.

use pgbackman_shell::declaration::spec::Spec;
use pgbackman_shell::values::kind::Kind;
use pgbackman_tests::sandbox::Sandbox;
use serde_json::Value;

/// The rows of a CSV text by RFC 4180: CRLF after every record, quotes doubled inside quotes and nowhere else.
pub(super) fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let mut field = String::new();
        if chars.next_if_eq(&'"').is_some() {
            loop {
                match chars.next().expect("a quote is not closed") {
                    '"' if chars.next_if_eq(&'"').is_some() => field.push('"'),
                    '"' => break,
                    c => field.push(c),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '\r' | '\n')) {
                assert_ne!(c, '"', "a quote in a field without quotes: {text}");
                field.push(c);
            }
        }
        row.push(field);
        match chars.next().expect("the last record ends in CRLF") {
            ',' => {}
            '\r' => {
                assert_eq!(chars.next(), Some('\n'));
                rows.push(std::mem::take(&mut row));
            }
            other => panic!("{other:?} behind a field: {text}"),
        }
    }
    assert!(row.is_empty());
    rows
}

/// A result as CSV and JSON have it; both have been found to say the same.
pub(super) struct Shown {
    /// The keys, in their order.
    pub(super) keys: Vec<String>,
    /// The rows; `None` is NULL.
    pub(super) rows: Vec<Vec<Option<String>>>,
}

impl Shown {
    /// Runs a command that shows something, in both formats.
    #[track_caller]
    pub(super) fn by(sandbox: &Sandbox<'_>, result: &str, command: &str) -> Self {
        let run = |format| {
            let args = ["-o", format, "-C", command];
            sandbox.run("pgbackman", args).success()
        };
        let json = run("json");
        // The parser keeps the order of keys and refuses what is not JSON; a key that stands twice is counted out below.
        let value: Value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {json}"));
        let whole = value.as_object().unwrap();
        assert_eq!(whole.keys().collect::<Vec<_>>(), [result], "{command}");
        let csv = csv_rows(&run("csv"));
        let keys = csv[0].clone();
        let mut rows = Vec::new();
        for (row, fields) in whole[result].as_array().unwrap().iter().zip(&csv[1..]) {
            let row = row.as_object().unwrap();
            assert_eq!(
                row.keys().collect::<Vec<_>>(),
                keys.iter().collect::<Vec<_>>()
            );
            let values: Vec<Option<String>> = row
                .values()
                .map(|value| match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => panic!("{command}: {other} is no string"),
                })
                .collect();
            for ((key, value), field) in keys.iter().zip(&values).zip(fields) {
                // The two are read one after the other, and time goes on.
                if key != "elapsed_time" {
                    assert_eq!(
                        value.as_deref().unwrap_or_default(),
                        field,
                        "{command}: {key}"
                    );
                }
            }
            assert_eq!(values.len(), fields.len(), "{command}");
            rows.push(values);
        }
        let in_json = whole[result].as_array().unwrap().len();
        assert_eq!((in_json, in_json), (csv.len() - 1, rows.len()), "{command}");
        Self { keys, rows }
    }

    /// The values of a column; NULL is left out.
    pub(super) fn column(&self, key: &str) -> Option<Vec<String>> {
        let index = self.keys.iter().position(|known| known == key)?;
        Some(
            self.rows
                .iter()
                .filter_map(|row| row[index].clone())
                .collect(),
        )
    }
}

/// The command with a word for each parameter: `filter` for names and texts, and the first of what there is for the rest.
pub(super) fn with_words(spec: &Spec, filter: &str) -> String {
    let word = |kind| match kind {
        Kind::ServerFilter | Kind::NodeFilter | Kind::DatabaseFilter => filter,
        Kind::DefIdFilter if filter == "all" => "all",
        Kind::DefIdFilter => "999999",
        Kind::StatusFilter => "all",
        Kind::Server | Kind::Node | Kind::BckId | Kind::RestoreId | Kind::DefId => "1",
        other => panic!("{}: say which word stands for {other:?}", spec.name),
    };
    let words = spec.parameters.iter().map(|parameter| word(parameter.kind));
    let words: Vec<&str> = std::iter::once(spec.name).chain(words).collect();
    words.join(" ")
}
