//! The file that is run in a new database after its contents: what an operator has put on tables of extensions. One statement is
//! as good as the others: each is run by itself, and one that fails keeps none of the others from being run.

use std::io;

use crate::pgtools::role_map;
use crate::pgtools::sql_statements::{Statement, Statements};
use crate::pgtools::sql_tokens::Token;

/// What stands before the statements.
const HEADER: &str = include_str!("after_file_header.sql");

/// The text of the file; none where there is nothing to be made.
pub fn file(statements: &[&str]) -> Option<String> {
    (!statements.is_empty()).then(|| format!("{HEADER}\n{};\n", statements.join(";\n")))
}

/// How its statements are changed for a target.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The new name of a role, or `None` for one that stays.
    pub map: &'a dyn Fn(&str) -> Option<String>,
    /// Whether objects get their owners.
    pub owner: bool,
}

/// The statements of a file in their order, without their semicolons. What is set for the session is left out.
///
/// # Errors
/// A text that ends inside quotes.
pub fn read(text: &str, wanted: &Wanted<'_>) -> io::Result<Vec<String>> {
    let mut mapped = Vec::new();
    let skip = |statement: &Statement| {
        statement.begins(&["set"]) || (!wanted.owner && gives_an_owner(statement))
    };
    role_map::replace(text.as_bytes(), &mut mapped, wanted.map, &skip)?;
    let mut statements = Statements::new(mapped.as_slice());
    let mut found: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    while let Some(statement) = statements.read_next()? {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        // The actions of a rule are in parentheses, with semicolons between them.
        match found.last_mut().filter(|_| depth > 0) {
            Some(begun) => {
                begun.push(';');
                begun.push_str(&text(statement.with(&[])));
            }
            None if statement.tokens.is_empty() => {}
            None => found.push(text(statement.with(&[]))),
        }
        for token in &statement.tokens {
            match token {
                Token::Symbol(b'(') => depth += 1,
                Token::Symbol(b')') => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    Ok(found)
}

/// `ALTER … OWNER TO …`.
fn gives_an_owner(statement: &Statement) -> bool {
    statement.begins(&["alter"])
        && statement
            .tokens
            .windows(2)
            .any(|pair| pair[0].is_word("owner") && pair[1].is_word("to"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str, owner: bool) -> Vec<String> {
        let map = |role: &str| (role == "old").then(|| "New".to_owned());
        read(text, &Wanted { map: &map, owner }).unwrap()
    }

    #[test]
    fn b14_what_is_written_is_read_again_with_roles_mapped_and_owners_left_out() {
        assert_eq!(file(&[]), None);
        let rule = "CREATE RULE r AS\n ON INSERT TO public.t DO (INSERT INTO u VALUES (';');DELETE FROM u;)";
        let policy =
            "CREATE POLICY old ON public.t AS PERMISSIVE FOR ALL TO old, PUBLIC USING ((old > 0))";
        let owner = "ALTER STATISTICS public.s OWNER TO old";
        let text = file(&[rule, policy, owner]).unwrap();
        let mapped = policy.replace("TO old,", "TO \"New\",");
        assert_eq!(
            statements(&text, true),
            [rule, &mapped, "ALTER STATISTICS public.s OWNER TO \"New\""]
        );
        assert_eq!(statements(&text, false), [rule, &mapped]);
    }
}
