//! The schema of the catalogue: making it ([`provision`]), bringing an older one up to date ([`migrate`]), telling which one a
//! database has ([`version`]), and the texts of `sql/` that a program carries ([`embedded`]).

pub mod embedded;
pub mod migrate;
pub mod provision;
pub mod version;

/// The schema version this software works with.
pub const SCHEMA_VERSION: i32 = 13;

/// The newest schema version that a released PgBackMan has made; a release raises it to [`SCHEMA_VERSION`]. The migrations
/// up to it never change any more. Those above it grow with `sql/schema` (`CONTRIBUTING.md`, "A column of the catalogue").
pub const RELEASED_VERSION: i32 = 5;

/// The tag of [`SCHEMA_VERSION`].
pub const SCHEMA_TAG: &str = "v_2_0_3";
