//! JSON Schemas of the output of commands (`json2`), from the declarations of the fields.

use serde_json::{Map, Value, json};

use super::Answer;
use crate::output::json2::VERSION;
use crate::output::{Field, Type};

/// The schema of a command's output.
pub fn of(answer: &Answer) -> Value {
    let fields = &answer.fields;
    let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.key.to_owned(), property(field)))
        .collect();
    let mut row = json!({
        "type": "object",
        "properties": properties,
        "required": keys,
    });
    let conditions: Vec<Value> = fields.iter().flat_map(parameters).collect();
    if !conditions.is_empty() {
        row["allOf"] = Value::from(conditions);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": answer.spec.name,
        "description": answer.spec.summary,
        "type": "object",
        "properties": {
            "version": {"const": VERSION},
            "rows": {"type": "array", "items": row},
        },
        "required": ["version", "rows"],
    })
}

/// The schema of a field's value.
fn property(field: &Field) -> Value {
    let mut property = kind(field.kind);
    let about = [field.about, unit(field.kind)];
    let about: Vec<&str> = about.into_iter().filter(|text| !text.is_empty()).collect();
    if !about.is_empty() {
        property["description"] = Value::from(about.join("; "));
    }
    property
}

/// The unit, which the type alone does not show.
fn unit(kind: Type) -> &'static str {
    match kind {
        Type::Bytes => "in bytes",
        Type::Seconds => "in seconds",
        _ => "",
    }
}

fn kind(kind: Type) -> Value {
    match kind {
        Type::Text => json!({"type": ["string", "null"]}),
        Type::Integer | Type::Bytes => json!({"type": ["integer", "null"]}),
        Type::Time => json!({"type": ["string", "null"], "format": "date-time"}),
        Type::Seconds => json!({"type": ["number", "null"]}),
        Type::Boolean => json!({"type": ["boolean", "null"]}),
        Type::Texts => json!({"type": ["array", "null"], "items": {"type": "string"}}),
        // The type depends on the parameter.
        Type::Parameter(types) => {
            let others = types
                .iter()
                .map(|(_, of)| self::kind(*of)["type"][0].clone());
            let mut names = vec![json!("string")];
            for name in others {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names.push(json!("null"));
            json!({ "type": names })
        }
    }
}

/// The conditions under which a parameter's value has its type.
fn parameters(field: &Field) -> Vec<Value> {
    let Type::Parameter(types) = field.kind else {
        return Vec::new();
    };
    let names: Vec<&str> = types.iter().map(|(name, _)| *name).collect();
    let when = |name: Value, of: Type| {
        json!({
            "if": {"properties": {"parameter": name}},
            "then": {"properties": {field.key: kind(of)}},
        })
    };
    let each = types
        .iter()
        .map(|(name, of)| when(json!({ "const": name }), *of));
    let others = when(json!({"not": {"enum": names}}), Type::Text);
    each.chain([others]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands;

    fn answer(name: &str) -> Answer {
        commands::answers()
            .into_iter()
            .find(|answer| answer.spec.name == name)
            .unwrap()
    }

    #[test]
    fn every_command_that_shows_something_has_an_answer_for_programs() {
        let with: Vec<&str> = commands::answers()
            .iter()
            .map(|answer| answer.spec.name)
            .collect();
        let missing: Vec<&str> = commands::all()
            .map(|entry| entry.spec.name)
            .filter(|name| name.starts_with("show_") && *name != "show_history")
            .filter(|name| !with.contains(name))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(with.contains(&"set"));
    }

    #[test]
    fn a_key_is_one_field() {
        for answer in commands::answers() {
            let mut keys: Vec<&str> = answer.fields.iter().map(|field| field.key).collect();
            let all = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), all, "{}", answer.spec.name);
        }
    }

    #[test]
    fn types_units_and_parameters_stand_in_the_schema() {
        let row = of(&answer("show_backup_catalog"))["properties"]["rows"]["items"].clone();
        let property = |key: &str| row["properties"][key].clone();
        assert_eq!(property("bck_id"), json!({"type": ["integer", "null"]}));
        assert_eq!(property("dbname"), json!({"type": ["string", "null"]}));
        assert_eq!(
            property("size"),
            json!({"type": ["integer", "null"], "description": "in bytes"})
        );
        assert_eq!(
            property("finished"),
            json!({"type": ["string", "null"], "format": "date-time"})
        );
        let config = of(&answer("show_pgsql_node_config"));
        let row = &config["properties"]["rows"]["items"];
        assert_eq!(
            row["properties"]["value"],
            json!({"type": ["string", "boolean", "integer", "null"]})
        );
        assert!(row["allOf"].as_array().unwrap().contains(&json!({
            "if": {"properties": {"parameter": {"const": "pgport"}}},
            "then": {"properties": {"value": {"type": ["integer", "null"]}}},
        })));
    }
}
