//! The command line of `pgbackman-bulk-update`.

use std::path::{Path, PathBuf};

use clap::Parser;

/// Runs commands of PgBackMan's shell from a file.
///
/// The file contains one command per line, with all its parameters, as in `pgbackman`. A line that begins with # is a
/// comment. If a quotation is open at the end of a line, it continues in the next line. Only commands that register,
/// update, delete or move something are run; others are counted as not supported.
#[derive(Debug, Parser)]
#[command(name = "pgbackman-bulk-update", version, about, long_about)]
pub(crate) struct Args {
    /// File with the commands; - for standard input.
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) input_file: PathBuf,

    /// Only check the commands and report errors, without running any.
    ///
    /// Every line is checked for unknown commands, wrong numbers of parameters, invalid values, and names that are
    /// missing in the catalogue. What an earlier line of the file registers counts as existing, and what it deletes
    /// as missing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Stop at the first command that fails. By default, the remaining commands are run.
    #[arg(long)]
    pub(crate) stop_on_error: bool,

    /// Use only this configuration file.
    ///
    /// The default is $HOME/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf, then the built-in
    /// defaults.
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
