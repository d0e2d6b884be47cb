//! Definitions whose databases are gone from their nodes, or back (`docs/spec/catalogue.md`, "Deleted databases").

use std::collections::BTreeMap;

use pgbackman_core::catalogue::definitions;
use pgbackman_core::catalogue::nodes::missing_databases::{self, CheckedDefinition, QuestionKind};
use pgbackman_core::catalogue::nodes::{self, node_databases};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::{JobStatus, ServerStatus};
use tracing::Instrument as _;

use crate::journal::Journal;
use crate::nodes::gone::{Answer, Identity, Judgement, identity, judge};
use crate::nodes::node_answers::ask_all;
use crate::pass::Pass;

/// In so many passes in a row a database must be missing.
const PASSES: i32 = 3;

pub(super) async fn run(pass: &mut Pass, journal: &mut Journal) -> Result<(), TaskError> {
    let client = &*pass.session;
    let mine = pass
        .ask(definitions::nodes_of_server(client, pass.server.id))
        .await?;
    // A node of which nobody has a definition is checked, too: none of its databases is backed up.
    let nobodys = pass
        .ask(definitions::nodes_without_definitions(client))
        .await?;
    let asked = pass.nodes.iter().filter(|node| {
        node.status == ServerStatus::Running
            && (mine.contains(&node.id) || nobodys.contains(&node.id))
    });
    let mut gone = Vec::new();
    for (node, answer) in ask_all(&pass.daemon, asked.cloned().collect()).await {
        let name = format!("PgSQL node {} ({}:{})", node.id, node.fqdn(), node.port);
        let place = pass.span_of(Some(node.id), None);
        let outcome = match answer {
            Ok(answer) => {
                let looking = look_at(pass, &node, &name, &answer, journal);
                looking.instrument(place.clone()).await
            }
            Err(reason) if nobodys.contains(&node.id) => {
                tracing::debug!(parent: &place, "could not list the databases of {name}: {reason}");
                continue;
            }
            Err(reason) => Err(TaskError::failed(&format!(
                "its databases could not be listed: {reason}"
            ))),
        };
        match outcome {
            Ok(missing) => gone.extend(missing),
            Err(TaskError::Failed(reasons)) => {
                for reason in reasons {
                    place.in_scope(|| journal.problem(&format!("{name}: {reason}")));
                }
            }
            Err(away @ TaskError::Unavailable(_)) => return Err(away),
        }
    }
    pass.certainly_gone.extend(gone);
    Ok(())
}

/// Returns the definitions of this server whose databases are certainly gone.
async fn look_at(
    pass: &Pass,
    node: &PgsqlNode,
    name: &str,
    answer: &Answer,
    journal: &mut Journal,
) -> Result<Vec<DefId>, TaskError> {
    if !is_the_same(pass, node, name, answer, journal).await? {
        return Ok(Vec::new());
    }
    note_databases(pass, node, answer).await?;
    let all = pass
        .ask(missing_databases::definitions(&*pass.session, node.id))
        .await?;
    let judgement = judge(&answer.databases, &all);
    let mine: BTreeMap<DefId, CheckedDefinition> = all
        .into_iter()
        .filter(|definition| definition.server == pass.server.id)
        .map(|definition| (definition.id, definition))
        .collect();
    note_present(pass, name, &judgement, &mine, journal).await?;
    for (id, now) in judgement
        .renamed
        .iter()
        .filter(|(id, _)| mine.contains_key(id))
    {
        of_database(pass, &mine[id]).in_scope(|| {
            journal.problem(&format!(
                "{name}: the database {:?} of definition {id} now has the name {now:?}",
                mine[id].dbname
            ));
        });
    }
    if !may_be_believed(pass, node, name, &judgement, journal).await? {
        return Ok(Vec::new());
    }
    let missing: Vec<DefId> = judgement
        .missing
        .iter()
        .filter(|id| mine.contains_key(id))
        .copied()
        .collect();
    note_missing(pass, name, &missing, &mine, journal).await?;
    Ok(missing)
}

/// What there is, for those who ask which of it nobody backs up.
async fn note_databases(pass: &Pass, node: &PgsqlNode, answer: &Answer) -> Result<(), TaskError> {
    if pass.daemon.dry_run {
        return Ok(());
    }
    let databases = answer.databases.iter();
    let names: Vec<String> = databases
        .filter(|database| !database.is_template && database.allows_connections)
        .map(|database| database.name.clone())
        .collect();
    let (client, as_of) = (&*pass.session, pass.as_of);
    pass.ask(node_databases::note(client, node.id, &names, as_of))
        .await?;
    Ok(())
}

/// Whether the node is the cluster it was; asks if another one answers.
async fn is_the_same(
    pass: &Pass,
    node: &PgsqlNode,
    name: &str,
    answer: &Answer,
    journal: &mut Journal,
) -> Result<bool, TaskError> {
    let (client, server) = (&*pass.session, pass.server.id);
    let found = answer.system_identifier.as_deref();
    match identity(node.system_identifier.as_deref(), found) {
        Identity::Same => {
            withdraw(pass, node, QuestionKind::AnotherCluster).await?;
            Ok(true)
        }
        Identity::Unknown => {
            tracing::debug!(
                "{name} does not report its system identifier, so none of its databases is treated as deleted"
            );
            Ok(false)
        }
        Identity::FirstSeen(found) => {
            if !pass.daemon.dry_run {
                let seen = nodes::record_seen(client, node.id, &found, &answer.major);
                pass.ask(seen).await?;
            }
            Ok(true)
        }
        Identity::Another { known, found } => {
            let question = format!(
                "another cluster responds (system identifier {found} instead of {known}), so its databases are not \
                 checked. If it is the right one, run accept_pgsql_node {}",
                node.id
            );
            let kind = QuestionKind::AnotherCluster;
            if !pass.daemon.dry_run
                && pass
                    .ask(missing_databases::ask(
                        client, server, node.id, kind, &question,
                    ))
                    .await?
            {
                let seen = nodes::record_seen(client, node.id, &found, &answer.major);
                pass.ask(seen).await?;
                withdraw(pass, node, kind).await?;
                journal.noted(&format!(
                    "an operator has accepted {name} with the system identifier {found}"
                ));
                // Its databases are judged from the next pass on.
                return Ok(false);
            }
            journal.problem(&format!("{name}: {question}"));
            Ok(false)
        }
    }
}

/// Whether so many databases may be missing; asks where it is more than half of them.
async fn may_be_believed(
    pass: &Pass,
    node: &PgsqlNode,
    name: &str,
    judgement: &Judgement,
    journal: &mut Journal,
) -> Result<bool, TaskError> {
    let kind = QuestionKind::MostMissing;
    if !judgement.most_are_missing() {
        withdraw(pass, node, kind).await?;
        return Ok(true);
    }
    let names: Vec<String> = judgement
        .missing_databases
        .iter()
        .take(20)
        .map(|name| format!("{name:?}"))
        .collect();
    let question = format!(
        "{} of {} databases have disappeared at once ({}), so their definitions are not changed. If the databases were \
         really deleted, run accept_pgsql_node {}",
        judgement.missing_databases.len(),
        judgement.known_databases,
        names.join(", "),
        node.id
    );
    if !pass.daemon.dry_run
        && pass
            .ask(missing_databases::ask(
                &*pass.session,
                pass.server.id,
                node.id,
                kind,
                &question,
            ))
            .await?
    {
        return Ok(true);
    }
    journal.problem(&format!("{name}: {question}"));
    Ok(false)
}

async fn withdraw(pass: &Pass, node: &PgsqlNode, kind: QuestionKind) -> Result<(), TaskError> {
    if pass.daemon.dry_run {
        return Ok(());
    }
    let (client, server) = (&*pass.session, pass.server.id);
    pass.ask(missing_databases::withdraw(client, server, node.id, kind))
        .await?;
    Ok(())
}

/// Databases that are there: what was counted against them is forgotten, and one that had been gone is back.
async fn note_present(
    pass: &Pass,
    name: &str,
    judgement: &Judgement,
    mine: &BTreeMap<DefId, CheckedDefinition>,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    let client = &*pass.session;
    let changed = |id: &&DefId| {
        mine.get(*id).is_some_and(|definition| {
            definition.missing_passes > 0 || definition.status == JobStatus::Deleted
        })
    };
    let changed: Vec<DefId> = judgement.present.iter().filter(changed).copied().collect();
    let oids: Vec<(DefId, u32)> = judgement
        .oids
        .iter()
        .filter(|(id, _)| mine.contains_key(id))
        .copied()
        .collect();
    if pass.daemon.dry_run {
        for id in changed {
            journal.noted(&format!(
                "{name}: the database {:?} of definition {id} exists",
                mine[&id].dbname
            ));
        }
        return Ok(());
    }
    if !oids.is_empty() {
        pass.ask(missing_databases::note_oids(client, &oids))
            .await?;
    }
    if !changed.is_empty() {
        let back = pass
            .ask(missing_databases::note_present(client, &changed))
            .await?;
        for id in back {
            of_database(pass, &mine[&id]).in_scope(|| {
                journal.noted(&format!(
                    "{name}: the database {:?} exists again; definition {id} is ACTIVE again",
                    mine[&id].dbname
                ));
            });
        }
    }
    Ok(())
}

async fn note_missing(
    pass: &Pass,
    name: &str,
    missing: &[DefId],
    mine: &BTreeMap<DefId, CheckedDefinition>,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    let new: Vec<DefId> = missing
        .iter()
        .filter(|id| mine[id].status != JobStatus::Deleted)
        .copied()
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    if pass.daemon.dry_run {
        for id in new {
            journal.noted(&format!(
                "{name}: the database {:?} of definition {id} is missing (also in {} earlier passes; after {PASSES} \
                 passes the definition would be DELETED)",
                mine[&id].dbname, mine[&id].missing_passes
            ));
        }
        return Ok(());
    }
    let deleted = pass
        .ask(missing_databases::note_missing(
            &*pass.session,
            &new,
            PASSES,
        ))
        .await?;
    for id in deleted {
        of_database(pass, &mine[&id]).in_scope(|| {
            journal.noted(&format!(
                "{name}: the database {:?} no longer exists; definition {id} is DELETED, and its backups are kept for \
                 the node's quarantine period",
                mine[&id].dbname
            ));
        });
    }
    Ok(())
}

/// A line about one database; the node is known from around it.
fn of_database(pass: &Pass, definition: &CheckedDefinition) -> tracing::Span {
    pass.span_of(None, Some(&definition.dbname))
}
