//! What a CLUSTER restore finds on its target: what the script is not to make again there, and what it cannot.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::tool::Tools;

use crate::archive::Client;
use crate::cluster::{self, ClusterScript};
use crate::cluster_terms::{EVERYWHERE, Terms};
use crate::fitting::Told;
use crate::prepare::Inputs;
use crate::{checks, existing_roles, fitting};

/// The terms on which the script is run, and what an operator is told of them.
pub(crate) async fn terms(
    inputs: &Inputs<'_>,
    script: &ClusterScript,
    client: &Client,
    tools: &mut Tools<'_>,
) -> Result<(Terms, Told), Failure> {
    let target = inputs.target;
    let all: Vec<String> = target.facts.roles.iter().cloned().collect();
    let there = existing_roles::of_target(target, &all).await?;
    let terms = Terms {
        knows: fitting::knows(target, &BTreeMap::new(), &there),
        tablespaces: target.facts.tablespaces.clone(),
        refused_settings: client.refused_settings.clone(),
        closed: closed(inputs).await?,
    };
    let (path, on) = (inputs.backup.dump_file.clone(), terms.clone());
    let judging = tokio::task::spawn_blocking(move || cluster::judge(&path, &on));
    let judged = tools.bounds().within("read the script", judging).await?;
    let judged = judged.map_err(Failure::failed)?.map_err(|error| {
        checks::refuse(
            &format!("The script can no longer be read to its end: {error}."),
            "Restore another backup.",
        )
    })?;
    fitting::check(target, &judged.refused)?;
    fitting::check_collations(target, &script.collations)?;
    let told = Told {
        warnings: judged
            .left_out
            .iter()
            .map(|what| format!("left out: {what}"))
            .collect(),
        differences: existing_roles::differences(&script.attributes, &there, target),
        close_public: false,
    };
    Ok((terms, told))
}

/// Of the databases that every node has those in which the target holds something: they are not written into.
async fn closed(inputs: &Inputs<'_>) -> Result<BTreeSet<String>, Failure> {
    const DOING: &str = "ask the target what its databases hold";
    let mut closed = BTreeSet::new();
    for name in EVERYWHERE {
        let takes_sessions = inputs
            .target
            .database(name)
            .is_some_and(|database| database.allows_connections);
        if !takes_sessions {
            continue;
        }
        let session = inputs
            .target
            .server
            .connect(name, inputs.env)
            .await
            .map_err(Failure::failed)?;
        let row = session
            .query_one(include_str!("holds_something.sql"), &[])
            .await
            .map_err(doing(DOING))?;
        if row.try_get(0).map_err(doing(DOING))? {
            closed.insert(name.to_owned());
        }
        session.close().await;
    }
    Ok(closed)
}
