//! What GRANT and REVOKE statements of an archive leave to whom.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::pgtools::sql_tokens::{Token, Tokens};

/// A privilege.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    /// All that the object has; which these are depends on the server's version.
    All,
    /// The right to grant all of them.
    AllToGrant,
    /// One, in upper case; with a star the right to grant it.
    One(String),
}

impl Which {
    fn to_grant(&self) -> Self {
        match self {
            Self::One(privilege) => Self::One(format!("{privilege}*")),
            Self::All | Self::AllToGrant => Self::AllToGrant,
        }
    }
}

/// What is left to a role; the role without a name is everybody.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) grantee: String,
    /// It has these.
    pub(super) granted: BTreeSet<Which>,
    /// It has none of these.
    pub(super) revoked: BTreeSet<Which>,
}

/// Reads the statements; `map` gives the name that a role has on the target.
pub(super) fn read(definition: &[u8], map: &dyn Fn(&str) -> String) -> Vec<Given> {
    let mut roles: BTreeMap<String, Given> = BTreeMap::new();
    let tokens: Vec<Token> = Tokens::new(definition).map_while(Result::ok).collect();
    for statement in tokens.split(|token| *token == Token::Symbol(b';')) {
        let Some((is_grant, privileges, grantee)) = parts(statement) else {
            continue;
        };
        let grantee = grantee.map_or_else(String::new, |name| map(&name));
        let of_role = roles.entry(grantee.clone()).or_default();
        of_role.grantee = grantee;
        if is_grant {
            of_role.granted.extend(privileges);
            // Which of those that were taken before it has again would have to be known.
            of_role.revoked.clear();
        } else {
            if privileges.contains(&Which::All) {
                of_role.granted.clear();
            }
            of_role.granted.retain(|which| !privileges.contains(which));
            of_role.revoked.extend(privileges);
        }
    }
    roles.into_values().collect()
}

/// Whether it grants, what, and to whom: nobody's name is everybody.
fn parts(statement: &[Token]) -> Option<(bool, Vec<Which>, Option<String>)> {
    let begins = statement
        .iter()
        .position(|token| token.is_word("grant") || token.is_word("revoke"))?;
    let is_grant = statement[begins].is_word("grant");
    let mut rest = statement[begins + 1..].iter();
    let (mut privileges, mut words, mut depth) = (Vec::new(), Vec::new(), 0_u32);
    for token in rest.by_ref() {
        match token {
            Token::Symbol(b'(') => depth += 1,
            Token::Symbol(b')') => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Token::Symbol(b',') => privileges.push(which(&std::mem::take(&mut words))),
            Token::Word(word) if word == b"on" => break,
            Token::Word(word) => {
                words.push(String::from_utf8_lossy(word).to_uppercase());
            }
            _ => return None,
        }
    }
    privileges.push(which(&words));
    let direction = if is_grant { "to" } else { "from" };
    rest.by_ref().find(|token| token.is_word(direction))?;
    let grantee = match rest.next()? {
        Token::Word(word) if word == b"public" => None,
        Token::Word(word) if word == b"group" => Some(rest.next()?.name()?),
        token => Some(token.name()?),
    };
    if is_grant && rest.any(|token| token.is_word("option")) {
        let to_grant: Vec<Which> = privileges.iter().map(Which::to_grant).collect();
        privileges.extend(to_grant);
    }
    Some((
        is_grant,
        privileges,
        grantee.map(|name| String::from_utf8_lossy(name).into_owned()),
    ))
}

fn which(words: &[String]) -> Which {
    if words.first().is_some_and(|word| word == "ALL") {
        Which::All
    } else {
        Which::One(words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> Which {
        Which::One(name.to_owned())
    }

    #[test]
    fn what_statements_leave_is_read() {
        let sql = b"REVOKE ALL ON TABLE app.t FROM owner;\nGRANT SELECT,INSERT ON TABLE app.t TO owner;\n\
            GRANT SELECT(a, \"b on\"),UPDATE(n) ON TABLE app.t TO \"Odd; to\" WITH GRANT OPTION;\n\
            SET SESSION AUTHORIZATION owner;\nGRANT ALL ON TABLE app.t TO PUBLIC;\nRESET SESSION AUTHORIZATION;\n\
            ALTER DEFAULT PRIVILEGES FOR ROLE grant_er IN SCHEMA s REVOKE ALL ON TABLES  FROM old;";
        let given = read(sql, &|role| role.replace("old", "new"));
        let of = |grantee: &str| given.iter().find(|one| one.grantee == grantee).unwrap();
        assert_eq!(
            of("owner").granted,
            BTreeSet::from([one("SELECT"), one("INSERT")])
        );
        assert!(of("owner").revoked.is_empty());
        assert_eq!(
            of("Odd; to").granted,
            BTreeSet::from([one("SELECT"), one("SELECT*"), one("UPDATE"), one("UPDATE*")])
        );
        assert_eq!(of("").granted, BTreeSet::from([Which::All]));
        assert_eq!(of("new").revoked, BTreeSet::from([Which::All]));
        assert_eq!(given.len(), 4);
    }
}
