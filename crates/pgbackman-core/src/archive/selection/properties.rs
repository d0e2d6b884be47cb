//! Properties of closures over archives that are made up.

use proptest::prelude::*;

use super::structure::Bond;
use super::*;
use crate::domain::restore::restore_parameters::check;

const KINDS: [&str; 24] = [
    "TABLE",
    "TABLE",
    "TABLE",
    "VIEW",
    "SEQUENCE",
    "SCHEMA",
    "TYPE",
    "FUNCTION",
    "EXTENSION",
    "MATERIALIZED VIEW",
    "TABLE DATA",
    "TABLE DATA",
    "CONSTRAINT",
    "FK CONSTRAINT",
    "INDEX",
    "INDEX ATTACH",
    "TABLE ATTACH",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "RULE",
    "COMMENT",
    "ACL",
    "CAST",
    "TRIGGER",
];

/// Kinds that only remarks depend on.
const LINKS: [&str; 4] = [
    "FK CONSTRAINT",
    "INDEX ATTACH",
    "TABLE ATTACH",
    "SEQUENCE OWNED BY",
];

/// An archive of any kinds, in which an entry may depend on any other.
fn made_up() -> impl Strategy<Value = Vec<Entry>> {
    let one = (
        0..KINDS.len(),
        prop::collection::vec(0_u32..30, 0..5),
        0_u32..4,
        any::<bool>(),
    );
    prop::collection::vec(one, 1..30).prop_map(|rows| {
        let mut entries = Vec::new();
        let links: Vec<bool> = rows
            .iter()
            .map(|(kind, ..)| LINKS.contains(&KINDS[*kind]))
            .collect();
        for (at, (kind, mut on, schema, names)) in rows.into_iter().enumerate() {
            let id = u32::try_from(at).unwrap();
            let kind = KINDS[kind];
            let is_link = |on: &u32| links.get(*on as usize).copied().unwrap_or_default();
            on.retain(|on| matches!(kind, "COMMENT" | "ACL") || !is_link(on));
            let tag = if kind == "RULE" {
                format!("t{id} _RETURN")
            } else {
                format!("t{id}")
            };
            let sql = if names {
                format!(
                    "ALTER TABLE ONLY s{schema}.t{} ATTACH PARTITION x",
                    on.first().unwrap_or(&0)
                )
            } else {
                "CREATE IT INHERITS (s1.t1);".to_owned()
            };
            entries.push(Entry {
                id,
                has_data: kind == "TABLE DATA",
                kind: kind.into(),
                schema: format!("s{schema}").into(),
                tag: tag.into(),
                depends_on: on,
                definition: sql.into(),
                ..Entry::default()
            });
        }
        entries
    })
}

proptest! {
    /// Selecting twice is selecting once; what was chosen is there; so is everything without which it cannot be made.
    #[test]
    fn a_closure_is_stable_and_whole(entries in made_up(), chosen in prop::collection::btree_set(0_usize..30, 0..6)) {
        let structure = Structure::of(&entries);
        let seeds: Depths = chosen
            .into_iter()
            .filter(|at| *at < structure.entries.len())
            .map(|at| (at, Depth::Whole))
            .collect();
        let closed = close(&structure, &seeds, &|_| true);
        let again = close(&structure, &closed.depths, &|_| true);
        prop_assert_eq!(&again.depths, &closed.depths);
        let unnamed = |at: usize| !closed.left_out.iter().any(|(left, _)| *left == at);
        for at in seeds.keys() {
            let is_there = closed.depths.get(at) == Some(&Depth::Whole);
            // A key, or what hangs on one that cannot be made.
            let falls = structure.roles[*at] == Role::Link
                || structure.needs[*at].iter().any(|(need, _)| !closed.depths.contains_key(need));
            prop_assert!(is_there || falls, "{} is lost", at);
            prop_assert!(is_there || structure.roles[*at] != Role::Table || !unnamed(*at) || falls);
        }
        for (at, depth) in &closed.depths {
            for (need, bond) in &structure.needs[*at] {
                if *bond == Bond::Hard {
                    prop_assert!(closed.depths.contains_key(need), "{} lacks {}", at, need);
                }
            }
            for part in &structure.parts[*at] {
                let wanted = match structure.roles[*part] {
                    Role::Rows => *depth == Depth::Whole,
                    Role::Part | Role::Sequence => true,
                    _ => false,
                };
                let falls = structure.needs[*part].iter().any(|(need, _)| !closed.depths.contains_key(need));
                prop_assert!(!wanted || falls || closed.depths.contains_key(part), "{} lacks its part {}", at, part);
            }
        }
    }

    /// What is left out brings nothing back.
    #[test]
    fn what_is_excluded_never_comes(entries in made_up()) {
        let rest = select(&entries, &check("-N s1 -N s2", None).unwrap()).unwrap();
        for id in &rest.entries {
            let entry = entries.iter().find(|entry| entry.id == *id).unwrap();
            prop_assert!(entry.schema != b"s1" && entry.schema != b"s2");
        }
    }
}
