//! The command line of `pgbackman-bulk-update`.

use std::path::{Path, PathBuf};

use clap::Parser;

/// Runs commands of PgBackMan's shell from a file.
///
/// One command per line, with all its parameters, as `pgbackman` takes it. A line that begins with # is a comment, and a
/// quotation that is open at the end of a line goes on in the next one. Only commands that register, update, delete or move
/// something are run; others are counted as not supported.
#[derive(Debug, Parser)]
#[command(name = "pgbackman-bulk-update", version, about, long_about)]
pub(crate) struct Args {
    /// The file with the commands; - for standard input.
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) input_file: PathBuf,

    /// Only say what is wrong with the commands, and run none.
    ///
    /// Every line is read: unknown commands, wrong numbers of parameters, values that are not acceptable, names that the
    /// catalogue does not know. What an earlier line of the file registers counts as known, and what it deletes as gone.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// End at the first command that is not done; without it the others are run.
    #[arg(long)]
    pub(crate) stop_on_error: bool,

    /// Use this configuration file, and no other.
    ///
    /// Without it: $HOME/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf, then the defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl Args {
    /// The file, `None` for standard input.
    pub(crate) fn file(&self) -> Option<&Path> {
        Some(self.input_file.as_path()).filter(|file| *file != Path::new("-"))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
        let args = Args::try_parse_from(["pgbackman-bulk-update", "-f", "-"]).unwrap();
        assert_eq!(args.file(), None);
        let args = Args::try_parse_from(["pgbackman-bulk-update", "--input-file=x"]).unwrap();
        assert_eq!(args.file(), Some(Path::new("x")));
        assert!(Args::try_parse_from(["pgbackman-bulk-update"]).is_err());
    }
}
