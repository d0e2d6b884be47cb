//! The catalogue: tables, functions, triggers, migrations, the queue.

mod legacy;
mod migrate;
mod model;
mod queue;
