//! The classes of objects that generated databases are made of. To add one, write a function that adds its statements, and give
//! it a row in the array of its file.

mod foreign;
mod operators;
mod partitions;
mod routines;
mod search;
mod security;
mod sequences;
mod settings;
mod shared;
mod tables;
mod types;
mod views;

use super::maker::Maker;

/// One class.
pub(crate) struct Class {
    /// What the reports of a failure call it.
    pub(crate) name: &'static str,
    /// The first version that has it.
    pub(crate) since: u32,
    pub(crate) make: fn(&mut Maker),
}

/// A class that every version has.
const fn class(name: &'static str, make: fn(&mut Maker)) -> Class {
    since(0, name, make)
}

const fn since(since: u32, name: &'static str, make: fn(&mut Maker)) -> Class {
    Class { name, since, make }
}

/// All of them, in the order in which they are made: what belongs to all tables comes last.
pub(crate) const ALL: [&[Class]; 12] = [
    types::CLASSES,
    routines::CLASSES,
    operators::CLASSES,
    sequences::CLASSES,
    tables::CLASSES,
    partitions::CLASSES,
    views::CLASSES,
    search::CLASSES,
    foreign::CLASSES,
    shared::CLASSES,
    security::CLASSES,
    settings::CLASSES,
];
