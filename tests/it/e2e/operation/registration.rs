//! The beginning: sixty databases, servers, nodes, and a definition for each database.

use std::fmt::Write as _;

use pgbackman_tests::postgres::Cluster;
use rand::RngExt as _;

use super::clock::Minute;
use super::fleet::Fleet;
use super::model::{Definition, Policy};
use super::schedule::{KINDS, Schedule};

/// The databases of each node.
const DATABASES: usize = 20;
/// How long the definitions of a database that is gone stay.
pub(super) const QUARANTINE: Minute = 25;
/// The same on the first node.
pub(super) const SHORT_QUARANTINE: Minute = 8;

impl Fleet<'_> {
    pub(super) fn make_databases(&self) {
        std::thread::scope(|scope| {
            for (node, cluster) in self.nodes.iter().enumerate() {
                scope.spawn(move || {
                    let first = dbname(node, 0);
                    let mut script = format!(
                        "CREATE DATABASE {first};\n\\c {first}\nCREATE TABLE item AS SELECT generate_series(1, 20) AS n;\n\
                         \\c postgres\n"
                    );
                    for number in 1..DATABASES {
                        let name = dbname(node, number);
                        let _ = writeln!(script, "CREATE DATABASE {name} TEMPLATE {first};");
                    }
                    cluster.psql_script("postgres", &script);
                });
            }
        });
    }

    /// Registers servers, nodes, and a definition for each database.
    pub(super) fn register(&mut self) {
        for server in ["backup01", "backup02"] {
            self.sql(&format!(
                "SELECT register_backup_server('{server}', 'example.net', 'RUNNING', '')"
            ));
        }
        for (node, cluster) in self.nodes.iter().enumerate() {
            let quarantine = if node == 0 {
                SHORT_QUARANTINE
            } else {
                QUARANTINE
            };
            self.sql(&format!(
                "SELECT register_pgsql_node('{}', '', {}, '{}', 'RUNNING', '');\n\
                 UPDATE pgsql_node_config SET value = '{quarantine} minutes'\n\
                 WHERE parameter = 'automatic_deletion_retention' AND node_id = {}",
                cluster.socket_dir().display(),
                cluster.port(),
                Cluster::SUPERUSER,
                node + 1
            ));
        }
        for place in 0..self.nodes.len() * DATABASES {
            self.define(place);
        }
    }

    fn define(&mut self, place: usize) {
        let definition = Definition {
            node: place / DATABASES,
            dbname: dbname(place / DATABASES, place % DATABASES),
            code: match place % 10 {
                3 => "SCHEMA",
                6 => "DATA",
                9 => "RDS",
                _ => "FULL",
            },
            schedule: Schedule::of_kind(place % KINDS, &mut self.random),
            policy: self.any_policy(),
            status: "ACTIVE",
            is_elsewhere: false,
            // Definitions of 1.x may ask for what does not exist yet: their backups are WARNING.
            is_encrypted: place == 27,
            missing: 0,
            deleted: None,
        };
        let [minute, hour, day, month, weekday] = &definition.schedule.fields;
        let Policy {
            period, redundancy, ..
        } = definition.policy;
        let id = self.number(&format!(
            "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, \
                 day_month_cron, month_cron, weekday_cron, backup_code, encryption, retention_period, \
                 retention_redundancy, job_status) \
             VALUES (1, {}, '{}', '{minute}', '{hour}', '{day}', '{month}', '{weekday}', '{}', false, '{period} minutes', \
                 {redundancy}, 'ACTIVE') RETURNING def_id",
            definition.node + 1,
            definition.dbname,
            definition.code,
        ));
        self.set_rotation(id, definition.policy.keep);
        if definition.is_encrypted {
            self.sql(&format!(
                "UPDATE backup_definition SET encryption = true WHERE def_id = {id}"
            ));
        }
        self.model.definitions.insert(id, definition);
        self.ids.push(id);
    }

    /// A policy whose period is longer than a result may wait for its registration.
    pub(super) fn any_policy(&mut self) -> Policy {
        let periods = [12, 15, 20, 30, 7 * 24 * 60];
        let rotates = self.random.random_bool(0.4);
        Policy {
            period: periods[self.random.random_range(0..periods.len())],
            redundancy: self.random.random_range(0..4),
            keep: std::array::from_fn(|_| {
                if rotates {
                    self.random.random_range(0..3)
                } else {
                    0
                }
            }),
        }
    }

    pub(super) fn set_rotation(&self, id: i64, keep: [usize; 4]) {
        let [daily, weekly, monthly, yearly] = keep;
        self.sql(&format!(
            "SELECT update_retention_policy({id}, {daily}, {weekly}, {monthly}, {yearly})"
        ));
    }
}

/// The name of a database.
fn dbname(node: usize, number: usize) -> String {
    format!("db{node}_{number}")
}
