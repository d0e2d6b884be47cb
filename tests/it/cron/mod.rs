//! Real cron, in a namespace of its own: what it accepts, ignores and runs.
