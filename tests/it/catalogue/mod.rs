//! The catalogue: tables, functions, triggers, migrations, the queue.
