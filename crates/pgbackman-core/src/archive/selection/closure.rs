//! What a choice of entries needs to be whole, and what of it cannot come.

use std::collections::BTreeMap;

use super::structure::{Bond, Role, Structure};

/// How much of an entry is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// Of a relation all but the rows.
    Definition,
    /// All of it.
    Whole,
}

/// Entries by their place, and how much of each.
pub(super) type Depths = BTreeMap<usize, Depth>;

/// What does not come, and what it would need.
pub(super) type LeftOut = (usize, Vec<usize>);

/// A choice that is whole, and what it had to leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) depths: Depths,
    pub(super) left_out: Vec<LeftOut>,
}

/// Brings what these need. What `allowed` refuses never comes, and nothing that cannot be made without it.
pub(super) fn close(
    structure: &Structure<'_>,
    seeds: &Depths,
    allowed: &dyn Fn(usize) -> bool,
) -> Closed {
    let mut growing = Growing {
        structure,
        allowed,
        depths: Depths::new(),
        queue: Vec::new(),
    };
    for (at, depth) in seeds {
        growing.raise(*at, *depth);
    }
    loop {
        growing.grow();
        if growing.complete() {
            continue;
        }
        growing.join(is_foreign_key);
        if growing.queue.is_empty() {
            break;
        }
    }
    growing.leave_keys();
    let mut closed = Closed {
        depths: growing.depths,
        left_out: Vec::new(),
    };
    closed.shrink(structure);
    closed.name_links(structure, seeds);
    closed.left_out.sort();
    closed
}

struct Growing<'s, 'a> {
    structure: &'s Structure<'a>,
    allowed: &'s dyn Fn(usize) -> bool,
    depths: Depths,
    queue: Vec<usize>,
}

impl Growing<'_, '_> {
    /// Takes an entry; a link comes by itself when what it joins is there.
    fn raise(&mut self, at: usize, depth: Depth) {
        if self.structure.roles[at] != Role::Link {
            self.take(at, depth);
        }
    }

    fn take(&mut self, at: usize, depth: Depth) {
        if !(self.allowed)(at) || self.depths.get(&at).is_some_and(|known| *known >= depth) {
            return;
        }
        self.depths.insert(at, depth);
        self.queue.push(at);
    }

    /// Follows needs and parts until nothing is added.
    fn grow(&mut self) {
        let structure = self.structure;
        while let Some(at) = self.queue.pop() {
            let depth = self.depths.get(&at).copied().unwrap_or(Depth::Whole);
            for (need, bond) in &structure.needs[at] {
                if *bond != Bond::Loose {
                    self.raise(*need, depth_of_need(structure, at, depth));
                }
            }
            for part in &structure.parts[at] {
                if structure.roles[*part] != Role::Rows || depth == Depth::Whole {
                    self.raise(*part, depth);
                }
            }
            if depth == Depth::Whole {
                for partition in &structure.partitions[at] {
                    self.raise(*partition, Depth::Whole);
                }
            }
        }
    }

    /// Takes what comes by itself when others are there; whether there was any.
    fn complete(&mut self) -> bool {
        self.join(|structure, at| !is_foreign_key(structure, at));
        let structure = self.structure;
        for at in 0..structure.entries.len() {
            if self.depths.contains_key(&at) {
                continue;
            }
            let comes = match structure.roles[at] {
                // A column's privileges name those of the table, for the order.
                Role::Remark => structure.needs[at]
                    .iter()
                    .any(|(need, _)| self.depths.contains_key(need) && !structure.is(*need, "ACL")),
                Role::Companion => {
                    let mut types = structure.needs[at]
                        .iter()
                        .filter(|(need, _)| structure.roles[*need] == Role::Type)
                        .peekable();
                    types.peek().is_some() && types.all(|(need, _)| self.depths.contains_key(need))
                }
                _ => false,
            };
            if comes {
                self.take(at, Depth::Definition);
            }
        }
        !self.queue.is_empty()
    }

    /// Leaves out again what came as a foreign key before the rows of its table did.
    fn leave_keys(&mut self) {
        let structure = self.structure;
        let lost: Vec<usize> = self
            .depths
            .keys()
            .copied()
            .filter(|at| {
                is_foreign_key(structure, *at) && !lacking(structure, &self.depths, *at).is_empty()
            })
            .collect();
        for at in lost {
            self.depths.remove(&at);
        }
    }

    /// Takes the links of which everything is there.
    fn join(&mut self, which: impl Fn(&Structure<'_>, usize) -> bool) {
        let structure = self.structure;
        for at in 0..structure.entries.len() {
            if structure.roles[at] == Role::Link
                && which(structure, at)
                && lacking(structure, &self.depths, at).is_empty()
            {
                self.take(at, Depth::Whole);
            }
        }
    }
}

fn is_foreign_key(structure: &Structure<'_>, at: usize) -> bool {
    structure.is(at, "FK CONSTRAINT")
}

/// How much of what an entry needs must come: what is computed from rows needs them.
fn depth_of_need(structure: &Structure<'_>, at: usize, depth: Depth) -> Depth {
    let is_view = |at: usize| structure.roles[at] == Role::View;
    let computes =
        is_view(at) || (structure.is(at, "RULE") && structure.owners[at].is_some_and(is_view));
    match structure.roles[at] {
        Role::Rows => Depth::Whole,
        _ if computes => depth,
        _ => Depth::Definition,
    }
}

/// What a link lacks. A foreign key lacks also a table that comes without its rows, where the referencing ones come.
fn lacking(structure: &Structure<'_>, depths: &Depths, at: usize) -> Vec<usize> {
    let has_rows = is_foreign_key(structure, at)
        && structure.owners[at].is_some_and(|owner| holds_rows(structure, depths, owner));
    structure.needs[at]
        .iter()
        .map(|(need, _)| *need)
        .filter(|need| match depths.get(need) {
            None => true,
            Some(depth) => {
                let is_referenced = has_rows
                    && structure.roles[*need] == Role::Table
                    && structure.owners[at] != Some(*need);
                is_referenced && *depth != Depth::Whole
            }
        })
        .collect()
}

fn holds_rows(structure: &Structure<'_>, depths: &Depths, table: usize) -> bool {
    depths.get(&table) == Some(&Depth::Whole)
        || structure.partitions[table]
            .iter()
            .any(|partition| *partition > table && holds_rows(structure, depths, *partition))
}

impl Closed {
    /// Takes away what lacks something without which it cannot be made, and then what lacks that.
    fn shrink(&mut self, structure: &Structure<'_>) {
        let all = self.depths.clone();
        loop {
            let lacks = |at: usize| -> Vec<usize> {
                let hard = structure.needs[at]
                    .iter()
                    .filter(|(_, bond)| *bond == Bond::Hard);
                hard.map(|(need, _)| *need)
                    .filter(|need| !self.depths.contains_key(need))
                    .collect()
            };
            let gone: Vec<LeftOut> = self
                .depths
                .keys()
                .map(|at| (*at, lacks(*at)))
                .filter(|(_, lacking)| !lacking.is_empty())
                .collect();
            if gone.is_empty() {
                return;
            }
            for (at, lacking) in gone {
                self.depths.remove(&at);
                // What falls with something that is named is not.
                let roots: Vec<usize> = lacking
                    .into_iter()
                    .filter(|need| !all.contains_key(need))
                    .collect();
                if !roots.is_empty() && structure.roles[at] != Role::Remark {
                    let of_view = structure.is_query_of_view(at);
                    let named = structure.owners[at].filter(|_| of_view).unwrap_or(at);
                    self.left_out.push((named, roots));
                }
            }
        }
    }

    /// Names the links that do not come though what they belong to does.
    fn name_links(&mut self, structure: &Structure<'_>, seeds: &Depths) {
        for at in 0..structure.entries.len() {
            if structure.roles[at] != Role::Link || self.depths.contains_key(&at) {
                continue;
            }
            let lacking = lacking(structure, &self.depths, at);
            let is_missed = match structure.entries[at].kind.as_slice() {
                b"FK CONSTRAINT" | b"SEQUENCE OWNED BY" => {
                    structure.owners[at].is_some_and(|owner| self.depths.contains_key(&owner))
                }
                // Of the two it is the partition's.
                b"TABLE ATTACH" => structure.owners[at].is_some_and(|parent| lacking == [parent]),
                b"INDEX ATTACH" => false,
                _ => seeds.contains_key(&at),
            };
            let is_named = self.left_out.iter().any(|(known, _)| *known == at);
            if is_missed && !lacking.is_empty() && !is_named {
                // A key of a table that is not there is not worth a word beside the table.
                let tables: Vec<usize> = lacking
                    .iter()
                    .copied()
                    .filter(|need| structure.roles[*need] == Role::Table)
                    .collect();
                let named = if tables.is_empty() { lacking } else { tables };
                self.left_out.push((at, named));
            }
        }
    }
}
