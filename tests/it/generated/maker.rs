//! What the classes of objects have in common: chance, names, places, and what every object may have beside itself.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// A superuser who owns some objects: what a restore computes as an owner must not fail for a privilege.
pub(crate) const OWNER: &str = "generated_owner";
/// Who is granted something.
pub(crate) const ROLES: [&str; 3] = ["generated_reader", "\"generated Writer; x\"", OWNER];

/// The roles of a node with generated databases.
pub(crate) const NODE: &str = "\
    CREATE ROLE generated_owner SUPERUSER;\n\
    CREATE ROLE generated_reader;\n\
    CREATE ROLE \"generated Writer; x\" LOGIN IN ROLE generated_reader;\n";

/// Writes the SQL of one database.
pub(crate) struct Maker {
    random: StdRng,
    /// The server's major version.
    pub(crate) version: u32,
    /// Extensions that the server can make.
    pub(crate) extensions: Vec<String>,
    /// The database's name, quoted.
    pub(crate) database: String,
    sql: String,
    count: u32,
    schemas: Vec<String>,
}

/// A table that a class may build on: its columns are `id`, the key, `a text`, `n integer` and `d date`.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
}

impl Maker {
    pub(crate) fn new(seed: u64, version: u32, extensions: &[String], database: &str) -> Self {
        let mut maker = Self {
            random: StdRng::seed_from_u64(seed),
            version,
            extensions: extensions.to_vec(),
            database: database.to_owned(),
            sql: String::new(),
            count: 0,
            schemas: vec!["public".to_owned()],
        };
        for _ in 0..2 {
            let name = maker.name("s");
            maker.add(format!("CREATE SCHEMA {name}"));
            maker.made("SCHEMA", &name, &["USAGE", "CREATE"]);
            maker.schemas.push(name);
        }
        maker
    }

    /// The whole script.
    pub(crate) fn finish(self) -> String {
        self.sql
    }

    /// One more statement.
    pub(crate) fn add(&mut self, statement: impl AsRef<str>) {
        self.sql.push_str(statement.as_ref());
        self.sql.push_str(";\n");
    }

    /// A line that no server reads.
    pub(crate) fn remark(&mut self, text: &str) {
        self.sql.extend(["-- ", text, "\n"]);
    }

    pub(crate) fn chance(&mut self, of: f64) -> bool {
        self.random.random_bool(of)
    }

    pub(crate) fn number(&mut self, below: u32) -> u32 {
        self.random.random_range(0..below)
    }

    pub(crate) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.random.random_range(0..of.len())]
    }

    /// A new name, quoted where it must be. No other object has it.
    pub(crate) fn name(&mut self, stem: &str) -> String {
        self.count += 1;
        let count = self.count;
        match self.number(9) {
            0 => format!("\"{stem} {count}\""),
            1 => format!("\"{}{count}\"", stem.to_uppercase()),
            2 => format!("\"{stem}\u{fc}\u{df}{count}\""),
            3 => format!("\"{stem}'{count};--\""),
            4 => format!("\"{stem}\"\"%s${count}\\\""),
            _ => format!("{stem}{count}"),
        }
    }

    /// Some schema.
    pub(crate) fn schema(&mut self) -> String {
        let at = self.random.random_range(0..self.schemas.len());
        self.schemas[at].clone()
    }

    /// A new name in some schema.
    pub(crate) fn place(&mut self, stem: &str) -> String {
        let schema = self.schema();
        format!("{schema}.{}", self.name(stem))
    }

    /// A table to build on, with some rows.
    pub(crate) fn table(&mut self) -> Table {
        let name = self.place("t");
        self.add(format!(
            "CREATE TABLE {name} (id integer PRIMARY KEY, a text, n integer, d date NOT NULL DEFAULT '2026-01-01')"
        ));
        self.rows(&name);
        self.made("TABLE", &name, &TABLE_PRIVILEGES);
        Table { name }
    }

    /// Rows in a table that has the columns of [`Table`]; perhaps none.
    pub(crate) fn rows(&mut self, name: &str) {
        let rows = self.number(4);
        self.add(format!(
            "INSERT INTO {name} (id, a, n) SELECT n, 'row ' || n, n * 10 FROM generate_series(1, {rows}) AS n"
        ));
    }

    /// A function for triggers, which changes nothing.
    pub(crate) fn trigger_function(&mut self) -> String {
        let name = self.place("on_row");
        self.add(format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ));
        name
    }

    /// What every object may have: a comment, privileges of its own, another owner.
    pub(crate) fn made(&mut self, kind: &str, name: &str, privileges: &[&str]) {
        self.comment(kind, name);
        if !UNOWNED.contains(&kind) && self.chance(0.3) {
            self.add(format!("ALTER {kind} {name} OWNER TO {OWNER}"));
        }
        if !privileges.is_empty() && self.chance(0.5) {
            self.grant(kind, name, privileges);
        }
    }

    /// Perhaps a comment.
    pub(crate) fn comment(&mut self, kind: &str, name: &str) {
        if self.chance(0.5) {
            let texts = [
                "a comment",
                "of two\nlines; --",
                "back\\slash",
                "it''s \u{e4} \"comment\"",
            ];
            let text = self.pick(&texts);
            self.add(format!("COMMENT ON {kind} {name} IS '{text}'"));
        }
    }

    /// Privileges of its own.
    pub(crate) fn grant(&mut self, kind: &str, name: &str, privileges: &[&str]) {
        let kind = match kind {
            "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" => "TABLE",
            "AGGREGATE" => "FUNCTION",
            "SERVER" => "FOREIGN SERVER",
            other => other,
        };
        let (role, privilege) = (self.pick(&ROLES), self.pick(privileges));
        match self.number(5) {
            0 => self.add(format!("GRANT ALL ON {kind} {name} TO {role}")),
            1 => self.add(format!(
                "GRANT {privilege} ON {kind} {name} TO {role} WITH GRANT OPTION"
            )),
            2 => self.add(format!("GRANT {privilege} ON {kind} {name} TO PUBLIC")),
            3 => {
                self.add(format!("REVOKE ALL ON {kind} {name} FROM PUBLIC"));
                self.add(format!("GRANT {privilege} ON {kind} {name} TO {role}"));
            }
            _ => self.add(format!(
                "REVOKE ALL ON {kind} {name} FROM PUBLIC, postgres, {OWNER}"
            )),
        }
    }
}

/// What can be granted on a table.
pub(crate) const TABLE_PRIVILEGES: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "TRUNCATE"];

/// Kinds that have no owner of their own, that must be a superuser's own, or that compute something as their owner.
const UNOWNED: [&str; 8] = [
    "MATERIALIZED VIEW",
    "EXTENSION",
    "EVENT TRIGGER",
    "PUBLICATION",
    "SUBSCRIPTION",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "ACCESS METHOD",
];
