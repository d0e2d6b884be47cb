//! The backup as a whole, from the first question to the node to a result that may be published.

pub(crate) mod after;
pub(crate) mod clients;
pub(crate) mod seal;
pub(crate) mod sealed;
pub(crate) mod take;
