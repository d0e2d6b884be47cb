//! Snapshots and restores through real `atd`, in its private namespace: each once, whatever happens to control.

mod clones;
mod kills;
mod of_1_x;
mod once;
mod queue;
mod refused;
mod requested;
mod restores;
mod scene;
mod snapshots;
