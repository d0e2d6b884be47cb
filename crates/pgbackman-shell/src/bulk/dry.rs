//! Checks a command of a file without running any.

use std::collections::BTreeMap;

use crate::declaration::registry::Entry;
use crate::declaration::spec::Spec;
use crate::dispatch::positional;
use crate::error::CommandError;
use crate::line::lexer::Word;
use crate::registration::host::Host;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

use super::gone::{Gone, Thing};

/// The effects of the lines so far: names that they register exist for later lines, and names that they delete do
/// not.
#[derive(Debug, Default)]
pub(super) struct Promised {
    servers: Names,
    nodes: Names,
    gone: Gone,
}

/// Registered names, each with the line that registers it.
type Names = BTreeMap<String, String>;

/// The servers and nodes that a line names.
struct Hosts {
    /// Servers and nodes in the catalogue.
    known: Vec<Thing>,
    /// Whether the line names another one, which only an earlier line could register.
    some_are_promised: bool,
}

impl Promised {
    /// Checks a command, and records what it would do. `place` is its position in the file.
    ///
    /// # Errors
    /// The error with which the command would fail, as far as it can be known.
    pub(super) fn check(
        &mut self,
        shell: &Shell,
        entry: &'static Entry,
        words: &[Word],
        place: &str,
    ) -> Result<(), CommandError> {
        let spec = entry.spec;
        positional::check_texts(spec, words)?;
        self.gone.refuse_ids(shell, spec, words)?;
        let hosts = self.hosts(shell, spec, words)?;
        if hosts.some_are_promised {
            // Its defaults and its other values depend on objects that do not exist yet.
            self.forget(spec, words);
            return Ok(());
        }
        let answers = positional::bind(shell, spec, words)?;
        entry.check(shell, &answers)?;
        self.promise(shell, spec.name, &answers, place)?;
        self.gone.note(spec, words, hosts.known, place);
        Ok(())
    }

    /// The servers and nodes that a line names.
    fn hosts(
        &self,
        shell: &Shell,
        spec: &'static Spec,
        words: &[Word],
    ) -> Result<Hosts, CommandError> {
        let mut hosts = Hosts {
            known: Vec::new(),
            some_are_promised: false,
        };
        for name in positional::values_of_kind(spec, words, Kind::Server) {
            let name = if name.is_empty() {
                shell.config().backup_server.fqdn()
            } else {
                name.to_owned()
            };
            let found = found(shell.server(&name))?.map(|server| Thing::Server(server.id));
            self.add(&mut hosts, &self.servers, found, &name, "Backup server")?;
        }
        for name in positional::values_of_kind(spec, words, Kind::Node) {
            let found = found(shell.node(name))?.map(|node| Thing::Node(node.id));
            self.add(&mut hosts, &self.nodes, found, name, "PgSQL node")?;
        }
        Ok(hosts)
    }

    fn add(
        &self,
        hosts: &mut Hosts,
        promised: &Names,
        found: Option<Thing>,
        name: &str,
        kind: &str,
    ) -> Result<(), CommandError> {
        match found {
            // Deleted, and registered again.
            Some(thing) if self.gone.has(&thing) && promised.contains_key(&name.to_lowercase()) => {
                hosts.some_are_promised = true;
            }
            Some(thing) => {
                self.gone.refuse(&thing, &format!("{kind} [{name}]"))?;
                hosts.known.push(thing);
            }
            None => hosts.some_are_promised |= is_promised(promised, name),
        }
        Ok(())
    }

    /// An object that was to be registered is deleted again.
    fn forget(&mut self, spec: &'static Spec, words: &[Word]) {
        let (names, kind) = match spec.name {
            "delete_backup_server" => (&mut self.servers, Kind::Server),
            "delete_pgsql_node" => (&mut self.nodes, Kind::Node),
            _ => return,
        };
        for name in positional::values_of_kind(spec, words, kind) {
            let name = name.to_lowercase();
            let place = names.get(&name).cloned();
            // A node is known by its name, with and without its port.
            names.retain(|_, other| Some(&*other) != place.as_ref());
        }
    }

    /// Records what a line registers; refuses names that are already registered, as the catalogue would.
    fn promise(
        &mut self,
        shell: &Shell,
        command: &str,
        answers: &Answers,
        place: &str,
    ) -> Result<(), CommandError> {
        let name = name(answers);
        match command {
            "register_backup_server" => {
                let found = found(shell.server(&name))?;
                let found = found.filter(|server| server.fqdn().to_lowercase() == name);
                let is_there =
                    found.is_some_and(|server| !self.gone.has(&Thing::Server(server.id)));
                refuse_twice("Backup server", &name, is_there, self.servers.get(&name))?;
                self.servers.insert(name, place.to_owned());
            }
            "register_pgsql_node" => {
                let with_port = format!("{name}:{}", answers.text("pgport"));
                let found = found(shell.node(&with_port))?;
                let found = found.filter(|node| {
                    format!("{}:{}", node.fqdn(), node.port).to_lowercase() == with_port
                });
                let is_there = found.is_some_and(|node| !self.gone.has(&Thing::Node(node.id)));
                refuse_twice(
                    "PgSQL node",
                    &with_port,
                    is_there,
                    self.nodes.get(&with_port),
                )?;
                self.promise_node(name, with_port, place);
            }
            _ => {}
        }
        Ok(())
    }

    fn promise_node(&mut self, name: String, with_port: String, place: &str) {
        self.nodes.insert(with_port, place.to_owned());
        self.nodes.insert(name, place.to_owned());
    }
}

/// The name that a server or node is registered under.
fn name(answers: &Answers) -> String {
    let host = Host::read(answers);
    let name = if host.domain.is_empty() {
        host.hostname
    } else {
        format!("{}.{}", host.hostname, host.domain)
    };
    name.to_lowercase()
}

fn refuse_twice(
    kind: &str,
    name: &str,
    is_there: bool,
    promised: Option<&String>,
) -> Result<(), CommandError> {
    let by = match promised {
        Some(place) => format!(" by {place}"),
        None if is_there => String::new(),
        None => return Ok(()),
    };
    Err(CommandError::Invalid(format!(
        "{kind} [{name}] is already registered{by}"
    )))
}

/// Whether one of the names registered so far could be meant. A number may be any of them, because their IDs are not
/// known yet.
fn is_promised(names: &Names, name: &str) -> bool {
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    names.contains_key(&name.to_lowercase()) || (is_number && !names.is_empty())
}

/// Resolves a name; `None` if the catalogue does not contain it, as opposed to an unavailable catalogue.
fn found<T>(answer: Result<T, CommandError>) -> Result<Option<T>, CommandError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(CommandError::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_registers_is_known_to_the_next_by_name_and_perhaps_by_number() {
        let mut promised = Promised::default();
        let mut answers = Answers::default();
        for (key, value) in [("hostname", "PG-node01"), ("domain", "example.net")] {
            answers.push(key, value, true);
        }
        let name = name(&answers);
        promised.promise_node(name.clone(), format!("{name}:5433"), "line 1");
        for name in ["pg-node01.example.net", "PG-NODE01.example.net:5433", "7"] {
            assert!(is_promised(&promised.nodes, name), "{name}");
        }
        for name in ["pg-node02.example.net", "pg-node01.example.net:5432", ""] {
            assert!(!is_promised(&promised.nodes, name), "{name}");
        }
        assert!(!is_promised(&promised.servers, "7"));
    }
}
