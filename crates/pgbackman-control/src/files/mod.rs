//! Directories and caches, of the backup server and of its nodes, from the first to the last.

pub mod caches;
pub mod deletions;
pub mod directories;
pub mod node_files;
pub mod server;
