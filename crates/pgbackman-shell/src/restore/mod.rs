//! Restores before their registration: the facts about backup and target, and the dialogue (`docs/spec/shell.md`,
//! "The restore dialogue").

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
