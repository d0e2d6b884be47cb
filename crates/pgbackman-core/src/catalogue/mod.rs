//! The catalogue database: typed functions over the tables, views and functions of `sql/` (`docs/spec/catalogue.md`).
//!
//! Functions take any [`tokio_postgres::GenericClient`], so that a caller decides what belongs to one transaction.
//! A value never becomes part of an SQL text; it always travels as a parameter.
#![forbid(unsafe_code)]

pub mod alerts;
pub mod asking;
pub mod attention;
pub mod backups;
pub mod channels;
pub mod constraints;
pub mod definitions;
pub mod error;
pub mod monitoring;
pub mod nodes;
pub mod reports;
pub mod restores;
mod rows;
pub mod runs;
pub mod schema;
pub mod usage;

pub use error::{CatalogError, Refusal};
