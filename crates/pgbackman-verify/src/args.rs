//! The command line.

use std::num::NonZero;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory as _, Parser, ValueEnum};
use pgbackman_core::VERSION;
use pgbackman_core::proof::Level;

/// Proves backups by their files: compares every file with the manifest, and reads every file to its end.
///
/// The program needs neither the catalogue, nor a configuration, nor a PostgreSQL server. It changes nothing. Maintenance does not
/// delete a backup while the program reads it.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_verify", version = VERSION)]
pub struct Args {
    /// Manifest, archive or script of a backup; or a directory, for all backups in it
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Level of proof: checksum compares sizes and SHA-256 with the manifest; read also unpacks every file and counts its contents
    #[arg(long, value_name = "LEVEL", default_value = Level::Read.as_str(), value_parser = levels())]
    pub level: Level,
    /// Number of files to read at the same time (default: one per processor)
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,
    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

/// How the results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for each backup
    Text,
    /// One JSON document
    Json,
}

impl Args {
    /// How many files are read at the same time.
    pub fn threads(&self) -> NonZero<usize> {
        self.jobs
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZero::<usize>::MIN)
    }
}

fn levels() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::as_str)).try_map(|word| word.parse())
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}
