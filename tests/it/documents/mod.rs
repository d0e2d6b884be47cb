//! The documents say what the code does.

mod completions;
mod examples;
mod files;
mod messages;
mod reference;
mod sessions;
mod truth;
