//! conninfo
