//! What recreates a database around its contents: the settings file (`docs/spec/backups.md`, "What a backup consists
//! of"; trap 9a).

mod database;
mod inside;
mod read;
mod render;

pub use self::database::{
    ALWAYS_THERE, DatabaseSettings, Locale, RoleSettings, SettingsOfAllRoles,
};
pub use self::inside::{Inside, RoleTexts};
pub use self::read::{of_all_roles, read};
pub use crate::domain::locale::LocaleProvider;
