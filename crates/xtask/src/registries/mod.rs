//! What is fetched through the clients of package registries.

pub(crate) mod axe;
pub(crate) mod npm;
pub(crate) mod pip;
