//! Lists as JSON: one object whose only key is the list's name, every value a string, NULL `null`.

use std::io::{self, Write};

use pgbackman_core::catalogue::reports::Column;

/// A JSON list being written.
#[derive(Debug)]
pub struct JsonList<W> {
    out: W,
    keys: Vec<&'static str>,
    rows: u64,
}

impl<W: Write> JsonList<W> {
    /// Writes the beginning.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(result: &str, columns: &[Column], mut out: W) -> io::Result<Self> {
        out.write_all(b"{")?;
        serde_json::to_writer(&mut out, result)?;
        out.write_all(b": [")?;
        Ok(Self {
            out,
            keys: columns.iter().map(|column| column.key).collect(),
            rows: 0,
        })
    }

    /// Writes an object.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, values: &[Option<&str>]) -> io::Result<()> {
        self.out
            .write_all(if self.rows == 0 { b"\n  {" } else { b",\n  {" })?;
        self.rows += 1;
        for (index, (key, value)) in self.keys.iter().zip(values).enumerate() {
            if index > 0 {
                self.out.write_all(b", ")?;
            }
            serde_json::to_writer(&mut self.out, key)?;
            self.out.write_all(b": ")?;
            serde_json::to_writer(&mut self.out, value)?;
        }
        self.out.write_all(b"}")
    }

    /// Writes the end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> io::Result<()> {
        self.out
            .write_all(if self.rows == 0 { b"]}\n" } else { b"\n]}\n" })?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use pgbackman_core::catalogue::reports::Align;

    use super::*;

    fn written(rows: &[[Option<&str>; 2]]) -> Value {
        let mut text = Vec::new();
        let columns = ["backup_server_id", "dbname"].map(|key| Column {
            heading: "",
            key,
            align: Align::Left,
        });
        let mut list = JsonList::begin("backup_definitions", &columns, &mut text).unwrap();
        for row in rows {
            list.row(row).unwrap();
        }
        list.end().unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn hostile_values_come_back_from_a_json_parser() {
        let rows = [[Some("1"), Some("a\"b\\c\n\u{1}")], [None, Some("Ørsta")]];
        assert_eq!(
            written(&rows),
            json!({"backup_definitions": [
                {"backup_server_id": "1", "dbname": "a\"b\\c\n\u{1}"},
                {"backup_server_id": null, "dbname": "Ørsta"},
            ]})
        );
    }

    #[test]
    fn an_empty_list_is_an_empty_array() {
        assert_eq!(written(&[]), json!({"backup_definitions": []}));
    }
}
