//! What tables are for people besides what CSV and JSON are for programs.

mod eighty_columns;
mod in_tables;
