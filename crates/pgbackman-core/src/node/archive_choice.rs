//! What the options of `pg_dump` that choose schemas, tables and extensions leave out of an archive that what stays in it needs
//! (case B17), found before a backup is taken.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::{Asking, NodeError, shortcomings};
use crate::domain::backup::extra_parameters::ExtraParameters;

/// Options that choose tables: with them `pg_dump` writes no schemas, and no extensions but those that are named.
const TABLES: [&str; 2] = ["table", "table-and-children"];

/// Characters that mean something in a regular expression.
const SPECIAL: &str = "|*+?()[]{}.^$\\";

/// Whether anything is left out that an extension may need.
pub fn leaves_out(extra: &ExtraParameters) -> bool {
    ["schema", "exclude-schema", "extension"]
        .iter()
        .any(|option| extra.has(option))
}

/// Extensions that would be in the archive without the schema in which they lie: name and schema.
///
/// # Errors
/// When the node cannot be asked.
pub async fn extensions_without_schema(
    client: &Client,
    extra: &ExtraParameters,
) -> Result<Vec<(String, String)>, NodeError> {
    let all = shortcomings::schemas_of_extensions(client).await?;
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let schemas: Vec<&str> = all.iter().map(|(_, schema)| schema.as_str()).collect();
    let like =
        async |names: &[&str], option: &str| -> Result<Option<BTreeSet<String>>, NodeError> {
            let patterns: Vec<String> = extra.values(option).map(expression).collect();
            if patterns.is_empty() {
                return Ok(None);
            }
            let rows = client
                .query(include_str!("sql/names_like.sql"), &[&names, &patterns])
                .await
                .asking("what the extra parameters select")?;
            rows.iter()
                .map(|row| row.try_get(0))
                .collect::<Result<_, _>>()
                .map(Some)
                .asking("what the extra parameters select")
        };
    let chosen_extensions = like(&names, "extension").await?;
    let left_out_extensions = like(&names, "exclude-extension").await?;
    let chosen_schemas = like(&schemas, "schema").await?;
    let left_out_schemas = like(&schemas, "exclude-schema").await?;
    let of_tables = TABLES.iter().any(|option| extra.has(option));
    let is_in = |set: &Option<BTreeSet<String>>, name: &str, without: bool| {
        set.as_ref().map_or(without, |set| set.contains(name))
    };
    let everything = !extra.has("schema") && !of_tables;
    Ok(all
        .iter()
        .filter(|(name, schema)| {
            let has_extension = is_in(&chosen_extensions, name, everything)
                && !is_in(&left_out_extensions, name, false);
            let has_schema = is_in(&chosen_schemas, schema, everything)
                && !is_in(&left_out_schemas, schema, false);
            has_extension && !has_schema
        })
        .cloned()
        .collect())
}

/// A pattern of `pg_dump` as a regular expression (PostgreSQL's documentation, psql, "Patterns"): outside double quotes letters
/// are folded, `*` stands for anything and `?` for one character. A name of a database before a dot is left out.
fn expression(pattern: &str) -> String {
    let mut text = String::new();
    let mut quoted = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                text.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => text.clear(),
            '*' if !quoted => text.push_str(".*"),
            '?' if !quoted => text.push('.'),
            '$' => text.push_str("\\$"),
            special if quoted && SPECIAL.contains(special) => text.extend(['\\', special]),
            letter if quoted => text.push(letter),
            letter => text.extend(letter.to_lowercase()),
        }
    }
    format!("^({text})$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b17_patterns_are_read_as_the_client_does() {
        for (pattern, expected) in [
            ("Sales", "^(sales)$"),
            ("\"Sales\"", "^(Sales)$"),
            ("s*_?", "^(s.*_.)$"),
            ("\"s*\"\"\"", "^(s\\*\")$"),
            ("shop.sales", "^(sales)$"),
            ("a$|[bc]", "^(a\\$|[bc])$"),
        ] {
            assert_eq!(expression(pattern), expected, "{pattern}");
        }
    }
}
