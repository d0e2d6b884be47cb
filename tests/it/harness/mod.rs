//! The harness itself: what the other tests lean on.

mod clusters;
mod proxies;
mod terminals;
