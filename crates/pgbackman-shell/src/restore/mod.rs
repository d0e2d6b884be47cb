//! Restores before they are registered: what is known of backup and target, and the dialogue about it
//! (`docs/spec/shell.md`, "The restore dialogue").

mod chosen;
mod contents;
mod dialogue;
mod inspect;
mod settings;
mod source;

pub use chosen::findings as chosen;
pub use contents::ContentsOf;
pub use dialogue::{Answered, Case, accepted};
pub use inspect::{BackupServerLook, check_node, check_parameters, target};
pub use settings::SettingsOf;
pub use source::will_need;
