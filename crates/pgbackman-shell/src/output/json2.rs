//! Lists as JSON for programs: `{"version": 1, "rows": [ {…} ]}`, every value of the type that its field declares.

use std::io::Write;

use pgbackman_core::catalogue::reports::{Field, typed};

use crate::error::CommandError;

/// The version of the format. Removing a key or changing its type raises it; a new key does not.
pub const VERSION: u32 = 1;

/// A list being written.
#[derive(Debug)]
pub struct Json2List<W> {
    out: W,
    fields: Vec<Field>,
    rows: u64,
}

impl<W: Write> Json2List<W> {
    /// Writes the beginning.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(fields: &[Field], mut out: W) -> Result<Self, CommandError> {
        write!(out, "{{\"version\": {VERSION}, \"rows\": [")?;
        Ok(Self {
            out,
            fields: fields.to_vec(),
            rows: 0,
        })
    }

    /// Writes an object from texts that the fields' types parse.
    ///
    /// # Errors
    /// If it cannot be written, or a value is invalid for its type.
    pub fn row(&mut self, cells: &[Option<&str>]) -> Result<(), CommandError> {
        let values =
            typed(&self.fields, cells).map_err(|error| CommandError::Invalid(error.to_string()))?;
        let out = &mut self.out;
        out.write_all(if self.rows == 0 { b"\n  {" } else { b",\n  {" })?;
        self.rows += 1;
        for (index, (field, value)) in self.fields.iter().zip(values).enumerate() {
            if index > 0 {
                out.write_all(b", ")?;
            }
            serde_json::to_writer(&mut *out, field.key).map_err(std::io::Error::from)?;
            out.write_all(b": ")?;
            serde_json::to_writer(&mut *out, &value).map_err(std::io::Error::from)?;
        }
        Ok(out.write_all(b"}")?)
    }

    /// Writes the end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> Result<(), CommandError> {
        self.out
            .write_all(if self.rows == 0 { b"]}\n" } else { b"\n]}\n" })?;
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::catalogue::reports::Type;
    use serde_json::json;

    use super::*;

    const FIELDS: [Field; 4] = [
        Field::new("bck_id", Type::Integer),
        Field::new("dbname", Type::Text),
        Field::new("size", Type::Bytes),
        Field::new("duration", Type::Seconds),
    ];

    fn written(rows: &[[Option<&str>; 4]]) -> String {
        let mut text = Vec::new();
        let mut list = Json2List::begin(&FIELDS, &mut text).unwrap();
        for row in rows {
            list.row(row).unwrap();
        }
        list.end().unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn values_are_of_the_types_that_their_fields_declare() {
        let rows = [
            [
                Some("000000012"),
                Some("123"),
                Some("2590"),
                Some("6.500000"),
            ],
            [None, Some("a\"b\n"), None, None],
        ];
        let value: serde_json::Value = serde_json::from_str(&written(&rows)).unwrap();
        assert_eq!(
            value,
            json!({"version": 1, "rows": [
                {"bck_id": 12, "dbname": "123", "size": 2590, "duration": 6.5},
                {"bck_id": null, "dbname": "a\"b\n", "size": null, "duration": null},
            ]})
        );
        assert_eq!(written(&[]), "{\"version\": 1, \"rows\": []}\n");
    }

    #[test]
    fn a_value_that_is_not_of_its_type_is_refused() {
        let mut list = Json2List::begin(&FIELDS, Vec::new()).unwrap();
        let row = [Some("1"), Some("x"), Some("12 kB"), None];
        assert!(list.row(&row).is_err());
    }
}
