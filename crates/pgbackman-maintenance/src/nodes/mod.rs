//! What nodes answer, and what it means for the definitions of their databases.

pub mod gone;
pub mod node_answers;
