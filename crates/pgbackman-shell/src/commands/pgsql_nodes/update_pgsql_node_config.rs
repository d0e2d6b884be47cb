//! `update_pgsql_node_config`

use pgbackman_core::catalogue::nodes::config_params;
use pgbackman_core::domain::schedule::cron_field::Field;

use crate::declaration::config_values;
use crate::declaration::defaults::{self, NODE};
use crate::declaration::only_defaults;
use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `update_pgsql_node_config`
#[derive(Debug)]
pub(super) struct UpdatePgsqlNodeConfig {
    answers: Answers,
}

/// A parameter whose key is the configuration's, and whose default is the value in force.
const fn row(key: &'static str, label: &'static str, kind: Kind, help: &'static str) -> Parameter {
    Parameter::new(key, label, kind, help).default(DefaultSource::NodeConfig(key))
}

impl Command for UpdatePgsqlNodeConfig {
    const SPEC: &'static Spec = &Spec {
        name: "update_pgsql_node_config",
        subject: Subject::Nodes,
        summary: "Changes the configuration of a PgSQL node",
        details: "The form parameter=value changes any parameter in the list of show_pgsql_node_config, one or several at a \
                  time. Defaults for definitions only affect definitions that are registered afterwards. domain, \
                  admin_user, pgport and pgsql_node_status are parameters of 1.2 without effect: the node keeps its own \
                  values, which update_pgsql_node changes. The local configuration must allow directories and files.",
        example: "update_pgsql_node_config pg-node01.example.net retention_period='14 days' backup_hours_interval=22-23",
        parameters: &[
            Parameter::new(NODE, "NodeID / FQDN", Kind::Node, "The PgSQL node")
                .default(DefaultSource::Empty),
            row(
                "backup_minutes_interval",
                "Minutes cron interval",
                Kind::CronInterval(Field::Minute),
                "Range of minutes; a new definition gets a random one",
            ),
            row(
                "backup_hours_interval",
                "Hours cron interval",
                Kind::CronInterval(Field::Hour),
                "Range of hours; a new definition gets a random one",
            ),
            row(
                "backup_day_month_cron",
                "Day-month cron",
                Kind::Cron(Field::DayOfMonth),
                "Default for new definitions",
            ),
            row(
                "backup_month_cron",
                "Month cron",
                Kind::Cron(Field::Month),
                "Default for new definitions",
            ),
            row(
                "backup_weekday_cron",
                "Weekday cron",
                Kind::Cron(Field::DayOfWeek),
                "Default for new definitions",
            ),
            row(
                "backup_code",
                "Backup code",
                Kind::BackupCode,
                "Default for new definitions",
            ),
            row(
                "retention_period",
                "Retention period",
                Kind::Interval,
                "Default for new definitions",
            ),
            row(
                "retention_redundancy",
                "Retention redundancy",
                Kind::Redundancy,
                "Default for new definitions",
            ),
            row(
                "automatic_deletion_retention",
                "Automatic deletion retention",
                Kind::Interval,
                "How long the backups of a dropped database are kept",
            ),
            row(
                "extra_backup_parameters",
                "Extra backup parameters",
                Kind::ExtraParameters,
                "Default for new definitions",
            ),
            row(
                "extra_restore_parameters",
                "Extra restore parameters",
                Kind::RestoreParameters,
                "Default for new restores to the node",
            ),
            row(
                "backup_job_status",
                "Backup Job status",
                Kind::JobStatus,
                "Default for new definitions",
            ),
            row(
                "domain",
                "Domain",
                Kind::Domain,
                "A default of 1.2: the node keeps its own",
            ),
            row(
                "logs_email",
                "Logs e-mail",
                Kind::Email,
                "Address for the mail of cron and for alerts",
            ),
            row(
                "admin_user",
                "PostgreSQL admin user",
                Kind::Role,
                "A default of 1.2: update_pgsql_node changes the role that takes the backups",
            ),
            row(
                "pgport",
                "Port",
                Kind::Port,
                "A default of 1.2: update_pgsql_node changes the port of the node",
            ),
            row(
                "pgnode_backup_partition",
                "Backup directory",
                Kind::Path,
                "Directory for the node's backups and logs",
            ),
            row(
                "pgnode_crontab_file",
                "Crontab file",
                Kind::Path,
                "Crontab of the node on the backup servers",
            ),
            row(
                "pgsql_node_status",
                "PgSQL node status",
                Kind::ServerStatus,
                "A default of 1.2: update_pgsql_node changes the status of the node",
            ),
        ],
        forms: &[
            Form::Words(&[
                NODE,
                "backup_minutes_interval",
                "backup_hours_interval",
                "backup_day_month_cron",
                "backup_month_cron",
                "backup_weekday_cron",
                "backup_code",
                "retention_period",
                "retention_redundancy",
                "automatic_deletion_retention",
                "extra_backup_parameters",
                "extra_restore_parameters",
                "backup_job_status",
                "domain",
                "logs_email",
                "admin_user",
                "pgport",
                "pgnode_backup_partition",
                "pgnode_crontab_file",
                "pgsql_node_status",
            ]),
            Form::Assignments(&[NODE]),
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
        let node = shell.node(self.answers.text(NODE))?;
        let id = node.id;
        let changes = self.changes(shell)?;
        shell.write(async |session| config_params::update_node(&**session, id, &changes).await)?;
        shell.done(&[format!(
            "Configuration parameters for NodeID: {id} updated."
        )])?;
        for line in only_defaults::of_node(&node, &self.answers) {
            shell.say(&format!("[WARNING]: {line}"))?;
        }
        Ok(())
    }
}

impl UpdatePgsqlNodeConfig {
    /// The changes that were asked for, checked.
    fn changes(&self, shell: &Shell) -> Result<config_values::Changes, CommandError> {
        let rows = defaults::node_parameters(shell, &self.answers)?;
        config_values::node_changes(shell, &self.answers, &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_and_assignments_take_the_same_kinds_of_values() {
        for parameter in UpdatePgsqlNodeConfig::SPEC
            .parameters
            .iter()
            .filter(|parameter| parameter.key != NODE)
        {
            assert_eq!(
                parameter.kind,
                config_values::node_kind(parameter.key),
                "{}",
                parameter.key
            );
        }
    }
}
