//! What of a backup's SQL a target of another version cannot take as it stands: written otherwise where it means the same there,
//! left out where the target has nothing that it could be about, refused otherwise, and always before anything is changed.
//!
//! `pg_dumpall` and our own files speak the language of the version that was backed up (`docs/spec/restores.md`, "How a restore
//! goes").

mod assignment;
mod builtins;
mod database;
mod do_block;
mod features;
mod fit;
mod inspect;
mod lacking;
mod membership;
mod parameters;
mod since;
mod statement;
mod statistics;
mod text;

pub use self::assignment::{Assignment, NAMING_A_ROLE, Value, assignments};
pub use self::builtins::Builtins;
pub use self::fit::{Fit, Knows};
pub use self::inspect::{Inspection, Server, collations, escapes_strings, inspect};
pub use self::lacking::function_with_an_empty_list;
pub use self::statement::fit;
pub use self::statistics::{describe as statistics_left_out, statistics_since};
pub use self::text::{Fitted, fit_text};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_features;
