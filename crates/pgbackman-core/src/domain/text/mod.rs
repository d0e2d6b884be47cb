//! Values as people and files write them: sizes, words of a command line, selectors of several IDs, bytes as text, spans of time.

pub mod encoded_value;
pub mod flags;
pub mod hex;
pub mod percent;
pub mod selector;
pub mod shown;
pub mod size;
pub mod words;
