//! What `pg_restore` reports, and which of it is known to be harmless (trap 7). Nothing is ignored silently: what is harmless is
//! named, and makes the restore a WARNING; everything else makes it an ERROR.

use std::sync::{Arc, Mutex};

/// How many messages are kept.
const MOST: usize = 200;
/// How many of them a reason names.
const SHOWN: usize = 5;

/// One error or warning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// What it says, without the program's name.
    pub(crate) text: String,
    /// The statement it is about, where it is one: its first line.
    pub(crate) command: String,
    /// The entry of the archive that it is about, where one is named: its kind first.
    pub(crate) entry: String,
    /// Whether it is a warning only.
    pub(crate) is_warning: bool,
}

/// Everything that was reported.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messages {
    /// The first ones, in order.
    pub(crate) kept: Vec<Message>,
    /// How many errors there were in all.
    pub(crate) errors: usize,
    /// The entry that was named last.
    entry: String,
}

/// What to make of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing was reported.
    Clean,
    /// Only what is known to be harmless, or a warning: named.
    Harmless(Vec<String>),
    /// Something that is not: the first errors.
    Bad(Vec<String>),
}

/// Messages as a program's watcher collects them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Collector(Arc<Mutex<Messages>>);

impl Collector {
    /// Hears a line of standard error.
    pub(crate) fn hear(&self, line: &str) {
        if let Ok(mut messages) = self.0.lock() {
            messages.hear(line);
        }
    }

    /// What was heard.
    pub(crate) fn messages(&self) -> Messages {
        self.0
            .lock()
            .map(|messages| messages.clone())
            .unwrap_or_default()
    }
}

impl Messages {
    fn hear(&mut self, line: &str) {
        if let Some(command) = line.trim_start().strip_prefix("Command was: ") {
            if let Some(last) = self.kept.last_mut()
                && last.command.is_empty()
            {
                command.trim_end().clone_into(&mut last.command);
            }
            return;
        }
        if let Some(hint) = line.strip_prefix("HINT:") {
            if let Some(last) = self.kept.last_mut()
                && last.command.is_empty()
            {
                last.text.extend(["; hint: ", hint.trim()]);
            }
            return;
        }
        if let Some(entry) = entry_in(line) {
            entry.clone_into(&mut self.entry);
            return;
        }
        let Some((text, is_warning)) = reported(line) else {
            return;
        };
        if !is_warning {
            self.errors += 1;
        }
        if self.kept.len() < MOST {
            self.kept.push(Message {
                text: text.to_owned(),
                command: String::new(),
                entry: self.entry.clone(),
                is_warning,
            });
        }
    }

    /// Judges them. `refused_settings` are those that the client sends and the target does not know.
    pub(crate) fn verdict(&self, refused_settings: &[&str]) -> Verdict {
        let said = |message: &Message| {
            if message.command.is_empty() {
                message.text.clone()
            } else {
                format!("{} (in: {})", message.text, message.command)
            }
        };
        let bad: Vec<String> = self
            .kept
            .iter()
            .filter(|message| {
                !message.is_warning
                    && left_to_do(message).is_none()
                    && harmless(message, refused_settings).is_none()
            })
            .map(said)
            .collect();
        if !bad.is_empty() || self.errors > MOST {
            let more = self.errors.saturating_sub(SHOWN);
            let mut shown: Vec<String> = bad.into_iter().take(SHOWN).collect();
            if more > 0 {
                shown.push(format!("and more: {} errors in all", self.errors));
            }
            return Verdict::Bad(shown);
        }
        if self.kept.is_empty() {
            return Verdict::Clean;
        }
        let named = self.kept.iter().map(|message| {
            if let Some(what) = left_to_do(message) {
                return format!(
                    "{what}: {}; correct the cause, then run in the database: {}",
                    message.text, message.command
                );
            }
            match harmless(message, refused_settings) {
                Some(why) => format!("harmless ({why}): {}", said(message)),
                None => said(message),
            }
        });
        Verdict::Harmless(named.collect())
    }
}

/// The text of an error or warning, and whether it is a warning; as clients since 12 write them, and before.
fn reported(line: &str) -> Option<(&str, bool)> {
    if line.contains("errors ignored on restore: ") {
        return None;
    }
    for (mark, is_warning) in [
        (": error: ", false),
        (": fatal: ", false),
        (": warning: ", true),
    ] {
        if let Some((program, text)) = line.split_once(mark)
            && is_program(program)
        {
            return Some((text, is_warning));
        }
    }
    // `pg_restore: [archiver (db)] could not execute query: ERROR:  …`
    let (program, text) = line.split_once("] ")?;
    let is_old = is_program(program.split_once(": [")?.0);
    let is_place = text.starts_with("Error while ") || text.starts_with("Error from ");
    (is_old && !is_place).then_some((text, false))
}

fn is_program(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or(text);
    matches!(name, "pg_restore" | "psql")
}

/// The entry in `pg_restore: from TOC entry 3412; 0 16420 MATERIALIZED VIEW DATA app mv owner`, as clients since 12 name the one
/// that an error is about, and before.
fn entry_in(line: &str) -> Option<&str> {
    let (program, entry) = ["from TOC entry ", "[archiver (db)] Error from TOC entry "]
        .iter()
        .find_map(|mark| line.split_once(mark))?;
    is_program(program.trim_end().strip_suffix(':')?)
        .then(|| entry.splitn(4, ' ').nth(3))
        .flatten()
}

/// What is computed from rows that are all there: an error in it leaves something to do, and nothing is lost.
fn left_to_do(message: &Message) -> Option<&'static str> {
    let is = |kind: &str, statement: &str| {
        message.entry.starts_with(kind) && message.command.starts_with(statement)
    };
    if is("MATERIALIZED VIEW DATA ", "REFRESH MATERIALIZED VIEW ") {
        return Some("the rows are restored, but a materialized view could not be refreshed");
    }
    is("STATISTICS DATA ", "SELECT * FROM pg_catalog.pg_restore_")
        .then_some("the rows are restored, but statistics of the planner could not be restored")
}

/// Why an error does no harm, where it is known: by the statement, since a server may say it in any language.
fn harmless(message: &Message, refused_settings: &[&str]) -> Option<&'static str> {
    let Message { text, command, .. } = message;
    let unknown_setting = refused_settings.iter().any(|setting| {
        if command.is_empty() {
            text.contains(setting)
        } else {
            command
                .strip_prefix("SET ")
                .is_some_and(|set| set.trim_start().starts_with(setting))
        }
    });
    if unknown_setting {
        return Some("a setting of the client that the older target does not have");
    }
    if command.trim_end_matches(';') == "CREATE SCHEMA public" {
        return Some("every new database has the schema public");
    }
    let of_extension =
        command.starts_with("COMMENT ON EXTENSION ") || command.starts_with("DROP EXTENSION ");
    of_extension.then_some("the extension belongs to a superuser, and keeps its own comment")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &str) -> Messages {
        let collector = Collector::default();
        lines.lines().for_each(|line| collector.hear(line));
        collector.messages()
    }

    const TIMEOUT: &str = "pg_restore: while INITIALIZING:\n\
        pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter \"transaction_timeout\"\n\
        Command was: SET transaction_timeout = 0;\n\
        pg_restore: creating TABLE \"public.t\"\n\
        pg_restore: warning: errors ignored on restore: 1\n";

    #[test]
    fn trap_7_known_harmless_errors_are_known_in_any_language() {
        let said = |text: &str, command: &str| {
            let lines = format!(
                "pg_restore: error: could not execute query: FEHLER:  {text}\nCommand was: {command}\n"
            );
            heard(&lines).verdict(&["transaction_timeout"])
        };
        for (text, command) in [
            (
                "unbekannter Konfigurationsparameter »transaction_timeout«",
                "SET transaction_timeout = 0;",
            ),
            ("Schema »public« existiert bereits", "CREATE SCHEMA public;"),
            (
                "Berechtigung nur für Eigentümer der Erweiterung plpgsql",
                "COMMENT ON EXTENSION plpgsql IS 'x';",
            ),
        ] {
            assert!(
                matches!(said(text, command), Verdict::Harmless(_)),
                "{command}"
            );
        }
        for (text, command) in [
            (
                "Schema »public2« existiert bereits",
                "CREATE SCHEMA public2;",
            ),
            ("unbekannter Konfigurationsparameter »x«", "SET x = 0;"),
        ] {
            assert!(matches!(said(text, command), Verdict::Bad(_)), "{command}");
        }
    }

    #[test]
    fn trap_7_known_harmless_errors_are_named_and_others_are_errors() {
        assert_eq!(
            heard("pg_restore: creating TABLE \"a: error: b\"\n").verdict(&[]),
            Verdict::Clean
        );
        let verdict = heard(TIMEOUT).verdict(&["transaction_timeout"]);
        assert!(
            matches!(&verdict, Verdict::Harmless(named) if named.len() == 1 && named[0].contains("transaction_timeout")),
            "{verdict:?}"
        );
        // To a server that knows it, the same message is no expected one.
        assert!(matches!(heard(TIMEOUT).verdict(&[]), Verdict::Bad(_)));
        let both = format!(
            "{TIMEOUT}pg_restore: error: could not execute query: ERROR:  relation \"t\" already exists\n    Command was: CREATE TABLE t (\n"
        );
        let verdict = heard(&both).verdict(&["transaction_timeout"]);
        assert!(
            matches!(&verdict, Verdict::Bad(shown) if shown[0].contains("already exists (in: CREATE TABLE t (")),
            "{verdict:?}"
        );
        let old = "pg_restore: [archiver (db)] Error while PROCESSING TOC:\n\
            pg_restore: [archiver (db)] Error from TOC entry 3; 2615 2200 SCHEMA public me\n\
            pg_restore: [archiver (db)] could not execute query: ERROR:  schema \"public\" already exists\n    \
            Command was: CREATE SCHEMA public;\n";
        let messages = heard(old);
        assert_eq!(messages.errors, 1);
        assert!(matches!(messages.verdict(&[]), Verdict::Harmless(_)));
    }

    #[test]
    fn b9_only_a_refresh_that_failed_is_something_to_do() {
        let failed = |entry: &str, command: &str| {
            heard(&format!(
                "pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry 3412; 0 16420 {entry} me\n\
                 pg_restore: error: could not execute query: ERROR:  relation \"c\" does not exist\n\
                 HINT:  Make it.\nCommand was: {command}\npg_restore: warning: errors ignored on restore: 1\n"
            ))
            .verdict(&[])
        };
        let refresh = "REFRESH MATERIALIZED VIEW app.mv;";
        let Verdict::Harmless(named) = failed("MATERIALIZED VIEW DATA app mv", refresh) else {
            panic!("the rows are restored");
        };
        assert!(
            named[0].ends_with(&format!(
                "; hint: Make it.; correct the cause, then run in the database: {refresh}"
            )),
            "{named:?}"
        );
        assert!(matches!(failed("TABLE app t", refresh), Verdict::Bad(_)));
        let Verdict::Bad(reasons) = failed("MATERIALIZED VIEW DATA app mv", "SELECT 1;") else {
            panic!("another statement failed");
        };
        assert!(reasons[0].contains("hint: Make it."), "{reasons:?}");
    }

    #[test]
    fn warnings_are_named() {
        let warning = "pg_restore: warning: restoring tables WITH OIDS is not supported anymore\n";
        assert!(
            matches!(heard(warning).verdict(&[]), Verdict::Harmless(named) if named.len() == 1)
        );
    }

    #[test]
    fn too_many_errors_are_errors() {
        let many = TIMEOUT.repeat(MOST + 1);
        assert!(matches!(
            heard(&many).verdict(&["transaction_timeout"]),
            Verdict::Bad(_)
        ));
    }
}
