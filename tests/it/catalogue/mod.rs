//! The catalogue: tables, functions, triggers, migrations, the queue.

mod model;
mod queue;
