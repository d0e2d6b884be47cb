//! What programs tell each other through files: versioned documents, replaced or appended so that a crash at any
//! instruction leaves something true.
//!
//! [`cache`] is what a backup needs while the catalogue is down; [`run`] the record and lock of a run in progress;
//! [`report`] tells the catalogue, [`pending`] is a result that waits for it, [`legacy_pending`] one that
//! 1.x left behind; [`upgrade`] brings a catalogue of 1.x up to date, after [`catalogue_dump`]; [`manifest`] describes a backup beside its files, [`backup_lock`] keeps it there while it is being
//! restored; [`directory_mark`] tells whether the file system of the backups is mounted.
#![forbid(unsafe_code)]

pub mod backup_lock;
pub mod cache;
pub mod catalogue_dump;
pub mod directory_mark;
pub mod legacy_pending;
pub mod manifest;
pub mod pending;
pub mod report;
pub mod run;
pub mod upgrade;
