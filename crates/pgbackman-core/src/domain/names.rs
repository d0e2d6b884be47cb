//! (owner: domain helper)
