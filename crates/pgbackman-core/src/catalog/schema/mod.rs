//! The schema of the catalogue: making it ([`provision`]), bringing an older one up to date ([`migrate`]), telling which one a
//! database has ([`version`]), and the texts of `sql/` that a program carries ([`embedded`]).

pub mod embedded;
pub mod migrate;
pub mod provision;
pub mod version;
