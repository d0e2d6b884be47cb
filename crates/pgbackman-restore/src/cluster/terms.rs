//! What becomes of each statement of a whole node's script: roles and tablespaces that the target has stay as they are, and
//! memberships between two such roles too; what another version cannot take is written otherwise, left out or refused; a
//! database that every node has and in which the target has something already is not written into.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::node::settings::ALWAYS_THERE;
use pgbackman_core::pgtools::internal_options::{self, Sets};
use pgbackman_core::pgtools::other_version::{self, Fit, Knows};
use pgbackman_core::pgtools::role_map::sets;
use pgbackman_core::pgtools::sql_statements::Statement;

use crate::database::{CLOSE_PUBLIC, CLOSED_PUBLIC};

/// Databases that every node has: the script makes none of them, and connects to them.
pub(crate) const EVERYWHERE: [&str; 2] = ALWAYS_THERE;

/// Why nothing is written into one of [`EVERYWHERE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The target uses it.
    HoldsSomething,
    /// The contents would come out as others; what belongs to the database itself does not.
    OtherEncoding,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HoldsSomething => "because the target's database has objects of its own",
            Self::OtherEncoding => "because the target's database has another encoding",
        })
    }
}

/// What is known of the target.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Its version, parameters and roles.
    pub(crate) knows: Knows,
    /// Its tablespaces.
    pub(crate) tablespaces: BTreeSet<String>,
    /// Settings of the script that it does not know.
    pub(crate) refused_settings: Vec<&'static str>,
    /// Of [`EVERYWHERE`] those into which nothing is written, and why.
    pub(crate) closed: BTreeMap<&'static str, Closed>,
    /// Where the target is in use: the statements that describe it as a whole, and its databases of [`EVERYWHERE`]. Others
    /// about these are not run, since they would change how it works for whoever uses it.
    pub(crate) in_use: Option<BTreeSet<String>>,
}

/// What becomes of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is run with these of its tokens replaced.
    Run(Vec<(usize, String)>),
    /// The target has what it makes, or does not know a setting that changes nothing.
    IsThere,
    /// It is left out, and an operator is told.
    LeftOut(String),
    /// The target cannot have what it makes.
    Refused(String),
}

/// A script that is being read.
pub(crate) struct Reading<'t> {
    terms: &'t Terms,
    /// With the script's own roles.
    knows: Knows,
    /// The one of [`EVERYWHERE`] that the script is connected to.
    inside: Option<&'static str>,
    /// The version that was dumped, as far as the script has said it.
    source: Option<PgMajor>,
    /// Whether the next database that it connects to is one that it has made.
    made: bool,
    /// Whether the statement was the first one in a database that it has made.
    entered: bool,
}

impl<'t> Reading<'t> {
    /// At the script's beginning.
    pub(crate) fn new(terms: &'t Terms) -> Self {
        Self {
            terms,
            knows: terms.knows.clone(),
            inside: None,
            source: None,
            made: false,
            entered: false,
        }
    }

    /// Takes the next statement.
    pub(crate) fn judge(&mut self, statement: &Statement) -> Verdict {
        self.hear(statement);
        if statement.tokens.is_empty() {
            return Verdict::Run(Vec::new());
        }
        if self.is_there(statement) || sets(statement, &self.terms.refused_settings) {
            return Verdict::IsThere;
        }
        if let Some(inside) = self.inside
            && let Some(reason) = self.terms.closed.get(inside)
            && is_content(statement)
        {
            return Verdict::LeftOut(format!("everything in the database {inside}, {reason}"));
        }
        if let Some(verdict) = self.of_a_target_in_use(statement) {
            return verdict;
        }
        match internal_options::set_by(statement) {
            Some(Sets::Alone) => return Verdict::IsThere,
            Some(Sets::Among(changes)) => return Verdict::Run(changes),
            None => {}
        }
        match other_version::fit(statement, &self.knows) {
            Fit::Same => Verdict::Run(Vec::new()),
            Fit::Changed(changes) => Verdict::Run(changes),
            Fit::LeftOut(what) => Verdict::LeftOut(what),
            Fit::Refused(what) => Verdict::Refused(what),
        }
    }

    /// What would change how a target works that somebody uses.
    fn of_a_target_in_use(&self, statement: &Statement) -> Option<Verdict> {
        let there = self.terms.in_use.as_ref()?;
        let of = if statement.begins(&["alter", "role", "all", "set"]) {
            "every role".to_owned()
        } else {
            let database = of_database(statement)?;
            EVERYWHERE
                .contains(&&*database)
                .then(|| format!("the database {database}"))?
        };
        let text = String::from_utf8_lossy(&statement.with(&[])).into_owned();
        Some(if there.contains(&text) {
            Verdict::IsThere
        } else {
            Verdict::LeftOut(format!(
                "the settings of {of}, because the target is in use: {text}"
            ))
        })
    }

    /// What is run behind the statement that was judged last: a database of 15 or newer has another schema public than one that
    /// an older server makes.
    pub(crate) fn added(&self) -> Option<String> {
        let is_older = self.source.is_some_and(|source| source >= CLOSED_PUBLIC)
            && self.knows.major < CLOSED_PUBLIC;
        (self.entered && is_older).then(|| {
            format!(
                "\nDO $pgbackman$ BEGIN EXECUTE (SELECT pg_catalog.format('ALTER SCHEMA public OWNER TO %I', \
                 pg_catalog.pg_get_userbyid(datdba)) FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) \
                 pg_catalog.current_database()); END $pgbackman$;\n{CLOSE_PUBLIC}\n"
            )
        })
    }

    /// What stands before a statement, and what it makes.
    fn hear(&mut self, statement: &Statement) {
        self.entered = false;
        let before = String::from_utf8_lossy(statement.before());
        for line in before.lines() {
            if let Some(version) = line.strip_prefix("-- Dumped from database version ") {
                // A release candidate has no minor version.
                let release = version.split_whitespace().next().unwrap_or_default();
                self.source = release.parse().ok().map(PgRelease::major);
            } else if let Some(name) = line.strip_prefix("\\connect ") {
                let name = name.trim();
                self.inside = EVERYWHERE
                    .into_iter()
                    .find(|everywhere| *everywhere == name);
                self.entered |= std::mem::take(&mut self.made);
            }
        }
        if statement.begins(&["create", "database"]) {
            self.made = true;
        }
        let is_role = statement.begins(&["create", "role"]) || statement.begins(&["alter", "role"]);
        if is_role
            && statement
                .tokens
                .iter()
                .any(|token| token.is_word("noinherit"))
            && let Some(name) = statement.name(2)
            && !self.terms.knows.roles.contains(&name)
        {
            self.knows.not_inheriting.insert(name);
        }
    }

    /// Whether a statement is about roles and tablespaces only that are there already.
    fn is_there(&self, statement: &Statement) -> bool {
        let role = |at: usize| {
            statement
                .name(at)
                .is_some_and(|name| self.terms.knows.roles.contains(&name))
        };
        if statement.begins(&["create", "role"]) || statement.begins(&["alter", "role"]) {
            // ALTER ROLE … IN DATABASE belongs to a database of the script.
            return role(2)
                && !statement
                    .tokens
                    .get(3)
                    .is_some_and(|token| token.is_word("in"));
        }
        if statement.begins(&["comment", "on", "role"]) {
            return role(3);
        }
        if statement.begins(&["create", "tablespace"]) {
            return statement
                .name(2)
                .is_some_and(|name| self.terms.tablespaces.contains(&name));
        }
        is_membership(statement) && role(1) && role(3)
    }
}

fn is_membership(statement: &Statement) -> bool {
    statement.begins(&["grant"])
        && statement
            .tokens
            .get(2)
            .is_some_and(|token| token.is_word("to"))
}

/// The database that a statement is about as a whole: its owner, settings, privileges, comment or label.
fn of_database(statement: &Statement) -> Option<String> {
    if statement.begins(&["alter", "database"]) {
        return statement.name(2);
    }
    if statement.begins(&["alter", "role"]) {
        let is_inside = statement
            .tokens
            .get(3)
            .is_some_and(|token| token.is_word("in"));
        return is_inside.then(|| statement.name(5)).flatten();
    }
    let is_other = ["comment", "grant", "revoke", "security"]
        .iter()
        .all(|word| !statement.begins(&[word]));
    if is_other {
        return None;
    }
    let on = statement
        .tokens
        .windows(2)
        .position(|two| two[0].is_word("on") && two[1].is_word("database"))?;
    statement.name(on + 2)
}

/// Whether a statement is about what a database holds: not about the session, nor about roles, tablespaces and databases.
fn is_content(statement: &Statement) -> bool {
    let about_node = [
        &["set"][..],
        &["reset"],
        &["create", "role"],
        &["alter", "role"],
        &["create", "database"],
        &["alter", "database"],
        &["create", "tablespace"],
        &["alter", "tablespace"],
        &["update", "pg_catalog"],
        &["comment", "on", "role"],
        &["comment", "on", "database"],
        &["comment", "on", "tablespace"],
        &["security", "label"],
    ];
    if about_node.iter().any(|words| statement.begins(words)) || is_membership(statement) {
        return false;
    }
    if statement.begins(&["select"]) {
        return !statement
            .tokens
            .get(3)
            .is_some_and(|token| token.is_word("set_config"));
    }
    let is_grant = statement.begins(&["grant"]) || statement.begins(&["revoke"]);
    let on = statement
        .tokens
        .iter()
        .position(|token| token.is_word("on"));
    let of_node = on
        .and_then(|on| statement.tokens.get(on + 1))
        .is_some_and(|object| {
            ["database", "tablespace", "parameter"]
                .iter()
                .any(|word| object.is_word(word))
        });
    !(is_grant && of_node)
}
