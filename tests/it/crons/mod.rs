//! The product's own crontab under several crons, in a Debian 13 of their own: `cargo xtask test --crons` makes it.

mod clock_changes;
mod jobs;
mod lab;
