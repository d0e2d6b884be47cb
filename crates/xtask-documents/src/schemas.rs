//! The JSON Schemas of what the shell's commands answer programs with, one for each command (`docs/schemas`).

use std::path::PathBuf;

use pgbackman_shell::commands::{self, schema};

use super::{Document, DocumentError};

/// All of them.
///
/// # Errors
/// When one cannot be written as JSON.
pub(crate) fn all() -> Result<Vec<Document>, DocumentError> {
    let schemas = commands::answers().into_iter().map(|answer| {
        let name = answer.spec.name;
        let text = serde_json::to_string_pretty(&schema::of(&answer))
            .map_err(|error| DocumentError::Missing(format!("the schema of {name}: {error}")))?;
        Ok(Document {
            path: PathBuf::from(format!("docs/schemas/{name}.json")),
            text: text + "\n",
        })
    });
    schemas.collect()
}
