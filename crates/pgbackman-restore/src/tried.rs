//! Every setting of the backup is tried on the target before anything is changed there: a parameter that both versions have may
//! take another value, may be none of a role any more, or may name what the other machine lacks (a time zone, a library).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::{AsyncEvent, Session};
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::list_setting::{Calling, through_session};
use pgbackman_core::pgtools::other_version::{Assignment, Knows, Value};
use pgbackman_core::pgtools::quote::identifier;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::error::SqlState;

use crate::libraries;
use crate::target::Target;

const DOING: &str = "try the backup's settings on the target";

/// Parameters that name a role, which may have to be made first.
const NAMING_A_ROLE: [&str; 2] = ["role", "session_authorization"];

/// Parameters that name something in the database to be restored, which the one of the trial cannot have.
const NAMING_CONTENTS: [&str; 2] = ["default_text_search_config", "default_table_access_method"];

/// What the transaction of the trial begins with for a superuser: the server's log is not to show errors that nobody made.
const QUIETLY: &str = "SET LOCAL log_min_messages TO panic; SET LOCAL log_min_error_statement TO panic; \
                       SET LOCAL log_statement TO none";

/// What has come of it.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// Parameters that the target has beside those that it lists.
    pub(crate) parameters: BTreeSet<String>,
    /// What it refuses, with its reasons.
    pub(crate) refused: BTreeMap<String, String>,
    /// What it says of settings that it takes.
    pub(crate) notices: Vec<String>,
}

impl Tried {
    /// Lets the fitting of statements know.
    pub(crate) fn tell(self, knows: &mut Knows) -> Vec<String> {
        knows.parameters.extend(self.parameters);
        knows.refused_settings = self.refused;
        self.notices
    }
}

/// Tries them. `will_exist`: whether the target has a role, or will have it.
pub(crate) async fn on(
    target: &Target,
    env: &Environment,
    settings: &BTreeSet<Assignment>,
    will_exist: &dyn Fn(&str) -> bool,
) -> Result<Tried, Failure> {
    let mut tried = Tried::default();
    for setting in settings {
        let name = &setting.parameter;
        if !target.parameters.contains(name)
            && !name.contains('.')
            && is_there(target, name).await?
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
    let user = &target.facts.user;
    let may_try = (user.superuser || user.create_role) && !target.facts.in_recovery;
    if settings.is_empty() || !may_try {
        return Ok(tried);
    }
    let (session, mut events) = target
        .server
        .connect_listening(&database(&target.session).await?, env)
        .await
        .map_err(Failure::failed)?;
    libraries::check(&session, user.superuser, settings, &mut tried.refused).await?;
    each(&session, &mut events, user.superuser, settings, &mut tried).await?;
    session.close().await;
    Ok(tried)
}

/// Whether the server has a parameter that it does not list (`role`).
async fn is_there(target: &Target, parameter: &str) -> Result<bool, Failure> {
    let asked = target
        .session
        .query_one("SELECT pg_catalog.current_setting($1)", &[&parameter])
        .await;
    match asked {
        Ok(_) => Ok(true),
        Err(error) if error.as_db_error().is_some() => {
            Ok(error.code() != Some(&SqlState::UNDEFINED_OBJECT))
        }
        Err(error) => Err(doing(DOING)(error)),
    }
}

async fn database(session: &Session) -> Result<String, Failure> {
    let row = session
        .query_one("SELECT pg_catalog.current_database()::pg_catalog.text", &[])
        .await
        .map_err(doing(DOING))?;
    row.try_get(0).map_err(doing(DOING))
}

/// Gives each of them to a role that nobody has seen, in a transaction that is rolled back.
async fn each(
    session: &Session,
    events: &mut UnboundedReceiver<AsyncEvent>,
    quietly: bool,
    settings: &BTreeSet<Assignment>,
    tried: &mut Tried,
) -> Result<(), Failure> {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let role = identifier(&format!(
        "pgbackman_try_{}_{}",
        session.backend_pid(),
        since_1970.map_or(0, |time| time.as_nanos())
    ));
    let begin = "BEGIN; SET LOCAL client_min_messages TO notice; SET LOCAL standard_conforming_strings TO on";
    session.batch_execute(begin).await.map_err(doing(DOING))?;
    if quietly {
        session.batch_execute(QUIETLY).await.map_err(doing(DOING))?;
    }
    if let Err(error) = session.batch_execute(&format!("CREATE ROLE {role}")).await {
        // Something of the server's own does not let us; then the names alone tell.
        return match error.as_db_error() {
            Some(said) if !was_ended(said.code()) => session
                .batch_execute("ROLLBACK")
                .await
                .map_err(doing(DOING)),
            _ => Err(doing(DOING)(error)),
        };
    }
    for setting in settings {
        let known = tried.refused.contains_key(&setting.sql)
            || NAMING_A_ROLE.contains(&setting.parameter.as_str());
        if known {
            continue;
        }
        while events.try_recv().is_ok() {}
        session
            .batch_execute("SAVEPOINT one")
            .await
            .map_err(doing(DOING))?;
        let result = session.batch_execute(&statements(setting, &role)).await;
        let notices = std::iter::from_fn(|| events.try_recv().ok());
        match result {
            Ok(()) if NAMING_CONTENTS.contains(&setting.parameter.as_str()) => {}
            Ok(()) => tried
                .notices
                .extend(notices.filter_map(|event| match event {
                    AsyncEvent::Notice(text) => Some(format!(
                        "of the setting {} the target says: {text}",
                        setting.parameter
                    )),
                    AsyncEvent::Notification { .. } | AsyncEvent::Closed(_) => None,
                })),
            Err(error) => {
                let Some(said) = error.as_db_error() else {
                    return Err(doing(DOING)(error));
                };
                if was_ended(said.code()) {
                    return Err(doing(DOING)(error));
                }
                // A text that the database of the trial cannot hold may well be one in the database that is restored.
                if *said.code() != SqlState::UNTRANSLATABLE_CHARACTER {
                    let reason = format!("the target says {}: {}", said.severity(), said.message());
                    tried.refused.insert(setting.sql.clone(), reason);
                }
            }
        }
        session
            .batch_execute("ROLLBACK TO one; RELEASE one")
            .await
            .map_err(doing(DOING))?;
    }
    session
        .batch_execute("ROLLBACK")
        .await
        .map_err(doing(DOING))
}

/// Whether a statement failed since somebody ended it: that says nothing of what it tries.
fn was_ended(code: &SqlState) -> bool {
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
