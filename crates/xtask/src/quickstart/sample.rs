//! The sample database.

use super::Layout;
use crate::installation::Node;
use crate::task::{Result, say};

/// Its name.
pub(super) const DATABASE: &str = "shop";
/// What makes it.
const SQL: &str = include_str!("sample.sql");

/// Makes roles, database and data on the node.
///
/// # Errors
///
/// When a statement fails.
pub(super) fn load(node: &Node<'_>, layout: &Layout) -> Result<()> {
    node.write_for_jobs("tmp/sample.sql", SQL)?;
    node.sql_file("postgres", &layout.at("tmp/sample.sql"))?;
    let size = node.sql(
        DATABASE,
        "SELECT pg_size_pretty(pg_database_size(current_database()))",
    )?;
    say(&format!(
        "a database {DATABASE} on it: roles, grants, large objects, 50000 orders ({})",
        size.trim()
    ));
    Ok(())
}
