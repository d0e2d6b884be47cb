//! `update_backup_server_config`

use pgbackman_core::catalogue::nodes::config_params;

use crate::declaration::config_values::{self, BIN_PREFIX, ROOT_DIRECTORY};
use crate::declaration::defaults::{self, SERVER};
use crate::declaration::only_defaults;
use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Question, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `update_backup_server_config`
#[derive(Debug)]
pub(super) struct UpdateBackupServerConfig {
    answers: Answers,
}

impl Command for UpdateBackupServerConfig {
    const SPEC: &'static Spec = &Spec {
        name: "update_backup_server_config",
        subject: Subject::Servers,
        summary: "Changes the configuration of a backup server",
        details: "The form parameter=value changes any parameter in the list of show_backup_server_config, one or \
            several at a time, and pgsql_bin_N for later releases. The form with ten words is that of 1.2: server, \
            the directories for 9.0 to 9.6 and 10, main backup directory. The local configuration must allow the \
            directories.",
        example: "update_backup_server_config 1 root_backup_partition=/srv/pgbackman pgsql_bin_16=/usr/pgsql-16/bin",
        parameters: &[
            Parameter::new(SERVER, "SrvID / FQDN", Kind::Server, "The backup server")
                .default(DefaultSource::BackupServer),
            Parameter::new(
                BIN_PREFIX,
                "PgSQL bindir",
                Kind::Text,
                "Directory with the client programs of one PostgreSQL release",
            )
            .default(DefaultSource::ServerConfig)
            .each(bin_directories),
            Parameter::new(
                ROOT_DIRECTORY,
                "Main backup dir",
                Kind::Path,
                "Directory that contains the backups",
            )
            .default(DefaultSource::ServerConfig),
        ],
        forms: &[
            Form::Words(&[
                SERVER,
                "pgsql_bin_9_0",
                "pgsql_bin_9_1",
                "pgsql_bin_9_2",
                "pgsql_bin_9_3",
                "pgsql_bin_9_4",
                "pgsql_bin_9_5",
                "pgsql_bin_9_6",
                "pgsql_bin_10",
                ROOT_DIRECTORY,
            ]),
            Form::Assignments(&[SERVER]),
        ],
        confirmation: Some("Are all values to update correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            answers: answers.clone(),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        self.changes(shell).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let server = shell.server(self.answers.text(SERVER))?;
        let id = server.id;
        let changes = self.changes(shell)?;
        shell
            .write(async |session| config_params::update_server(&**session, id, &changes).await)?;
        shell.done(&[format!("Configuration parameters for SrvID: {id} updated.")])?;
        for line in only_defaults::of_server(&server, &self.answers) {
            shell.say(&format!("[WARNING]: {line}"))?;
        }
        Ok(())
    }
}

impl UpdateBackupServerConfig {
    /// The changes that were asked for, checked.
    fn changes(&self, shell: &Shell) -> Result<config_values::Changes, CommandError> {
        let rows = defaults::server_parameters(shell, &self.answers)?;
        config_values::server_changes(shell, &self.answers, &rows)
    }
}

/// One question for each release the server has a directory for, in order of release.
fn bin_directories(shell: &Shell, answers: &Answers) -> Result<Vec<Question>, CommandError> {
    let rows = defaults::server_parameters(shell, answers)?;
    let mut releases: Vec<(Vec<u32>, String)> = rows
        .into_iter()
        .filter_map(|row| Some((release(&row.parameter)?, row.parameter)))
        .collect();
    releases.sort();
    Ok(releases
        .into_iter()
        .map(|(release, key)| {
            let number: Vec<String> = release.iter().map(u32::to_string).collect();
            Question {
                key,
                label: format!("PgSQL bindir {}", number.join(".")),
            }
        })
        .collect())
}

/// `pgsql_bin_9_6` → 9, 6.
fn release(parameter: &str) -> Option<Vec<u32>> {
    parameter
        .strip_prefix(BIN_PREFIX)?
        .split('_')
        .map(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_as_numbers() {
        assert!(release("pgsql_bin_9_6").unwrap() < release("pgsql_bin_10").unwrap());
        assert_eq!(release("pgsql_bin_9_6"), Some(vec![9, 6]));
        assert_eq!(release("domain"), None);
        assert_eq!(release("pgsql_bin_x"), None);
    }
}
