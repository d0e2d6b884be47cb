//! Proof by files: `pgbackman_verify`, and which damage each level finds.

mod damage;
mod program;
