//! The named steps of a run, in their order. Each is in the run record when it is reached, and an observer hears of it.

use pgbackman_core::job::progress::NamedStep;
pub use pgbackman_core::steps::{NoObserver, Observer};

/// A step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The run's record is written and locked.
    RecordWritten,
    /// The guardian of the run's programs is up.
    GuardianStarted,
    /// The backup cannot be removed any more, and its files are what they were.
    BackupVerified,
    /// The target has been reached.
    TargetReached,
    /// It is decided what to do, and that it can be done.
    Planned,
    /// What will be changed is in the record. Until here nothing has been.
    ChangesRecorded,
    /// The existing database has its new name.
    Renamed,
    /// The roles are there.
    RolesMade,
    /// The new database is there.
    DatabaseMade,
    /// It has the settings and privileges of the one that was backed up.
    SettingsMade,
    /// It is in the record that contents are about to be written.
    ContentsRecorded,
    /// The program that restores runs.
    ContentsStarted,
    /// The program that restores has ended.
    ContentsEnded,
    /// The planner's statistics are there.
    Analyzed,
    /// What the target has now has been compared with the archive's list.
    Compared,
    /// Nothing that the run started is alive.
    ProgramsGone,
    /// After a failure: the target's databases are where the reason says.
    PutRight,
    /// The result is in the record.
    Finished,
    /// The result is in the catalogue or in a pending file.
    Reported,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 19] = [
        Self::RecordWritten,
        Self::GuardianStarted,
        Self::BackupVerified,
        Self::TargetReached,
        Self::Planned,
        Self::ChangesRecorded,
        Self::Renamed,
        Self::RolesMade,
        Self::DatabaseMade,
        Self::SettingsMade,
        Self::ContentsRecorded,
        Self::ContentsStarted,
        Self::ContentsEnded,
        Self::Analyzed,
        Self::Compared,
        Self::ProgramsGone,
        Self::PutRight,
        Self::Finished,
        Self::Reported,
    ];

    /// The step in words, as the run record has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordWritten => "record written",
            Self::GuardianStarted => "guardian started",
            Self::BackupVerified => "backup verified",
            Self::TargetReached => "target reached",
            Self::Planned => "planned",
            Self::ChangesRecorded => "changes recorded",
            Self::Renamed => "renamed",
            Self::RolesMade => "roles made",
            Self::DatabaseMade => "database made",
            Self::SettingsMade => "settings made",
            Self::ContentsRecorded => "contents recorded",
            Self::ContentsStarted => "contents started",
            Self::ContentsEnded => "contents ended",
            Self::Analyzed => "analyzed",
            Self::Compared => "compared",
            Self::ProgramsGone => "programs gone",
            Self::PutRight => "put right",
            Self::Finished => "finished",
            Self::Reported => "reported",
        }
    }
}

impl NamedStep for Step {
    fn name(self) -> &'static str {
        Self::name(self)
    }

    fn phase(self) -> &'static str {
        match self {
            Self::RecordWritten | Self::GuardianStarted => "verifying",
            Self::BackupVerified | Self::TargetReached => "planning",
            Self::Planned
            | Self::ChangesRecorded
            | Self::Renamed
            | Self::RolesMade
            | Self::DatabaseMade
            | Self::SettingsMade
            | Self::ContentsRecorded => "preparing",
            Self::ContentsStarted => "restoring",
            Self::ContentsEnded => "analyzing",
            Self::Analyzed => "comparing",
            Self::Compared | Self::ProgramsGone => "finishing",
            Self::PutRight => "cleaning up",
            Self::Finished | Self::Reported => "done",
        }
    }
}
