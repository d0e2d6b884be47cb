//! The harness itself: what the other tests lean on.

mod clusters;
mod namespaces;
mod proxies;
mod sandboxes;
mod terminals;
