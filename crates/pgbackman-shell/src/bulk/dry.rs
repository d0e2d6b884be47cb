//! What is wrong with a command of a file, found out without running any.

use std::collections::HashSet;

use crate::answers::Answers;
use crate::commands::Entry;
use crate::error::CommandError;
use crate::host::Host;
use crate::kind::Kind;
use crate::positional;
use crate::shell::Shell;
use crate::spec::Spec;

/// What the lines so far would have registered, so that later lines may name it.
#[derive(Debug, Default)]
pub(super) struct Promised {
    servers: HashSet<String>,
    nodes: HashSet<String>,
}

impl Promised {
    /// Checks a command, and notes what it would register.
    ///
    /// # Errors
    /// What the command would fail with, as far as that can be known.
    pub(super) fn check(
        &mut self,
        shell: &Shell,
        entry: &'static Entry,
        words: &[String],
    ) -> Result<(), CommandError> {
        let spec = entry.spec;
        positional::check_texts(spec, words)?;
        if self.names_what_is_promised(shell, spec, words)? {
            // Its defaults and the rest of its values depend on what does not exist yet.
            return Ok(());
        }
        let answers = positional::bind(shell, spec, words)?;
        (entry.check)(shell, &answers)?;
        self.note(spec.name, &answers);
        Ok(())
    }

    /// Whether a server or node is named that only an earlier line would register.
    fn names_what_is_promised(
        &self,
        shell: &Shell,
        spec: &'static Spec,
        words: &[String],
    ) -> Result<bool, CommandError> {
        for name in positional::words_of_kind(spec, words, Kind::Server) {
            let name = if name.is_empty() {
                shell.config().backup_server.fqdn()
            } else {
                name.to_owned()
            };
            if is_promised(&self.servers, &name) && is_missing(shell.server(&name).err())? {
                return Ok(true);
            }
        }
        for name in positional::words_of_kind(spec, words, Kind::Node) {
            if is_promised(&self.nodes, name) && is_missing(shell.node(name).err())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn note(&mut self, command: &str, answers: &Answers) {
        let name = || {
            let host = Host::read(answers);
            let name = if host.domain.is_empty() {
                host.hostname
            } else {
                format!("{}.{}", host.hostname, host.domain)
            };
            name.to_lowercase()
        };
        match command {
            "register_backup_server" => {
                self.servers.insert(name());
            }
            "register_pgsql_node" => {
                let name = name();
                self.nodes
                    .insert(format!("{name}:{}", answers.text("pgport")));
                self.nodes.insert(name);
            }
            _ => {}
        }
    }
}

/// Whether one of the names registered so far is meant. A number may be any of them: nobody knows which they will get.
fn is_promised(names: &HashSet<String>, name: &str) -> bool {
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    names.contains(&name.to_lowercase()) || (is_number && !names.is_empty())
}

/// Whether a name was not found, as opposed to found, or to a catalogue that cannot be asked.
fn is_missing(error: Option<CommandError>) -> Result<bool, CommandError> {
    match error {
        None => Ok(false),
        Some(CommandError::Invalid(_)) => Ok(true),
        Some(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_registers_is_known_to_the_next_by_name_and_perhaps_by_number() {
        let mut promised = Promised::default();
        let mut answers = Answers::default();
        for (key, value) in [
            ("hostname", "PG-node01"),
            ("domain", "example.net"),
            ("pgport", "5433"),
        ] {
            answers.push(key, value, true);
        }
        promised.note("register_pgsql_node", &answers);
        for name in ["pg-node01.example.net", "PG-NODE01.example.net:5433", "7"] {
            assert!(is_promised(&promised.nodes, name), "{name}");
        }
        for name in ["pg-node02.example.net", "pg-node01.example.net:5432", ""] {
            assert!(!is_promised(&promised.nodes, name), "{name}");
        }
        assert!(!is_promised(&promised.servers, "7"));
    }
}
