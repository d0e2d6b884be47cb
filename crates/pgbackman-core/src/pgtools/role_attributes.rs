//! What a script says of its roles, and how a role that exists differs: it is used as it is, and an operator is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;

use super::sql_tokens::{Token, name};
use crate::secret::Secret;

/// The attributes that a role has or has not, as CREATE ROLE names them.
pub const FLAGS: [&str; 7] = [
    "SUPERUSER",
    "INHERIT",
    "CREATEROLE",
    "CREATEDB",
    "LOGIN",
    "REPLICATION",
    "BYPASSRLS",
];

/// A role.
#[derive(Debug, Clone)]
pub struct RoleAttributes {
    /// Which of [`FLAGS`] it has.
    pub flags: BTreeSet<&'static str>,
    /// How many sessions it may have; -1: any number.
    pub connection_limit: i32,
    /// When its password ends.
    pub valid_until: Option<String>,
    /// Its password, as the server keeps it.
    pub password: Option<Secret>,
    /// Its settings, outside any database; of a list of values the value is not known.
    pub settings: BTreeMap<String, Option<String>>,
    /// The roles it is a member of.
    pub member_of: BTreeSet<String>,
}

impl Default for RoleAttributes {
    fn default() -> Self {
        Self {
            flags: BTreeSet::from(["INHERIT"]),
            connection_limit: -1,
            valid_until: None,
            password: None,
            settings: BTreeMap::new(),
            member_of: BTreeSet::new(),
        }
    }
}

impl RoleAttributes {
    /// How a role of the same name on the target differs, in words about it; nothing of a password is shown.
    /// `may_see_passwords`: whether the target's password could be read. Only memberships in roles that are there already are
    /// looked at: the others are made.
    pub fn differences(
        &self,
        there: &Self,
        may_see_passwords: bool,
        exists: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut found: Vec<String> = FLAGS
            .iter()
            .filter(|flag| self.flags.contains(*flag) != there.flags.contains(*flag))
            .map(|flag| {
                let no = if there.flags.contains(flag) { "" } else { "NO" };
                format!("{no}{flag}")
            })
            .collect();
        if self.connection_limit != there.connection_limit {
            found.push(format!(
                "CONNECTION LIMIT {} instead of {}",
                there.connection_limit, self.connection_limit
            ));
        }
        if !same_time(self.valid_until.as_deref(), there.valid_until.as_deref()) {
            let until = |time: &Option<String>| time.clone().unwrap_or_else(|| "infinity".into());
            found.push(format!(
                "VALID UNTIL {} instead of {}",
                until(&there.valid_until),
                until(&self.valid_until)
            ));
        }
        let expose =
            |password: &Option<Secret>| password.as_ref().map(|text| text.expose().to_owned());
        if may_see_passwords && expose(&self.password) != expose(&there.password) {
            found.push(match (&self.password, &there.password) {
                (None, _) => "a password".to_owned(),
                (_, None) => "no password".to_owned(),
                _ => "another password".to_owned(),
            });
        }
        for (name, value) in &self.settings {
            match there.settings.get(name) {
                None => found.push(format!("no setting {name}")),
                Some(other) if value.is_some() && other.is_some() && other != value => {
                    found.push(format!("another setting {name}"));
                }
                Some(_) => {}
            }
        }
        let lacking = self.member_of.difference(&there.member_of);
        found.extend(
            lacking
                .filter(|role| exists(role))
                .map(|role| format!("no membership in \"{role}\"")),
        );
        found
    }
}

/// Takes what a statement's tokens say of roles: CREATE ROLE, ALTER ROLE, a membership.
pub fn gather(tokens: &[Token], roles: &mut BTreeMap<String, RoleAttributes>) {
    let word = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(word));
    if (word(0, "create") || word(0, "alter")) && word(1, "role") {
        let Some(role) = name(tokens, 2) else {
            return;
        };
        if word(3, "in") {
            return;
        }
        let attributes = roles.entry(role).or_default();
        if word(3, "set") {
            setting(&tokens[4..], attributes);
        } else {
            options(tokens.get(3..).unwrap_or_default(), attributes);
        }
    } else if word(0, "grant")
        && word(2, "to")
        && let (Some(role), Some(member)) = (name(tokens, 1), name(tokens, 3))
    {
        roles.entry(member).or_default().member_of.insert(role);
    }
}

fn options(tokens: &[Token], attributes: &mut RoleAttributes) {
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else {
            continue;
        };
        let word = String::from_utf8_lossy(word).to_uppercase();
        let text = |at: usize| match tokens.get(at) {
            Some(Token::Literal(text) | Token::Word(text)) => {
                Some(String::from_utf8_lossy(text).into_owned())
            }
            _ => None,
        };
        if let Some(flag) = FLAGS.iter().find(|flag| **flag == word) {
            attributes.flags.insert(flag);
        } else if let Some(flag) = FLAGS
            .iter()
            .find(|flag| word.strip_prefix("NO") == Some(**flag))
        {
            attributes.flags.remove(flag);
        } else if word == "LIMIT" {
            let negative = tokens.get(at + 1) == Some(&Token::Symbol(b'-'));
            let number = text(at + 1 + usize::from(negative)).and_then(|text| text.parse().ok());
            if let Some(number) = number {
                attributes.connection_limit = if negative { -1 } else { number };
            }
        } else if word == "UNTIL" {
            attributes.valid_until = text(at + 1);
        } else if word == "PASSWORD" {
            attributes.password = text(at + 1).map(Secret::new);
        }
    }
}

/// `name TO 'value'`, or `= 'value'`.
fn setting(tokens: &[Token], attributes: &mut RoleAttributes) {
    let Some(first) = tokens.first().and_then(Token::name) else {
        return;
    };
    let mut name = String::from_utf8_lossy(first).to_lowercase();
    let mut at = 1;
    while tokens.get(at) == Some(&Token::Symbol(b'.')) {
        let part = tokens.get(at + 1).and_then(Token::name).unwrap_or_default();
        name = format!("{name}.{}", String::from_utf8_lossy(part).to_lowercase());
        at += 2;
    }
    let value = match tokens.get(at + 1..) {
        Some([Token::Literal(text)]) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    };
    attributes.settings.insert(name, value);
}

/// Whether two times are the same, however they are written.
fn same_time(one: Option<&str>, other: Option<&str>) -> bool {
    let instant = |text: &str| {
        ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%:z"]
            .iter()
            .find_map(|format| DateTime::parse_from_str(text, format).ok())
    };
    let ends = |text: Option<&str>| text.filter(|text| *text != "infinity").map(str::to_owned);
    match (ends(one), ends(other)) {
        (Some(one), Some(other)) => {
            one == other
                || instant(&one)
                    .zip(instant(&other))
                    .is_some_and(|(one, other)| one == other)
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pgtools::sql_statements::Statements;

    fn gathered(script: &str) -> BTreeMap<String, RoleAttributes> {
        let mut roles = BTreeMap::new();
        let mut statements = Statements::new(script.as_bytes());
        while let Some(statement) = statements.read_next().unwrap() {
            gather(&statement.tokens, &mut roles);
        }
        roles
    }

    const BACKUP: &str = "CREATE ROLE a;\nALTER ROLE a WITH NOSUPERUSER INHERIT CREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS \
        CONNECTION LIMIT 5 PASSWORD 'SCRAM$one' VALID UNTIL '2031-05-06 05:08:09+00';\n\
        ALTER ROLE a SET work_mem TO '64MB';\nALTER ROLE a SET \"app.custom\" TO 'x';\n\
        ALTER ROLE a SET search_path TO '\"$user\"', 'public';\nALTER ROLE a IN DATABASE d SET x TO 'y';\n\
        CREATE ROLE g;\nGRANT g TO a WITH INHERIT TRUE GRANTED BY postgres;\nGRANT new TO a;";

    fn differing(there: &str) -> Vec<String> {
        let backup = gathered(BACKUP);
        let target = gathered(there);
        backup["a"].differences(&target["a"], true, &|role| role == "g")
    }

    #[test]
    fn a_role_that_is_the_same_has_no_differences() {
        let same = BACKUP
            .replace("05:08:09+00", "07:08:09.000000+02:00")
            .replace("GRANT new TO a", "");
        assert_eq!(differing(&same), [""; 0]);
    }

    #[test]
    fn every_difference_is_named_and_no_password() {
        let there = "CREATE ROLE a WITH SUPERUSER NOINHERIT PASSWORD 'SCRAM$other' CONNECTION LIMIT -1;\nALTER ROLE a SET work_mem TO '1MB';";
        assert_eq!(
            differing(there),
            [
                "SUPERUSER",
                "NOINHERIT",
                "NOCREATEROLE",
                "NOLOGIN",
                "CONNECTION LIMIT -1 instead of 5",
                "VALID UNTIL infinity instead of 2031-05-06 05:08:09+00",
                "another password",
                "no setting app.custom",
                "no setting search_path",
                "another setting work_mem",
                "no membership in \"g\"",
            ]
        );
        let backup = gathered(BACKUP);
        let there = gathered("CREATE ROLE a;");
        let said = backup["a"].differences(&there["a"], false, &|_| false);
        assert!(
            !said.iter().any(|text| text.contains("password")),
            "{said:?}"
        );
    }
}
