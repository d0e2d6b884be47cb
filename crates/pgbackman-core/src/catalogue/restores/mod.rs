//! Restores in the catalogue: what can be restored ([`restorable`]), the restores that are due ([`restore_definitions`]), how they
//! ended ([`restore_results`]), and the clones that keep a database as a copy of another ([`clones`]).

pub mod clones;
pub mod following;
pub mod restorable;
pub mod restore_definitions;
pub mod restore_results;
