//! The command line of `pgbackman`.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::output::Format;

/// The operators' shell of PgBackMan.
///
/// Without --command, it reads commands interactively from a terminal, or as a script from a pipe or file, one
/// command per line. A line that begins with # is a comment. The command `help` lists the commands.
#[derive(Debug, Parser)]
#[command(
    name = "pgbackman",
    version,
    about,
    long_about,
    disable_help_subcommand = true
)]
pub struct Args {
    /// Run this command line and exit.
    ///
    /// Errors are written to standard error. The exit status is 0 only if the command succeeded.
    #[arg(short = 'C', long, value_name = "COMMAND")]
    pub command: Option<String>,

    /// Output format of lists and details.
    ///
    /// The default is `default_output_format` of the configuration. csv is RFC 4180 with a header; json is an object
    /// whose only key is the name of the list, and every value is a string as the table shows it; json2 is an object
    /// with `version` and `rows`, with numbers, sizes in bytes, ISO 8601 times and durations in seconds.
    #[arg(short, long, value_name = "FORMAT", value_parser = formats(), ignore_case = true)]
    pub output: Option<Format>,

    /// Use only this configuration file.
    ///
    /// The default is $HOME/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf, then the built-in
    /// defaults.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// In a script, continue after a command that failed.
    ///
    /// The exit status is then that of the first failure.
    #[arg(long)]
    pub keep_going: bool,

    /// In a script, show each command before it runs.
    #[arg(long)]
    pub echo: bool,

    /// Convert a configuration file of PgBackMan 1.x to the TOML format of this version, write it to standard output,
    /// and exit.
    #[arg(long, value_name = "OLD", conflicts_with_all = ["command", "output", "keep_going", "echo"])]
    pub convert_config: Option<PathBuf>,
}

/// Parses the name of a format; completion scripts offer the names.
fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str))
        .try_map(|text| text.parse::<Format>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn short_and_long_flags_mean_the_same() {
        let short =
            Args::try_parse_from(["pgbackman", "-C", "show_pgsql_nodes", "-o", "json"]).unwrap();
        let long = Args::try_parse_from([
            "pgbackman",
            "--command",
            "show_pgsql_nodes",
            "--output",
            "JSON",
        ])
        .unwrap();
        assert_eq!((short.command, short.output), (long.command, long.output));
        assert!(Args::try_parse_from(["pgbackman", "-o", "xml"]).is_err());
    }
}
