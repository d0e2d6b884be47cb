//! What a list has for programs (`json2`): fields with a declared type, from values that were not formatted.

use serde_json::{Number, Value};

/// The type of a field. Every field may also be null, which means that nothing is known or that nothing applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A string.
    Text,
    /// An integer: an ID, a port, a count.
    Integer,
    /// An integer: a number of bytes.
    Bytes,
    /// A string: a time as RFC 3339 has it, with its offset from UTC.
    Time,
    /// A number: a duration in seconds.
    Seconds,
    /// True or false.
    Boolean,
    /// An array of strings.
    Texts,
    /// A parameter's value: the row's field `parameter` names it, and these have another type than [`Type::Text`].
    Parameter(&'static [(&'static str, Type)]),
}

/// A field of a list: its key, its type, and where its value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The key in JSON.
    pub key: &'static str,
    /// The type of its value.
    pub kind: Type,
    /// What the value is, for the schema; empty where the key says it.
    pub about: &'static str,
    /// An expression of the list's FROM; empty where the value does not come from the catalogue.
    pub(super) sql: &'static str,
}

/// The field that names the parameter whose value a field of [`Type::Parameter`] is.
const PARAMETER: &str = "parameter";

impl Field {
    /// A field whose value does not come from the catalogue.
    pub const fn new(key: &'static str, kind: Type) -> Self {
        Self::of(key, kind, "")
    }

    pub(super) const fn of(key: &'static str, kind: Type, sql: &'static str) -> Self {
        Self {
            key,
            kind,
            about: "",
            sql,
        }
    }

    pub(super) const fn text(key: &'static str, sql: &'static str) -> Self {
        Self::of(key, Type::Text, sql)
    }

    pub(super) const fn integer(key: &'static str, sql: &'static str) -> Self {
        Self::of(key, Type::Integer, sql)
    }

    pub(super) const fn bytes(key: &'static str, sql: &'static str) -> Self {
        Self::of(key, Type::Bytes, sql)
    }

    pub(super) const fn time(key: &'static str, sql: &'static str) -> Self {
        Self::of(key, Type::Time, sql)
    }

    pub(super) const fn seconds(key: &'static str, sql: &'static str) -> Self {
        Self::of(key, Type::Seconds, sql)
    }

    /// The same, with what its value is.
    #[must_use]
    pub const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }
}

impl Type {
    /// The expression whose text [`Type::value`] reads, from one that has the value. A value of another SQL type than the
    /// declared one is an error of the statement.
    pub(super) fn as_text(self, sql: &str) -> String {
        match self {
            Self::Text | Self::Parameter(_) => format!("({sql})::text"),
            Self::Integer => format!("({sql})::bigint::text"),
            Self::Bytes => format!("round(({sql})::numeric)::text"),
            Self::Time => {
                format!(r#"to_char(({sql})::timestamptz, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM')"#)
            }
            Self::Seconds => {
                format!("round(extract(epoch FROM ({sql})::interval)::numeric, 6)::text")
            }
            Self::Boolean => format!("({sql})::boolean::text"),
            Self::Texts => format!("to_json(({sql})::text[])::text"),
        }
    }

    /// The value that a text stands for; none where the text is not one of this type.
    pub fn value(self, text: &str) -> Option<Value> {
        match self {
            Self::Text | Self::Time | Self::Parameter(_) => Some(Value::String(text.to_owned())),
            Self::Integer | Self::Bytes => text.parse::<i64>().ok().map(Value::from),
            Self::Seconds => seconds(text).map(Value::Number),
            Self::Boolean => text.parse::<bool>().ok().map(Value::Bool),
            Self::Texts => serde_json::from_str::<Vec<String>>(text)
                .ok()
                .map(Value::from),
        }
    }
}

/// The values of a row whose cells are texts as [`Type::value`] reads them.
///
/// # Errors
/// The field whose text is not of its declared type.
pub fn typed(fields: &[Field], cells: &[Option<&str>]) -> Result<Vec<Value>, NotOfItsType> {
    let parameter = fields
        .iter()
        .zip(cells)
        .find(|(field, _)| field.key == PARAMETER)
        .and_then(|(_, cell)| *cell);
    let values = fields.iter().zip(cells).map(|(field, cell)| {
        let Some(text) = cell else {
            return Ok(Value::Null);
        };
        let kind = field.kind.of_parameter(parameter);
        kind.value(text).ok_or_else(|| NotOfItsType {
            field: match (field.kind, parameter) {
                (Type::Parameter(_), Some(parameter)) => parameter.to_owned(),
                _ => field.key.to_owned(),
            },
            value: (*text).to_owned(),
            kind,
        })
    });
    values.collect()
}

impl Type {
    /// The type of the value of a parameter; other types than [`Type::Parameter`] stay what they are.
    fn of_parameter(self, parameter: Option<&str>) -> Self {
        let Self::Parameter(types) = self else {
            return self;
        };
        types
            .iter()
            .find(|(name, _)| Some(*name) == parameter)
            .map_or(Self::Text, |(_, kind)| *kind)
    }
}

/// A value that is not of its declared type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the catalogue contains the value {value:?} for {field}, which does not have the type {kind:?}; correct it, or use \
     -o json"
)]
pub struct NotOfItsType {
    /// The field or parameter.
    field: String,
    /// Its text.
    value: String,
    /// The type it should have.
    kind: Type,
}

/// A decimal number: an integer where it has no fraction.
fn seconds(text: &str) -> Option<Number> {
    let short = match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.'),
        None => text,
    };
    let whole = short.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| short.parse::<f64>().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_becomes_a_value_of_the_declared_type_and_no_other() {
        for (kind, text, value) in [
            (Type::Text, "123", json!("123")),
            (Type::Integer, "123", json!(123)),
            (Type::Bytes, "1649267441664", json!(1_649_267_441_664_i64)),
            (Type::Seconds, "6.000000", json!(6)),
            (Type::Seconds, "100.000000", json!(100)),
            (Type::Seconds, "0.250000", json!(0.25)),
            (Type::Seconds, "3600", json!(3600)),
            (Type::Boolean, "true", json!(true)),
            (Type::Texts, r#"["a, b","c"]"#, json!(["a, b", "c"])),
        ] {
            assert_eq!(kind.value(text), Some(value), "{kind:?} {text}");
        }
        for (kind, text) in [
            (Type::Integer, "12 kB"),
            (Type::Bytes, "1.5"),
            (Type::Seconds, "0:00:06"),
            (Type::Seconds, "NaN"),
            (Type::Boolean, "yes"),
            (Type::Texts, "a, b"),
        ] {
            assert_eq!(kind.value(text), None, "{kind:?} {text}");
        }
    }

    #[test]
    fn a_parameter_decides_the_type_of_its_value() {
        const FIELDS: [Field; 2] = [
            Field::new("parameter", Type::Text),
            Field::new("value", Type::Parameter(&[("pgport", Type::Integer)])),
        ];
        let row = |parameter, value| typed(&FIELDS, &[Some(parameter), Some(value)]);
        assert_eq!(
            row("pgport", "5432"),
            Ok(vec![json!("pgport"), json!(5432)])
        );
        assert_eq!(
            row("domain", "5432"),
            Ok(vec![json!("domain"), json!("5432")])
        );
        let refused = row("pgport", "x").unwrap_err().to_string();
        assert!(refused.contains("\"x\" for pgport"), "{refused}");
        assert_eq!(
            typed(&FIELDS, &[Some("pgport"), None]),
            Ok(vec![json!("pgport"), json!(null)])
        );
    }
}
