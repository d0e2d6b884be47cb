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
    /// The node has been reached and the client programs are chosen.
    NodeReached,
    /// The names of all files are in the record.
    FilesNamed,
    /// It is in the record that replay is about to be paused.
    ReplayPauseRecorded,
    /// Replay on the standby is paused.
    ReplayPaused,
    /// The snapshot is exported.
    SnapshotExported,
    /// The roles file is written.
    RolesWritten,
    /// The settings file is written.
    SettingsWritten,
    /// The dump program runs.
    DumpStarted,
    /// The dump program has ended.
    DumpEnded,
    /// Replay on the standby continues.
    ReplayResumed,
    /// What is run after the contents is written, or it is known that there is nothing.
    AfterWritten,
    /// What the dump program wrote has been checked.
    ArchiveChecked,
    /// Every file is flushed and its checksum known.
    FilesFlushed,
    /// The manifest is written and flushed.
    ManifestWritten,
    /// Nothing that the run started is alive.
    ProgramsGone,
    /// From here on the backup counts: recovery completes it.
    Publishing,
    /// The files have their names.
    Renamed,
    /// That is in the record.
    Published,
    /// A failed run's result is in its record.
    FailureRecorded,
    /// A failed run's files are removed.
    FilesRemoved,
    /// The result is in the catalogue or in a pending file.
    Reported,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 23] = [
        Self::RecordWritten,
        Self::GuardianStarted,
        Self::NodeReached,
        Self::FilesNamed,
        Self::ReplayPauseRecorded,
        Self::ReplayPaused,
        Self::SnapshotExported,
        Self::RolesWritten,
        Self::SettingsWritten,
        Self::DumpStarted,
        Self::DumpEnded,
        Self::ReplayResumed,
        Self::AfterWritten,
        Self::ArchiveChecked,
        Self::FilesFlushed,
        Self::ManifestWritten,
        Self::ProgramsGone,
        Self::Publishing,
        Self::Renamed,
        Self::Published,
        Self::FailureRecorded,
        Self::FilesRemoved,
        Self::Reported,
    ];

    /// The step in words, as the run record has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordWritten => "record written",
            Self::GuardianStarted => "guardian started",
            Self::NodeReached => "node reached",
            Self::FilesNamed => "files named",
            Self::ReplayPauseRecorded => "replay pause recorded",
            Self::ReplayPaused => "replay paused",
            Self::SnapshotExported => "snapshot exported",
            Self::RolesWritten => "roles written",
            Self::SettingsWritten => "settings written",
            Self::DumpStarted => "dump started",
            Self::DumpEnded => "dump ended",
            Self::ReplayResumed => "replay resumed",
            Self::AfterWritten => "after written",
            Self::ArchiveChecked => "archive checked",
            Self::FilesFlushed => "files flushed",
            Self::ManifestWritten => "manifest written",
            Self::ProgramsGone => "programs gone",
            Self::Publishing => "publishing",
            Self::Renamed => "renamed",
            Self::Published => "published",
            Self::FailureRecorded => "failure recorded",
            Self::FilesRemoved => "files removed",
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
            Self::RecordWritten | Self::GuardianStarted => "connecting",
            Self::NodeReached
            | Self::FilesNamed
            | Self::ReplayPauseRecorded
            | Self::ReplayPaused
            | Self::SnapshotExported
            | Self::RolesWritten
            | Self::SettingsWritten => "preparing",
            Self::DumpStarted => "dumping",
            Self::DumpEnded | Self::ReplayResumed | Self::AfterWritten => "checking",
            Self::ArchiveChecked => "flushing",
            Self::FilesFlushed
            | Self::ManifestWritten
            | Self::ProgramsGone
            | Self::Publishing
            | Self::Renamed
            | Self::Published => "publishing",
            Self::FailureRecorded | Self::FilesRemoved => "cleaning up",
            Self::Reported => "done",
        }
    }
}
