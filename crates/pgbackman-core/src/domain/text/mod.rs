//! Values as people and files write them: sizes, words of a command line, selectors of several IDs, bytes as text.

pub mod encoded_value;
pub mod percent;
pub mod selector;
pub mod size;
pub mod words;
