//! The roles file of a backup, PgBackMan's own and that of 1.x: which roles it makes, and what of it is to be run on a target
//! that has some of them already.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::pgtools::role_attributes::{self, RoleAttributes};
use crate::pgtools::sql_statements::{Statement, Statements};
use crate::pgtools::sql_tokens::Token;
use crate::secret::Secret;

/// What the target has, and what is not wanted of the file.
pub struct Target<'a> {
    /// Whether a role exists there: it is used as it is.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// Whether another role takes its place: it is not made.
    pub is_mapped: &'a dyn Fn(&str) -> bool,
}

/// What the file says, ready to run as one transaction.
#[derive(Debug, Default)]
pub struct RolesScript {
    /// Every role that the file makes, in its order, whether it exists or not; without mapped ones.
    pub roles: Vec<String>,
    /// Those of them that get an attribute which only a superuser can give: SUPERUSER, REPLICATION, BYPASSRLS.
    pub privileged: BTreeSet<String>,
    /// The statements, in order. Some hold password hashes.
    pub statements: Vec<Secret>,
    /// What the file says of each role, whether it exists or not; without mapped ones.
    pub attributes: BTreeMap<String, RoleAttributes>,
}

/// Reads a roles file.
///
/// # Errors
/// A text that ends inside quotes, or that is not UTF-8.
pub fn read(script: &[u8], target: &Target<'_>) -> io::Result<RolesScript> {
    let mut read = RolesScript::default();
    let mut statements = Statements::new(script);
    while let Some(statement) = statements.read_next()? {
        take(&statement, target, &mut read)?;
    }
    Ok(read)
}

fn take(statement: &Statement, target: &Target<'_>, read: &mut RolesScript) -> io::Result<()> {
    let transaction = ["begin", "commit"];
    if statement.tokens.is_empty() || transaction.iter().any(|word| statement.begins(&[word])) {
        return Ok(());
    }
    if statement.begins(&["do"]) {
        let block = block(statement)?;
        if block
            .iter()
            .any(|(named, _)| named.roles().any(target.is_mapped))
        {
            return Ok(());
        }
        // Our own file asks for itself whether a role exists.
        for (named, tokens) in &block {
            note(named, tokens, read);
        }
        return keep(statement, read);
    }
    match Named::of(&statement.tokens) {
        Some(named) => {
            if named.roles().any(target.is_mapped) {
                return Ok(());
            }
            note(&named, &statement.tokens, read);
            let is_there = named.roles().all(target.exists);
            if is_there {
                Ok(())
            } else {
                keep(statement, read)
            }
        }
        None => keep(statement, read),
    }
}

fn keep(statement: &Statement, read: &mut RolesScript) -> io::Result<()> {
    let text = String::from_utf8(statement.with(&[]))
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    read.statements.push(Secret::new(text));
    Ok(())
}

fn note(named: &Named, tokens: &[Token], read: &mut RolesScript) {
    role_attributes::gather(tokens, &mut read.attributes);
    if let Named::Role {
        name,
        creates,
        privileged,
    } = named
    {
        if *creates {
            read.roles.push(name.clone());
        }
        if *privileged {
            read.privileged.insert(name.clone());
        }
    }
}

/// What a statement about roles names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// One role, which is made or changed.
    Role {
        name: String,
        creates: bool,
        privileged: bool,
    },
    /// A membership.
    Membership { role: String, member: String },
}

impl Named {
    fn of(tokens: &[Token]) -> Option<Self> {
        let name = |at: usize| {
            let name = tokens.get(at)?.name()?;
            Some(String::from_utf8_lossy(name).into_owned())
        };
        let [first, second, third, ..] = tokens else {
            return None;
        };
        let of_role = |at, creates| {
            Some(Self::Role {
                name: name(at)?,
                creates,
                privileged: tokens.iter().any(|token| {
                    ["superuser", "replication", "bypassrls"]
                        .iter()
                        .any(|word| token.is_word(word))
                }),
            })
        };
        if first.is_word("create") && second.is_word("role") {
            of_role(2, true)
        } else if first.is_word("alter") && second.is_word("role") {
            of_role(2, false)
        } else if first.is_word("comment") && second.is_word("on") && third.is_word("role") {
            of_role(3, false)
        } else if first.is_word("grant") && third.is_word("to") {
            Some(Self::Membership {
                role: name(1)?,
                member: name(3)?,
            })
        } else {
            None
        }
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Role { name, .. } => (name, None),
            Self::Membership { role, member } => (role, Some(member)),
        };
        [Some(first), second]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// What the statements inside a DO block name, with their tokens.
fn block(statement: &Statement) -> io::Result<Vec<(Named, Vec<Token>)>> {
    let Some(span) = statement.spans.get(1) else {
        return Ok(Vec::new());
    };
    let constant = &statement.text[span.clone()];
    let tag = constant[1..]
        .iter()
        .position(|byte| *byte == b'$')
        .map_or(0, |at| at + 2);
    let body = &constant[tag..constant.len().saturating_sub(tag).max(tag)];
    let mut named = Vec::new();
    let mut statements = Statements::new(body);
    while let Some(inner) = statements.read_next()? {
        // IF … THEN stands before the first one.
        let verbs = ["create", "alter", "grant", "comment"];
        let from = inner
            .tokens
            .iter()
            .rposition(|token| token.is_word("then") || token.is_word("else"))
            .map_or(0, |at| at + 1);
        let tokens = &inner.tokens[from..];
        if tokens
            .first()
            .is_some_and(|first| verbs.iter().any(|verb| first.is_word(verb)))
        {
            named.extend(Named::of(tokens).map(|named| (named, tokens.to_vec())));
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEGACY: &str = "-- \n-- PgBackMan \n--\n\nBEGIN;\n\nCREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER INHERIT \
        LOGIN;\nCREATE ROLE \"O'Brien\";\nALTER ROLE \"O'Brien\" WITH NOSUPERUSER PASSWORD 'md5abc';\n\
        CREATE ROLE readers;\nGRANT readers TO \"O'Brien\" GRANTED BY postgres;\nGRANT readers TO postgres;\n\nCOMMIT;\n";

    fn run(script: &str, existing: &[&str], mapped: &[&str]) -> (Vec<String>, Vec<String>) {
        let target = Target {
            exists: &|name| existing.contains(&name),
            is_mapped: &|name| mapped.contains(&name),
        };
        let read = read(script.as_bytes(), &target).unwrap();
        let texts = read
            .statements
            .iter()
            .map(|text| text.expose().to_owned())
            .collect();
        (read.roles, texts)
    }

    #[test]
    fn trap_6_what_1_x_wrote_leaves_existing_roles_as_they_are() {
        let (roles, texts) = run(LEGACY, &["postgres", "readers"], &[]);
        assert_eq!(roles, ["postgres", "O'Brien", "readers"]);
        assert_eq!(
            texts,
            [
                "CREATE ROLE \"O'Brien\"",
                "ALTER ROLE \"O'Brien\" WITH NOSUPERUSER PASSWORD 'md5abc'",
                "GRANT readers TO \"O'Brien\" GRANTED BY postgres",
            ]
        );
        let (_, texts) = run(LEGACY, &["postgres", "readers"], &["O'Brien"]);
        assert!(texts.is_empty(), "{texts:?}");
    }

    #[test]
    fn our_own_file_is_kept_whole_but_for_mapped_roles() {
        let script = "-- x\n\\set ON_ERROR_STOP on\nSET client_encoding TO 'UTF8';\n\nBEGIN;\nSET LOCAL search_path TO pg_catalog;\n\
            \nDO $pgbackman$\nBEGIN\n  IF NOT EXISTS (SELECT 1 FROM x WHERE rolname = 'a;b') THEN\n    CREATE ROLE \"a;b\" WITH \
            SUPERUSER PASSWORD 'it''s';\n    COMMENT ON ROLE \"a;b\" IS '$$';\n  END IF;\nEND\n$pgbackman$;\n\
            \nDO $pgbackman1$\nBEGIN\n  IF NOT EXISTS (SELECT 1) THEN\n    CREATE ROLE \"c\" WITH NOSUPERUSER;\n  END IF;\nEND\n\
            $pgbackman1$;\n\
            \nDO $pgbackman$\nBEGIN\n  IF x THEN\n    GRANT \"a;b\" TO \"c\";\n  END IF;\nEND\n$pgbackman$;\n\nCOMMIT;\n";
        let (roles, texts) = run(script, &["c"], &[]);
        assert_eq!(roles, ["a;b", "c"]);
        assert_eq!(texts.len(), 5, "{texts:#?}");
        assert_eq!(texts[0], "SET client_encoding TO 'UTF8'");
        assert!(texts[2].contains("PASSWORD 'it''s'"));
        let (roles, texts) = run(script, &[], &["c"]);
        assert_eq!((roles, texts.len()), (vec!["a;b".to_owned()], 3));

        let target = Target {
            exists: &|_| false,
            is_mapped: &|_| false,
        };
        let read = read(script.as_bytes(), &target).unwrap();
        assert_eq!(read.privileged.into_iter().collect::<Vec<_>>(), ["a;b"]);
    }
}
