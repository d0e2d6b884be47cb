//! What a database holds beside its objects: whether tables and large objects have rows at all, what sequences stand at, whether
//! materialized views were computed. How many rows there are is not asked: the archive's files were proved before.

use std::collections::BTreeMap;

use pgbackman_core::archive::{Entry, Present};
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::sql_tokens::{Token, Tokens};

use super::expected::comparable;
use super::named;

/// What holds something, and under which name it is asked for.
const RELATIONS: &str = include_str!("relations.sql");

/// The first version with relations that are partitioned, and with the start of a sequence in a catalog.
const CATALOGUED: PgMajor = PgMajor::new(10);

/// Kinds of entries that are looked into.
pub(super) const KINDS: [&str; 4] = [
    "TABLE DATA",
    "SEQUENCE SET",
    "BLOBS",
    "MATERIALIZED VIEW DATA",
];

/// How many are asked for at once.
const AT_ONCE: usize = 200;

const DOING: &str = "check the restored objects";

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Of each kind how many entries there are.
    pub(super) listed: BTreeMap<String, u64>,
    /// What is missing: its kind and its name.
    pub(super) missing: Vec<(String, String)>,
    /// Materialized views that wait for their rows: the statements that compute them.
    pub(super) waiting: Vec<String>,
    /// What could not be looked into.
    pub(super) unknown: Vec<String>,
}

/// A relation: how a query names it, and its kind.
struct Relation {
    quoted: String,
    kind: char,
}

/// By the name that an archive has; those of which several look alike are left out.
type Relations = BTreeMap<String, Option<Relation>>;

/// A question, the answer to which is true where all is well.
struct Question<'e> {
    entry: &'e Entry,
    sql: String,
}

/// Checks the contents of the restored objects.
pub(super) async fn inspect(
    session: &Session,
    major: PgMajor,
    entries: &[Entry],
    present: &BTreeMap<u32, Present>,
) -> Result<Contents, Failure> {
    let mut contents = Contents::default();
    let relations = relations(session).await?;
    let mut questions = Vec::new();
    for entry in entries {
        let Some(kind) = KINDS.into_iter().find(|kind| entry.is(kind)) else {
            continue;
        };
        *contents.listed.entry(kind.to_owned()).or_default() += 1;
        let named_relation = |name: &str| relations.get(name).and_then(Option::as_ref);
        let sql = match (kind, present.get(&entry.id)) {
            ("TABLE DATA", Some(Present::Row)) => named_relation(&table_of(entry)).map(has_rows),
            ("BLOBS", Some(Present::LargeObject(number))) => Some(format!(
                "pg_catalog.length(pg_catalog.lo_get({number}::pg_catalog.oid, 0, 1)) OPERATOR(pg_catalog.>) 0"
            )),
            ("SEQUENCE SET", _) if major >= CATALOGUED => named_relation(&own_name(entry))
                .zip(value(entry))
                .map(|(relation, value)| was_set(relation, &value)),
            ("MATERIALIZED VIEW DATA", _) => {
                let waits = named_relation(&own_name(entry)).is_some_and(|one| one.kind == 'w');
                if waits {
                    let statement = String::from_utf8_lossy(&entry.definition);
                    contents.waiting.push(statement.trim().to_owned());
                }
                None
            }
            _ => None,
        };
        questions.extend(sql.map(|sql| Question { entry, sql }));
    }
    // A policy makes asking an error, and hides nothing.
    session
        .batch_execute("SET row_security TO off")
        .await
        .map_err(doing(DOING))?;
    for some in questions.chunks(AT_ONCE) {
        ask(session, some, &mut contents).await?;
    }
    Ok(contents)
}

/// Asks several questions at once; each by itself where that fails.
async fn ask(
    session: &Session,
    questions: &[Question<'_>],
    contents: &mut Contents,
) -> Result<(), Failure> {
    let all: Vec<&str> = questions.iter().map(|one| one.sql.as_str()).collect();
    let together = format!("SELECT ARRAY[{}]", all.join(", "));
    let answers: Vec<Option<bool>> = match session.query_one(&together, &[]).await {
        Ok(row) => row.try_get(0).map_err(doing(DOING))?,
        Err(error) if error.as_db_error().is_some() => {
            let mut answers = Vec::new();
            for question in questions {
                let sql = format!("SELECT {}", question.sql);
                answers.push(match session.query_one(&sql, &[]).await {
                    Ok(row) => row.try_get(0).map_err(doing(DOING))?,
                    Err(error) if error.as_db_error().is_some() => None,
                    Err(error) => return Err(doing(DOING)(error)),
                });
            }
            answers
        }
        Err(error) => return Err(doing(DOING)(error)),
    };
    for (question, answer) in questions.iter().zip(answers) {
        match answer {
            Some(true) => {}
            Some(false) => contents.missing.push((
                String::from_utf8_lossy(&question.entry.kind).into_owned(),
                named(question.entry),
            )),
            None => contents.unknown.push(question.entry.described()),
        }
    }
    Ok(())
}

async fn relations(session: &Session) -> Result<Relations, Failure> {
    let mut relations = Relations::new();
    for row in session.query(RELATIONS, &[]).await.map_err(doing(DOING))? {
        let name: &[u8] = row.try_get(0).map_err(doing(DOING))?;
        let quoted: &[u8] = row.try_get(1).map_err(doing(DOING))?;
        let kind: i8 = row.try_get(2).map_err(doing(DOING))?;
        let Ok(quoted) = std::str::from_utf8(quoted) else {
            continue;
        };
        let name = comparable("", &String::from_utf8_lossy(name));
        let relation = Relation {
            quoted: quoted.to_owned(),
            kind: char::from(kind.unsigned_abs()),
        };
        relations
            .entry(name)
            .and_modify(|several| *several = None)
            .or_insert(Some(relation));
    }
    Ok(relations)
}

fn own_name(entry: &Entry) -> String {
    let text = [entry.schema.as_slice(), b" ", entry.tag.as_slice()].concat();
    comparable("", &String::from_utf8_lossy(&text))
}

/// The table that the rows go to: those of a partition may go to its root.
fn table_of(entry: &Entry) -> String {
    match crate::backup::unproven::copied_to(entry) {
        Some((schema, name)) => comparable("", &format!("{schema} {name}")),
        None => own_name(entry),
    }
}

fn has_rows(relation: &Relation) -> String {
    let only = if relation.kind == 'p' { "" } else { "ONLY " };
    format!(
        "EXISTS (SELECT FROM {})",
        only.to_owned() + &relation.quoted
    )
}

/// What a statement `SELECT pg_catalog.setval('public.s', 7, true)` sets: the number, and whether it is used already.
fn value(entry: &Entry) -> Option<(String, bool)> {
    let tokens: Vec<Token> = Tokens::new(entry.definition.as_slice())
        .map_while(Result::ok)
        .collect();
    let at = tokens
        .iter()
        .position(|token| matches!(token, Token::Literal(_)))?;
    let mut number = String::new();
    let mut is_used = None;
    for token in &tokens[at + 1..] {
        match token {
            Token::Symbol(b'-') => number.push('-'),
            Token::Word(word) if word == b"true" => is_used = Some(true),
            Token::Word(word) if word == b"false" => is_used = Some(false),
            Token::Word(word) if word.iter().all(u8::is_ascii_digit) => {
                number.push_str(&String::from_utf8_lossy(word));
            }
            _ => {}
        }
    }
    number.parse::<i64>().ok()?;
    Some((number, is_used?))
}

/// Whether a sequence stands where it was set, or elsewhere than where it was made: its users may have gone on.
fn was_set(relation: &Relation, (number, is_used): &(String, bool)) -> String {
    format!(
        "(SELECT s.is_called OR s.last_value OPERATOR(pg_catalog.=) ({number})::pg_catalog.int8 AND NOT {is_used} \
         OR s.last_value OPERATOR(pg_catalog.<>) d.seqstart FROM {} AS s, pg_catalog.pg_sequence AS d \
         WHERE d.seqrelid OPERATOR(pg_catalog.=) s.tableoid)",
        relation.quoted
    )
}
