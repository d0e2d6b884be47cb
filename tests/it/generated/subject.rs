//! One generated database: its backup, and a restore of it that is judged.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use pgbackman_tests::postgres::Cluster;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::classes::{self, Class};
use super::maker::Maker;
use crate::dump::support::identifier;
use crate::restore::state::described;
use crate::restore::support::{Backup, RestoreLab};

/// A database that was made, and its backup.
pub(crate) struct Subject<'l, 'c> {
    pub(super) lab: &'l RestoreLab<'c>,
    seed: u64,
    pub(crate) name: String,
    sql: String,
    pub(crate) backup: Backup,
    /// What `pg_dump --create` said of it.
    pub(super) original: String,
}

impl<'l, 'c> Subject<'l, 'c> {
    /// Makes the database of a seed, of this part of the classes, and backs it up.
    pub(crate) fn build(lab: &'l RestoreLab<'c>, seed: u64, size: f64) -> Self {
        let node = lab.lab.node;
        let name = format!("generated_{seed}");
        let available = node.psql(
            "postgres",
            "SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM pg_available_extensions",
        );
        let available: Vec<String> = serde_json::from_str(available.trim()).unwrap();
        let sql = script(seed, size, node.version().major(), &available, &name);
        let file = keep(seed, node.version().major(), &sql);
        println!("PGBACKMAN_TEST_SEED={seed}: {}", file.display());
        let encoding = encoding(seed);
        node.psql(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"),
        );
        node.psql_script(&name, &format!("SET client_encoding TO 'UTF8';\n{sql}"));
        let job = lab.lab.define(&name, "FULL");
        let output = job.run();
        assert!(
            [0, 8].contains(&output.code),
            "{}\n{}",
            output.stderr,
            lab.sandbox().log()
        );
        Self {
            backup: lab.catalogued(&format!("def_id = {}", job.id), &name, "FULL"),
            original: described(node, &name, &[]),
            lab,
            seed,
            name,
            sql,
        }
    }

    /// Restores it, and says where the verdict is not that of comparing both dumps.
    pub(super) fn verdict_is_right(&self) -> Result<(), String> {
        let judged = self.restored()?;
        let problem = match judged.right() {
            Right::Error if judged.status == "ERROR" => "the archive did not restore",
            Right::Error => "something is missing, and it is no ERROR",
            _ if judged.status == "ERROR" => "nothing is missing, and it is an ERROR",
            Right::Warning if judged.status != "WARNING" => {
                "something is left to do, and it is no WARNING"
            }
            _ if judged.status == "WARNING" && !judged.is_known() => {
                "it has no known reason to warn"
            }
            _ => return Ok(()),
        };
        Err(format!("{}: {problem}: {judged:#?}", self.title()))
    }

    /// Restores it.
    pub(super) fn restored(&self) -> Result<Judged, String> {
        let copy = format!("{}_copy", self.name);
        let output = self.lab.restore(&self.backup, &copy).run();
        let result = self.lab.last_result();
        let target = self.lab.target;
        let there = self.lab.databases();
        let failed = format!("{copy}_failed");
        let made = there
            .iter()
            .find(|name| **name == copy || name.starts_with(&failed));
        let Some(made) = made else {
            return Err(format!(
                "{}: nothing was restored: {result:#?}\n{}",
                self.title(),
                output.stderr
            ));
        };
        // What keeps others out of a failed one is no difference.
        if *made != copy {
            let limit = self.lab.lab.node.psql(
                "postgres",
                &format!(
                    "SELECT datconnlimit FROM pg_database WHERE datname = '{}'",
                    self.name
                ),
            );
            target.psql(
                "postgres",
                &format!(
                    "ALTER DATABASE {} CONNECTION LIMIT {}",
                    identifier(made),
                    limit.trim()
                ),
            );
        }
        let restored = described(target, made, &[]);
        drop_database(target, made);
        let difference = difference(&restored, &self.original);
        Ok(Judged {
            status: result["status"].clone(),
            message: result["message"].clone(),
            difference,
        })
    }

    fn title(&self) -> String {
        let file = keep(self.seed, self.lab.lab.node.version().major(), &self.sql);
        format!(
            "PGBACKMAN_TEST_SEED={} on {} ({})",
            self.seed,
            self.lab.lab.node.version(),
            file.display()
        )
    }
}

/// What came of a restore, and what `pg_dump` says of it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) status: String,
    pub(super) message: String,
    /// The lines that only one of both dumps has.
    pub(super) difference: String,
}

/// What a verdict should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Right {
    Succeeded,
    Warning,
    Error,
}

impl Judged {
    /// What only a REFRESH computes is left to do; everything else is missing.
    pub(super) fn right(&self) -> Right {
        let is_computed = |line: &str| {
            line.contains("REFRESH MATERIALIZED VIEW ")
                || line.contains("; Type: MATERIALIZED VIEW DATA;")
        };
        let mut lines = self
            .difference
            .lines()
            .filter(|line| line.starts_with(['+', '-']));
        if self.difference.is_empty() {
            Right::Succeeded
        } else if lines.clone().count() > 0 && lines.all(is_computed) {
            Right::Warning
        } else {
            Right::Error
        }
    }

    /// Whether all that it warns of is what generated databases are known for. Statistics of the planner are not (B10).
    fn is_known(&self) -> bool {
        (self.message.contains("subscription")
            || self.message.contains("REFRESH MATERIALIZED VIEW"))
            && !self.message.contains("ANALYZE")
    }
}

/// Drops a database, which subscriptions would keep.
pub(crate) fn drop_database(cluster: &Cluster, name: &str) {
    cluster.psql_script(
        name,
        "SELECT format('DROP SUBSCRIPTION %I', subname) FROM pg_subscription WHERE subdbid = \
         (SELECT oid FROM pg_database WHERE datname = current_database()) \\gexec\n",
    );
    cluster.psql("postgres", &format!("DROP DATABASE {}", identifier(name)));
}

/// The lines that only one of two dumps has.
pub(super) fn difference(restored: &str, original: &str) -> String {
    if restored == original {
        return String::new();
    }
    let only_in = |one: &str, other: &str, sign: &str| {
        let others: BTreeSet<&str> = other.lines().collect();
        one.lines()
            .filter(|line| !others.contains(line))
            .fold(String::new(), |all, line| all + sign + line + "\n")
    };
    format!(
        "(the order of lines, if nothing follows)\n{}{}",
        only_in(restored, original, "+ "),
        only_in(original, restored, "- ")
    )
}

/// The encoding of a seed's database.
pub(crate) const fn encoding(seed: u64) -> &'static str {
    if seed % 3 == 2 { "LATIN1" } else { "UTF8" }
}

/// The SQL of a seed.
fn script(seed: u64, size: f64, version: u32, extensions: &[String], name: &str) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    let wanted = std::env::var("PGBACKMAN_TEST_CLASS").unwrap_or_default();
    let mut maker = Maker::new(seed, version, extensions, name);
    let classes = classes::ALL.iter().flat_map(|some| some.iter());
    let known = classes.filter(|class| class.since <= version && class.name.contains(&wanted));
    for Class { name, make, .. } in known {
        if random.random_bool(size) {
            maker.remark(name);
            make(&mut maker);
        }
    }
    maker.finish()
}

/// Writes it where it is found when the test has failed.
fn keep(seed: u64, version: u32, sql: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("pgbackman-generated-{seed}-{version}.sql"));
    fs::write(&file, sql).unwrap();
    file
}
