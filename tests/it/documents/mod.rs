//! The documents say what the code does.

mod completions;
mod files;
mod made;
mod messages;
mod sessions;
mod truth;
