//! Every query that goes to a node or a target names PostgreSQL's own functions, tables, types and operators with their schema
//! (case S2): what a database's owner puts before them is not reached even where a session's `search_path` is not ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pgbackman_core::pgtools::sql_tokens::{Token, Tokens};

/// Directories whose queries go to nodes and targets.
const DIRECTORIES: [&str; 5] = [
    "pgbackman-core/src/node",
    "pgbackman-core/src/conninfo",
    "pgbackman-core/src/handoff/run",
    "pgbackman-dump/src",
    "pgbackman-restore/src",
];

/// Single files of programs that ask the catalogue, too.
///
/// What of `catalogue/schema/migrate` is not here runs with PostgreSQL's own names alone, when nobody else can make a function.
const FILES: [&str; 9] = [
    "pgbackman-core/src/catalogue/schema/migrate/planted.rs",
    "pgbackman-core/src/catalogue/schema/migrate/planted.sql",
    "pgbackman-core/src/catalogue/schema/provision.rs",
    "pgbackman-tools/src/setup/inspect.rs",
    "pgbackman-tools/src/setup/catalogue.rs",
    "pgbackman-maintenance/src/nodes/node_answers.rs",
    "pgbackman-shell/src/registration/databases.rs",
    "pgbackman-shell/src/restore/source.rs",
    "pgbackman-shell/src/restore/inspect.rs",
];

/// Text of files for `psql`, which begins with a `search_path` of its own.
const SCRIPTS: [&str; 3] = [
    "roles_file_header.sql",
    "settings_file_header.sql",
    "render.rs",
];

/// Words that stand before a parenthesis and are no function of the catalogs: syntax, and what the parser itself knows.
const SYNTAX: &str = "in any all some exists values coalesce nullif greatest least case and or not over filter as array row \
    union except intersect select where on from by when then else distinct like is order limit partition group having with \
    recursive lateral set operator collate using join cast extract returns only";

/// Operators that are written as words.
const WORD_OPERATORS: [&str; 7] = [
    "in", "like", "ilike", "similar", "between", "nullif", "natural",
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Word(String),
    Name,
    Literal,
    /// Characters of an operator, as one, or any other character.
    Symbol(String),
    /// `OPERATOR(pg_catalog.…)`.
    Qualified,
}

fn parts(sql: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    // A value that Rust puts in stands for a name.
    let sql = sql.replace(['{', '}'], " ");
    for token in Tokens::new(sql.as_bytes()) {
        match token.unwrap() {
            Token::Word(word) => parts.push(Part::Word(String::from_utf8(word).unwrap())),
            Token::Quoted(_) => parts.push(Part::Name),
            Token::Literal(_) => parts.push(Part::Literal),
            Token::Symbol(byte) => {
                let symbol = char::from(byte).to_string();
                let belongs = |before: &Part| {
                    matches!(before, Part::Symbol(own) if own.chars().all(is_operator))
                        && is_operator(char::from(byte))
                        || *before == Part::Symbol(":".to_owned()) && byte == b':'
                };
                // What is negative is no operation.
                match parts.last_mut() {
                    Some(Part::Symbol(own))
                        if byte != b'-' && belongs(&Part::Symbol(own.clone())) =>
                    {
                        own.push_str(&symbol);
                    }
                    _ => parts.push(Part::Symbol(symbol)),
                }
            }
        }
    }
    // OPERATOR ( pg_catalog . = )
    let mut joined = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        if is_word(parts.get(at), "operator") && is_word(parts.get(at + 2), "pg_catalog") {
            joined.push(Part::Qualified);
            at += 6;
        } else {
            joined.push(parts[at].clone());
            at += 1;
        }
    }
    joined
}

fn is_operator(character: char) -> bool {
    "=<>!~|+-*/%^&@#?".contains(character)
}

fn is_word(part: Option<&Part>, wanted: &str) -> bool {
    matches!(part, Some(Part::Word(word)) if word == wanted)
}

fn is_symbol(part: Option<&Part>, wanted: &str) -> bool {
    matches!(part, Some(Part::Symbol(symbol)) if symbol == wanted)
}

/// The place behind the parenthesis that closes the one here.
fn behind(parts: &[Part], open: usize) -> usize {
    let mut depth = 0;
    for (at, part) in parts.iter().enumerate().skip(open) {
        if is_symbol(Some(part), "(") {
            depth += 1;
        } else if is_symbol(Some(part), ")") {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    parts.len()
}

/// `WITH name AS (…)`, `name (columns) AS (…)`.
fn common_tables(parts: &[Part]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, part) in parts.iter().enumerate() {
        let Part::Word(name) = part else { continue };
        let next = if is_symbol(parts.get(at + 1), "(") {
            behind(parts, at + 1)
        } else {
            at + 1
        };
        if is_word(parts.get(next), "as") && is_symbol(parts.get(next + 1), "(") {
            found.insert(name.clone());
        }
    }
    found
}

/// What is not qualified, in words.
fn unqualified(sql: &str) -> Vec<String> {
    let parts = parts(sql);
    let common = common_tables(&parts);
    let syntax: BTreeSet<&str> = SYNTAX.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| parts.get(at));
        let next = parts.get(at + 1);
        match part {
            Part::Word(word) => {
                let is_free = !is_symbol(before, ".") && !common.contains(word);
                if is_free
                    && is_symbol(next, "(")
                    && !syntax.contains(&**word)
                    && !is_word(before, "as")
                {
                    found.push(format!("the function {word}"));
                }
                let reads = is_word(before, "from") || is_word(before, "join");
                let is_compared = at >= 2 && is_word(parts.get(at - 2), "distinct");
                if is_free && reads && !is_compared && !is_symbol(next, ".") && !["lateral", "select", "as"].contains(&&**word)
                    // A placeholder for a qualified name left nothing but an alias.
                    && word.len() > 1
                {
                    found.push(format!("the table {word}"));
                }
                if is_symbol(before, "::") && !is_symbol(next, ".") {
                    found.push(format!("the type {word}"));
                }
                let is_operator = WORD_OPERATORS.contains(&&**word)
                    || word == "case" && !is_word(next, "when")
                    || word == "using" && is_symbol(next, "(")
                    || word == "distinct" && is_word(next, "from");
                if is_operator && !is_symbol(before, ".") {
                    found.push(format!("the operator behind {word}"));
                }
            }
            Part::Symbol(symbol) if symbol.chars().all(is_operator) => {
                let is_everything = symbol == "*"
                    && (matches!(before, Some(Part::Word(word)) if word == "select")
                        || is_symbol(before, "(")
                        || is_symbol(before, ".")
                        || is_symbol(before, ","));
                let is_sign = symbol == "-" && before == Some(&Part::Qualified);
                // `SET (fillfactor = 70)`, which is syntax.
                let earlier = |back: usize| at.checked_sub(back).and_then(|at| parts.get(at));
                let is_option =
                    symbol == "=" && is_symbol(earlier(2), "(") && is_word(earlier(3), "set");
                if !is_everything && !is_sign && !is_option {
                    found.push(format!("the operator {symbol}"));
                }
            }
            _ => {}
        }
    }
    found
}

/// String constants of Rust code that are queries.
fn queries(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |all, line| all + line + "\n");
    let mut found = Vec::new();
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // '"' is a character.
            '\'' if characters.peek() == Some(&'"') => {
                characters.next();
            }
            '"' => {
                let mut text = String::new();
                while let Some(character) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => match characters.next() {
                            Some('\n') => {
                                while characters.next_if(|next| next.is_whitespace()).is_some() {}
                            }
                            Some('n') => text.push('\n'),
                            Some(other) => text.push(other),
                            None => {}
                        },
                        other => text.push(other),
                    }
                }
                let begins = ["SELECT ", "WITH ", "CASE ", "NOT EXISTS", "EXISTS"];
                let is_query = begins.iter().any(|word| text.starts_with(word));
                if is_query && (text.contains("pg_catalog.") || text.contains(" FROM ")) {
                    found.push(text);
                }
            }
            _ => {}
        }
    }
    found
}

fn files_below(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn s2_every_query_sent_to_a_node_is_qualified() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut files: Vec<PathBuf> = FILES.iter().map(|file| crates.join(file)).collect();
    for directory in DIRECTORIES {
        files_below(&crates.join(directory), &mut files);
    }
    let mut looked_at = 0;
    let mut complaints = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        if SCRIPTS.contains(&name) || name.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let queries = match file.extension().and_then(|extension| extension.to_str()) {
            Some("sql") => vec![text],
            Some("rs") => queries(&text),
            _ => Vec::new(),
        };
        looked_at += queries.len();
        for query in queries {
            for what in wrong(&query) {
                complaints.push(format!("{name}: {what} in {query}"));
            }
        }
    }
    assert!(looked_at > 60, "only {looked_at} queries were found");
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// What is wrong with a query.
fn wrong(query: &str) -> Vec<String> {
    let mut found = unqualified(query);
    // A character that the database's encoding lacks makes a query fail, in a comment as well.
    if !query.is_ascii() {
        found.push("a character outside ASCII".to_owned());
    }
    found
}

#[test]
fn s2_what_is_not_qualified_is_found() {
    for (sql, found) in [
        ("SELECT lower(x)", "the function lower"),
        ("SELECT 1 FROM pg_class", "the table pg_class"),
        ("SELECT x::text", "the type text"),
        ("SELECT a = b", "the operator ="),
        ("SELECT a || b", "the operator ||"),
        ("SELECT a <> -2", "the operator <>"),
        ("SELECT a - 2", "the operator -"),
        ("SELECT a IN (1)", "the operator behind in"),
        ("SELECT a BETWEEN 1 AND 2", "the operator behind between"),
        (
            "SELECT CASE a WHEN 1 THEN 2 END",
            "the operator behind case",
        ),
        (
            "SELECT 1 FROM pg_catalog.a JOIN pg_catalog.b USING (c)",
            "the operator behind using",
        ),
        (
            "SELECT a IS DISTINCT FROM b",
            "the operator behind distinct",
        ),
        ("SELECT 1 -- \u{2026}", "a character outside ASCII"),
    ] {
        assert!(
            wrong(sql).iter().any(|what| what == found),
            "{sql}: {:?}",
            wrong(sql)
        );
    }
    let right = "WITH x AS (SELECT 1), y (a) AS (SELECT * FROM x) SELECT pg_catalog.count(*) FROM y \
        WHERE a OPERATOR(pg_catalog.<>) -2 AND a OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[]) AND CASE WHEN true THEN true END";
    assert_eq!(unqualified(right), Vec::<String>::new());
}
