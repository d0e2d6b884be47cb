//! What belongs to what among the entries of an archive: read from their dependencies, and where these name several
//! relations, from the one that an entry's SQL names first.

use std::collections::HashMap;

use super::super::toc::Entry;
use crate::pgtools::sql_tokens::{Token, Tokens, begins};

/// What an entry is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A table, also a foreign one.
    Table,
    /// A view, also a materialized one.
    View,
    /// A sequence.
    Sequence,
    /// A type, also a domain.
    Type,
    /// A server of foreign tables.
    Server,
    /// A schema.
    Schema,
    /// An extension.
    Extension,
    /// What a relation, a domain or a server consists of.
    Part,
    /// The rows of a relation, or its statistics.
    Rows,
    /// A comment, privileges, a security label.
    Remark,
    /// What joins others, and comes when all of them are there.
    Link,
    /// What makes a type usable, and is named by nothing that uses it: a cast, an operator class.
    Companion,
    /// Anything else.
    Object,
}

/// How much an entry needs another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    /// It cannot be made without it.
    Hard,
    /// It can be made without it, and is not the same then.
    Soft,
    /// It does not bring it.
    Loose,
}

/// The entries that a restore can have, and how they hang together. Everything is told by the place in `entries`.
#[derive(Debug)]
pub(super) struct Structure<'a> {
    /// The entries, in the archive's order.
    pub(super) entries: Vec<&'a Entry>,
    /// What each is.
    pub(super) roles: Vec<Role>,
    /// What each needs.
    pub(super) needs: Vec<Vec<(usize, Bond)>>,
    /// To what each belongs.
    pub(super) owners: Vec<Option<usize>>,
    /// What belongs to each.
    pub(super) parts: Vec<Vec<usize>>,
    /// The partitions of each.
    pub(super) partitions: Vec<Vec<usize>>,
    /// Tables, and those that inherit from them without being partitions.
    pub(super) heirs: Vec<(usize, usize)>,
}

fn role(entry: &Entry) -> Role {
    match entry.kind.as_slice() {
        b"TABLE" | b"FOREIGN TABLE" => Role::Table,
        b"VIEW" | b"MATERIALIZED VIEW" => Role::View,
        b"SEQUENCE" => Role::Sequence,
        b"TYPE" | b"SHELL TYPE" | b"DOMAIN" => Role::Type,
        b"SERVER" | b"FOREIGN SERVER" => Role::Server,
        b"SCHEMA" => Role::Schema,
        b"EXTENSION" => Role::Extension,
        b"DEFAULT" | b"CONSTRAINT" | b"CHECK CONSTRAINT" | b"INDEX" | b"STATISTICS" | b"RULE"
        | b"TRIGGER" | b"POLICY" | b"ROW SECURITY" | b"USER MAPPING" | b"SEQUENCE SET" => {
            Role::Part
        }
        b"TABLE DATA" | b"MATERIALIZED VIEW DATA" | b"STATISTICS DATA" => Role::Rows,
        b"COMMENT" | b"ACL" | b"SECURITY LABEL" => Role::Remark,
        b"FK CONSTRAINT"
        | b"INDEX ATTACH"
        | b"TABLE ATTACH"
        | b"SEQUENCE OWNED BY"
        | b"PUBLICATION TABLE"
        | b"PUBLICATION TABLES IN SCHEMA"
        | b"SUBSCRIPTION TABLE" => Role::Link,
        b"CAST" | b"OPERATOR CLASS" => Role::Companion,
        _ => Role::Object,
    }
}

impl<'a> Structure<'a> {
    /// Reads it from the entries that a list shows.
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let entries: Vec<&Entry> = entries.iter().filter(|entry| entry.is_listed()).collect();
        let places: HashMap<u32, usize> = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.id, at))
            .collect();
        let depends_on: Vec<Vec<usize>> = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| {
                let mut on = Vec::new();
                for place in entry.depends_on.iter().filter_map(|id| places.get(id)) {
                    if *place != at && !on.contains(place) {
                        on.push(*place);
                    }
                }
                on
            })
            .collect();
        let count = entries.len();
        let roles: Vec<Role> = entries.iter().map(|entry| role(entry)).collect();
        let mut structure = Self {
            roles,
            needs: depends_on
                .iter()
                .map(|on| on.iter().map(|place| (*place, Bond::Hard)).collect())
                .collect(),
            owners: vec![None; count],
            parts: vec![Vec::new(); count],
            partitions: vec![Vec::new(); count],
            heirs: Vec::new(),
            entries,
        };
        for (at, on) in depends_on.iter().enumerate() {
            structure.find_owner(at, on);
        }
        for (at, on) in depends_on.iter().enumerate() {
            structure.find_parents(at, on);
            structure.join(at, on);
        }
        structure
    }

    /// Whether it is of this kind.
    pub(super) fn is(&self, at: usize, kind: &str) -> bool {
        self.entries[at].is(kind)
    }

    fn find_owner(&mut self, at: usize, on: &[usize]) {
        let may_own: &[Role] = match self.entries[at].kind.as_slice() {
            b"SEQUENCE" => &[Role::Table],
            b"SEQUENCE SET" | b"SEQUENCE OWNED BY" => &[Role::Sequence],
            b"USER MAPPING" => &[Role::Server],
            b"STATISTICS DATA" => &[Role::Table, Role::View, Role::Part],
            b"CHECK CONSTRAINT" => &[Role::Table, Role::Type],
            b"PUBLICATION TABLE" | b"PUBLICATION TABLES IN SCHEMA" | b"SUBSCRIPTION TABLE" => &[],
            _ => &[Role::Table, Role::View],
        };
        let is_owned = matches!(self.roles[at], Role::Part | Role::Rows | Role::Link)
            || self.roles[at] == Role::Sequence;
        if !is_owned {
            return;
        }
        let candidates: Vec<usize> = on
            .iter()
            .copied()
            .filter(|place| may_own.contains(&self.roles[*place]))
            .collect();
        if let Some(owner) = self.first_named(at, &candidates) {
            self.owners[at] = Some(owner);
            self.parts[owner].push(at);
            if self.is_query_of_view(at) {
                // Without it the view is a dummy that gives nothing.
                self.needs[owner].push((at, Bond::Hard));
            }
        }
    }

    /// Whether it is the query of a view that stands apart from the view.
    pub(super) fn is_query_of_view(&self, at: usize) -> bool {
        self.is(at, "RULE")
            && self.entries[at].tag.ends_with(b"_RETURN")
            && self.owners[at].is_some_and(|owner| self.roles[owner] == Role::View)
    }

    /// The one of them that the entry's SQL names first.
    fn first_named(&self, at: usize, candidates: &[usize]) -> Option<usize> {
        if candidates.len() < 2 {
            return candidates.first().copied();
        }
        let tokens = tokens(self.entries[at]);
        candidates.iter().copied().min_by_key(|candidate| {
            let named = self.places_named(&tokens, *candidate).next();
            (named.is_none(), named)
        })
    }

    /// Where tokens name a relation, with its schema or (before 10.3) without.
    fn places_named<'t>(
        &'t self,
        tokens: &'t [Token],
        relation: usize,
    ) -> impl Iterator<Item = usize> + 't {
        let entry = self.entries[relation];
        let is = |token: Option<&Token>, name: &[u8]| token.and_then(Token::name) == Some(name);
        let with_schema = move |at: &usize| {
            is(tokens.get(*at), &entry.schema)
                && tokens.get(at + 1) == Some(&Token::Symbol(b'.'))
                && is(tokens.get(at + 2), &entry.tag)
        };
        let alone = move |at: &usize| {
            is(tokens.get(*at), &entry.tag)
                && (*at == 0 || tokens.get(at - 1) != Some(&Token::Symbol(b'.')))
        };
        let first = (0..tokens.len()).filter(with_schema);
        // Only where no name with its schema is there: a column may be called as the table is.
        let any = (0..tokens.len()).any(|at| with_schema(&at));
        first.chain((0..tokens.len()).filter(move |at| !any && alone(at)))
    }

    /// Partitions and tables that inherit, of archives in which these are no entries of their own (before 14).
    fn find_parents(&mut self, at: usize, on: &[usize]) {
        if self.roles[at] != Role::Table {
            return;
        }
        let tables: Vec<usize> = on
            .iter()
            .copied()
            .filter(|place| self.roles[*place] == Role::Table)
            .collect();
        if tables.is_empty() {
            return;
        }
        let tokens = tokens(self.entries[at]);
        let find = |words: &[&str]| (0..tokens.len()).find(|from| begins(&tokens[*from..], words));
        let parent = match (
            find(&["partition", "of"]),
            find(&["attach", "partition"]),
            find(&["inherits"]),
        ) {
            (Some(from), _, _) => Some((self.named_from(&tokens[from..], &tables), true)),
            (_, Some(from), _) => {
                // ALTER TABLE ONLY parent ATTACH PARTITION
                let start = (0..from)
                    .rev()
                    .find(|at| begins(&tokens[*at..], &["alter", "table"]));
                let named = self.named_from(&tokens[start.unwrap_or(0)..from], &tables);
                Some((named, true))
            }
            (_, _, Some(from)) => Some((self.named_from(&tokens[from..], &tables), false)),
            _ => None,
        };
        match parent {
            Some((parents, true)) => {
                if let Some(parent) = parents.first() {
                    self.partitions[*parent].push(at);
                }
            }
            Some((parents, false)) => {
                self.heirs
                    .extend(parents.into_iter().map(|parent| (parent, at)));
            }
            None => {}
        }
    }

    /// Those of them that these tokens name, in that order.
    fn named_from(&self, tokens: &[Token], tables: &[usize]) -> Vec<usize> {
        let mut named: Vec<(usize, usize)> = tables
            .iter()
            .filter_map(|table| Some((self.places_named(tokens, *table).next()?, *table)))
            .collect();
        named.sort_unstable();
        named.into_iter().map(|(_, table)| table).collect()
    }

    /// What a link says of the two that it joins, and rows of which the archive does not make the table.
    fn join(&mut self, at: usize, on: &[usize]) {
        match (self.entries[at].kind.as_slice(), self.owners[at]) {
            (b"TABLE ATTACH", Some(parent)) => {
                let tables: Vec<usize> = on
                    .iter()
                    .copied()
                    .filter(|place| *place != parent && self.roles[*place] == Role::Table)
                    .collect();
                for child in tables {
                    self.partitions[parent].push(child);
                    self.bind(child, parent, Bond::Soft);
                }
            }
            (b"SEQUENCE OWNED BY", Some(sequence)) => {
                if let Some(table) = self.owners[sequence] {
                    self.bind(sequence, table, Bond::Loose);
                    self.needs[at].push((table, Bond::Hard));
                }
            }
            (b"TABLE DATA", None) => {
                // Of a table that an extension makes; which one it is no archive says.
                for place in 0..self.entries.len() {
                    if self.roles[place] == Role::Extension {
                        self.needs[at].push((place, Bond::Soft));
                    }
                }
            }
            _ => {}
        }
        if self.is(at, "SHELL TYPE") {
            // It is what functions need to be made; alone it is no type.
            let shell = self.entries[at];
            let whole = (0..self.entries.len()).find(|place| {
                let entry = self.entries[*place];
                entry.is("TYPE") && entry.tag == shell.tag && entry.schema == shell.schema
            });
            self.parts[at].extend(whole);
        }
    }

    fn bind(&mut self, from: usize, to: usize, bond: Bond) {
        for need in &mut self.needs[from] {
            if need.0 == to {
                need.1 = bond;
            }
        }
    }
}

/// The tokens of an entry's SQL, as far as it can be read.
pub(super) fn tokens(entry: &Entry) -> Vec<Token> {
    Tokens::new(entry.definition.as_slice())
        .map_while(Result::ok)
        .collect()
}
