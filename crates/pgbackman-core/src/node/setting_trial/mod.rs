//! Every setting of the backup is tried on the target before anything is changed there: a parameter that both versions have may
//! take another value, may be none of a role any more, or may name what the other machine lacks (a time zone, a library).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::error::SqlState;

use super::{Asking, NodeError};
use crate::conninfo::{AsyncEvent, Session};
use crate::domain::restore::target_facts::TargetFacts;
use crate::pgtools::list_setting::{Calling, through_session};
use crate::pgtools::other_version::{Assignment, Knows, NAMING_A_ROLE, Value};
use crate::pgtools::quote::identifier;

mod libraries;

const WHAT: &str = "the result of applying the backup's settings";

/// Parameters that name something in the database to be restored, which the one of the trial cannot have.
const NAMING_CONTENTS: [&str; 2] = ["default_text_search_config", "default_table_access_method"];

/// What the transaction of the trial begins with for a superuser: the server's log is not to show errors that nobody made.
const QUIETLY: &str = "SET LOCAL log_min_messages TO panic; SET LOCAL log_min_error_statement TO panic; \
                       SET LOCAL log_statement TO none";

/// What has come of it.
#[derive(Debug, Default)]
pub struct Tried {
    /// Parameters that the target has beside those that it lists.
    pub parameters: BTreeSet<String>,
    /// What it refuses, with its reasons.
    pub refused: BTreeMap<String, String>,
    /// What it says of settings that it takes.
    pub notices: Vec<String>,
}

impl Tried {
    /// Lets the fitting of statements know; returns what the target says of settings that it takes.
    pub fn tell(self, knows: &mut Knows) -> Vec<String> {
        knows.parameters.extend(self.parameters);
        knows.refused_settings = self.refused;
        self.notices
    }
}

/// A target on which settings are tried.
pub struct Trial<'a> {
    /// A session of its own, which is in no transaction.
    pub session: &'a Session,
    /// What the server sends it unasked.
    pub events: &'a mut UnboundedReceiver<AsyncEvent>,
    /// The target.
    pub facts: &'a TargetFacts,
    /// The parameters that it lists, in lower case.
    pub parameters: &'a BTreeSet<String>,
}

impl Trial<'_> {
    /// Tries them. `will_exist`: whether the target has a role, or will have it.
    ///
    /// # Errors
    /// When the target cannot be asked; what it refuses is none.
    pub async fn of(
        self,
        settings: &BTreeSet<Assignment>,
        will_exist: &dyn Fn(&str) -> bool,
    ) -> Result<Tried, NodeError> {
        let mut tried = Tried::default();
        for setting in settings {
            let name = &setting.parameter;
            if !self.parameters.contains(name)
                && !name.contains('.')
                && is_there(self.session, name).await?
            {
                tried.parameters.insert(name.clone());
            }
            if NAMING_A_ROLE.contains(&name.as_str())
                && let Value::Constants(roles) = &setting.value
                && let [role] = &roles[..]
                && role != "none"
                && !will_exist(role)
            {
                let reason = format!("the target has no role \"{role}\"");
                tried.refused.insert(setting.sql.clone(), reason);
            }
        }
        let user = &self.facts.user;
        let may_try = (user.superuser || user.create_role) && !self.facts.in_recovery;
        if settings.is_empty() || !may_try {
            return Ok(tried);
        }
        let superuser = user.superuser;
        libraries::check(self.session, superuser, settings, &mut tried.refused).await?;
        each(self.session, self.events, superuser, settings, &mut tried).await?;
        Ok(tried)
    }
}

/// Whether the server has a parameter that it does not list (`role`).
async fn is_there(session: &Session, parameter: &str) -> Result<bool, NodeError> {
    let asked = session
        .query_one("SELECT pg_catalog.current_setting($1)", &[&parameter])
        .await;
    match asked {
        Ok(_) => Ok(true),
        Err(error) if error.as_db_error().is_some() => {
            Ok(error.code() != Some(&SqlState::UNDEFINED_OBJECT))
        }
        Err(error) => Err(error).asking(WHAT),
    }
}

/// Gives each of them to a role that nobody has seen, in a transaction that is rolled back.
async fn each(
    session: &Session,
    events: &mut UnboundedReceiver<AsyncEvent>,
    quietly: bool,
    settings: &BTreeSet<Assignment>,
    tried: &mut Tried,
) -> Result<(), NodeError> {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let role = identifier(&format!(
        "pgbackman_try_{}_{}",
        session.backend_pid(),
        since_1970.map_or(0, |time| time.as_nanos())
    ));
    let begin = "BEGIN; SET LOCAL client_min_messages TO notice; SET LOCAL standard_conforming_strings TO on";
    session.batch_execute(begin).await.asking(WHAT)?;
    if quietly {
        session.batch_execute(QUIETLY).await.asking(WHAT)?;
    }
    if let Err(error) = session.batch_execute(&format!("CREATE ROLE {role}")).await {
        // Something of the server's own does not let us; then the names alone tell.
        return match error.as_db_error() {
            Some(said) if !was_ended(said.code()) => {
                session.batch_execute("ROLLBACK").await.asking(WHAT)
            }
            _ => Err(error).asking(WHAT),
        };
    }
    for setting in settings {
        let known = tried.refused.contains_key(&setting.sql)
            || NAMING_A_ROLE.contains(&setting.parameter.as_str());
        if known {
            continue;
        }
        while events.try_recv().is_ok() {}
        session.batch_execute("SAVEPOINT one").await.asking(WHAT)?;
        let result = session.batch_execute(&statements(setting, &role)).await;
        let notices = std::iter::from_fn(|| events.try_recv().ok());
        match result {
            Ok(()) if NAMING_CONTENTS.contains(&setting.parameter.as_str()) => {}
            Ok(()) => tried
                .notices
                .extend(notices.filter_map(|event| match event {
                    AsyncEvent::Notice(text) => Some(format!(
                        "the target reports for the setting {}: {text}",
                        setting.parameter
                    )),
                    AsyncEvent::Notification { .. } | AsyncEvent::Closed(_) => None,
                })),
            Err(error) => {
                let Some(said) = error.as_db_error() else {
                    return Err(error).asking(WHAT);
                };
                if was_ended(said.code()) {
                    return Err(error).asking(WHAT);
                }
                // A text that the database of the trial cannot hold may well be one in the database that is restored.
                if *said.code() != SqlState::UNTRANSLATABLE_CHARACTER {
                    let reason =
                        format!("the target reports {}: {}", said.severity(), said.message());
                    tried.refused.insert(setting.sql.clone(), reason);
                }
            }
        }
        session
            .batch_execute("ROLLBACK TO one; RELEASE one")
            .await
            .asking(WHAT)?;
    }
    session.batch_execute("ROLLBACK").await.asking(WHAT)
}

/// Whether a statement failed since somebody ended it: that says nothing of what it tries.
pub fn was_ended(code: &SqlState) -> bool {
    [SqlState::QUERY_CANCELED, SqlState::ADMIN_SHUTDOWN].contains(code)
}

fn statements(setting: &Assignment, role: &str) -> String {
    let alter = format!("ALTER ROLE {role}");
    match setting.value {
        Value::Constants(_) | Value::Other => format!("{alter} {}", setting.sql),
        Value::OfSession | Value::Nothing => {
            through_session(&setting.parameter, "", &alter, Calling::Sql).join("; ")
        }
    }
}
