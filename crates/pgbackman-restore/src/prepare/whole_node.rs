//! What a CLUSTER restore finds on its target: what the script is not to make again there, and what it cannot.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::domain::restore::backup_needs::BackupNeeds;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::tool::Tools;
use pgbackman_core::node::builtins::Origin;
use pgbackman_core::node::existing_roles::of_target;
use pgbackman_core::node::{builtins, settings, target_fit};
use pgbackman_core::pgtools::sql_statements::Statements;

use crate::archive::Client;
use crate::backup::inputs::Inputs;
use crate::cluster::terms::{Closed, EVERYWHERE, Terms};
use crate::cluster::{self, ClusterScript};
use crate::plan::quoted;
use crate::prepare::fitting::FitReport;
use crate::prepare::{checks, fitting};
use crate::target::{Target, existing_roles, tried};

/// The encoding of which a server converts nothing.
const UNCONVERTED: &str = "SQL_ASCII";

/// One of [`EVERYWHERE`] that the target has in another encoding than the node that was backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Foreign {
    database: &'static str,
    source: String,
    target: String,
}

/// The terms on which the script is run, and what an operator is told of them.
pub(crate) async fn terms(
    inputs: &Inputs<'_>,
    script: &ClusterScript,
    client: &Client,
    tools: &mut Tools<'_>,
) -> Result<(Terms, FitReport), Failure> {
    let target = inputs.restore.target;
    let all: Vec<String> = target.facts.roles.iter().cloned().collect();
    let there = of_target(&target.session, &target.facts, &all)
        .await
        .map_err(Failure::failed)?;
    let encodings = encodings(target).await?;
    let foreign = foreign(inputs.restore.backup.needs.as_ref(), &encodings);
    check_names(script, &foreign)?;
    let mut closed = closed(inputs).await?;
    for database in taking_no_contents(script, &foreign) {
        closed.entry(database).or_insert(Closed::OtherEncoding);
    }
    let mut knows = target_fit::knows(&target.facts, target.listed(), &BTreeMap::new(), &there);
    let will_exist = |role: &str| {
        target.facts.roles.contains(role) || script.roles.iter().any(|one| one == role)
    };
    let tried = tried::on(target, inputs.restore.env, &script.settings, &will_exist).await?;
    let mut notices = tried.tell(&mut knows);
    let origin = Origin {
        source: checks::facts(inputs).source,
        made_by: Some(client.made_by),
    };
    let builtins = builtins::for_backup(&target.session, knows.major, origin).await;
    knows.builtins = Box::new(builtins.map_err(Failure::failed)?);
    // The script makes them first.
    notices.retain(|_| script.tablespaces.is_empty());
    let terms = Terms {
        knows,
        tablespaces: target.facts.tablespaces.clone(),
        refused_settings: client.refused_settings.clone(),
        in_use: in_use(inputs, &closed).await?,
        closed,
    };
    let (path, on) = (inputs.restore.backup.dump_file.clone(), terms.clone());
    let judging = tokio::task::spawn_blocking(move || cluster::judge(&path, &on));
    let judged = tools.bounds().within("read the script", judging).await?;
    let judged = judged.map_err(Failure::failed)?.map_err(|error| {
        checks::refuse(
            &format!("The script can no longer be read to its end: {error}."),
            "Restore another backup.",
        )
    })?;
    fitting::check_strings(target, client.made_by, script.escaping_strings)?;
    fitting::check(target, &judged.refused)?;
    fitting::check_collations(target, &script.collations)?;
    fitting::check_functions(
        &script.broken_functions,
        "script has functions with an empty list of names, which pg_dumpall",
        "restore it by hand with psql from the script, after correcting these lines",
    )?;
    let report = FitReport {
        warnings: judged
            .left_out
            .iter()
            .map(|what| format!("left out: {what}"))
            .chain(notices)
            .collect(),
        differences: existing_roles::differences(&script.attributes, &there, target),
        close_public: false,
    };
    Ok((terms, report))
}

/// Of the databases that every node has those in which the target holds something: they are not written into.
async fn closed(inputs: &Inputs<'_>) -> Result<BTreeMap<&'static str, Closed>, Failure> {
    const DOING: &str = "read the contents of the target's databases";
    let mut closed = BTreeMap::new();
    for name in taking_sessions(inputs.restore.target) {
        let session = inputs
            .restore
            .target
            .server
            .connect(name, inputs.restore.env)
            .await
            .map_err(Failure::failed)?;
        let row = session
            .query_one(include_str!("holds_something.sql"), &[])
            .await
            .map_err(doing(DOING))?;
        if row.try_get(0).map_err(doing(DOING))? {
            closed.insert(name, Closed::HoldsSomething);
        }
        session.close().await;
    }
    Ok(closed)
}

/// What describes a target that is in use: statements that would change nothing there.
async fn in_use(
    inputs: &Inputs<'_>,
    closed: &BTreeMap<&'static str, Closed>,
) -> Result<Option<BTreeSet<String>>, Failure> {
    let target = inputs.restore.target;
    let is_own = |name: &str| name == "template0" || EVERYWHERE.contains(&name);
    let has_others = target.databases.iter().any(|one| !is_own(&one.name));
    let holds_something = closed.values().any(|why| *why == Closed::HoldsSomething);
    if !has_others && !holds_something {
        return Ok(None);
    }
    let all = settings::of_all_roles(&*target.session)
        .await
        .map_err(Failure::failed)?;
    let mut found: BTreeSet<String> = all.statements().into_iter().collect();
    found.extend(all.inside_statements());
    for name in taking_sessions(target) {
        let session = target.server.connect(name, inputs.restore.env).await;
        let session = session.map_err(Failure::failed)?;
        let read = settings::read(&*session, target.facts.release).await;
        session.close().await;
        let read = read.map_err(Failure::failed)?;
        let sql = read.for_existing() + &read.inside_sql();
        let mut statements = Statements::new(sql.as_bytes());
        while let Some(statement) = statements.read_next().map_err(Failure::failed)? {
            found.insert(String::from_utf8_lossy(&statement.with(&[])).into_owned());
        }
    }
    Ok(Some(found))
}

/// Those of [`EVERYWHERE`] that can be asked.
fn taking_sessions(target: &Target) -> impl Iterator<Item = &'static str> {
    EVERYWHERE.into_iter().filter(|name| {
        target
            .database(name)
            .is_some_and(|database| database.allows_connections)
    })
}

/// The encodings of the target's own databases.
async fn encodings(target: &Target) -> Result<BTreeMap<String, String>, Failure> {
    const DOING: &str = "read the encodings of the target's databases";
    const SQL: &str = "SELECT datname::pg_catalog.text, pg_catalog.pg_encoding_to_char(encoding)::pg_catalog.text \
                       FROM pg_catalog.pg_database WHERE datname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1)";
    let names: Vec<&str> = EVERYWHERE.to_vec();
    let rows = target
        .session
        .query(SQL, &[&names])
        .await
        .map_err(doing(DOING))?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<_, tokio_postgres::Error>>()
        .map_err(doing(DOING))
}

/// What is not known to differ is taken to be the same.
fn foreign(needs: Option<&BackupNeeds>, target: &BTreeMap<String, String>) -> Vec<Foreign> {
    let recorded = needs.map_or(&[][..], |needs| &needs.databases);
    EVERYWHERE
        .into_iter()
        .filter_map(|database| {
            let source = &recorded.iter().find(|one| one.name == database)?.encoding;
            let target = target.get(database)?;
            (source != target).then(|| Foreign {
                database,
                source: source.clone(),
                target: target.clone(),
            })
        })
        .collect()
}

/// Names are made in the target's own databases. Those with letters outside ASCII come out as they are only where they have the
/// encoding that the script is written for.
fn check_names(script: &ClusterScript, foreign: &[Foreign]) -> Result<(), Failure> {
    let names: Vec<&String> = [&script.roles, &script.databases, &script.tablespaces]
        .into_iter()
        .flatten()
        .filter(|name| !name.is_ascii())
        .collect();
    let unconverted = script.encoding.as_deref() == Some(UNCONVERTED);
    let are_utf8 = names
        .iter()
        .all(|name| !name.contains(char::REPLACEMENT_CHARACTER));
    let differs = foreign.iter().find(|one| {
        let takes_all = one.target == UNCONVERTED;
        let takes_utf8 =
            unconverted && are_utf8 && (one.target == "UTF8" || one.target.starts_with("LATIN"));
        !takes_all && !takes_utf8
    });
    match differs {
        Some(one) if !names.is_empty() => Err(checks::refuse(
            &format!(
                "Database {} has the encoding {} on the target PgSQL node, and had {} on the backup's: the names {} \
                 would change.",
                one.database,
                one.target,
                one.source,
                quoted(&names)
            ),
            &format!(
                "Choose a node that was made with that encoding (initdb --encoding={}).",
                one.source
            ),
        )),
        _ => Ok(()),
    }
}

/// Databases whose contents would come out as others: the script has every byte as it was on the other node.
fn taking_no_contents<'f>(
    script: &ClusterScript,
    foreign: &'f [Foreign],
) -> impl Iterator<Item = &'static str> + use<'f> {
    let unconverted = script.encoding.as_deref() == Some(UNCONVERTED);
    foreign
        .iter()
        .filter(move |one| unconverted && one.target != UNCONVERTED)
        .map(|one| one.database)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(role: &str, encoding: &str) -> ClusterScript {
        ClusterScript {
            roles: vec!["postgres".into(), role.into()],
            encoding: Some(encoding.into()),
            ..ClusterScript::default()
        }
    }

    fn from_to(source: &str, target: &str) -> Vec<Foreign> {
        vec![Foreign {
            database: "postgres",
            source: source.into(),
            target: target.into(),
        }]
    }

    #[test]
    fn names_need_the_encoding_that_they_were_written_for() {
        let (latin, utf8) = (from_to("UTF8", "LATIN1"), from_to("LATIN1", "UTF8"));
        let fits =
            |script: &ClusterScript, foreign: &[Foreign]| check_names(script, foreign).is_ok();
        assert!(fits(&script("muller", "UTF8"), &latin));
        assert!(!fits(&script("Müller", "UTF8"), &latin));
        assert!(fits(&script("Müller", "UTF8"), &[]));
        assert!(fits(
            &script("Müller", "UTF8"),
            &from_to("UTF8", "SQL_ASCII")
        ));
        assert!(fits(&script("Müller", "SQL_ASCII"), &latin));
        assert!(fits(&script("Müller", "SQL_ASCII"), &utf8));
        assert!(!fits(
            &script("Müller", "SQL_ASCII"),
            &from_to("UTF8", "EUC_JP")
        ));
        // As a LATIN1 name is read.
        assert!(!fits(&script("M\u{fffd}ller", "LATIN1"), &utf8));
        assert!(!fits(&script("M\u{fffd}ller", "SQL_ASCII"), &utf8));
    }

    #[test]
    fn contents_are_converted_unless_the_script_says_otherwise() {
        let left_out = |encoding, target| {
            let foreign = from_to("UTF8", target);
            taking_no_contents(&script("a", encoding), &foreign).count()
        };
        assert_eq!(left_out("UTF8", "LATIN1"), 0);
        assert_eq!(left_out("SQL_ASCII", "LATIN1"), 1);
        assert_eq!(left_out("SQL_ASCII", "SQL_ASCII"), 0);
    }
}
