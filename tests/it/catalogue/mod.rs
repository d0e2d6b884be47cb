//! The catalogue: tables, functions, triggers, migrations, the queue.

mod backups;
mod legacy;
mod migrate;
mod model;
mod queue;
mod retention;
mod security;
