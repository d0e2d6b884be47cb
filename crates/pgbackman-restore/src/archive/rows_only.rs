//! What rows meet that go into tables that are there: sequences of their columns, whose positions come with the rows, and
//! triggers, which fire (an audit trigger writes its rows a second time).

use std::collections::BTreeSet;

use pgbackman_core::conninfo::Session;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::archive_list::ArchiveList;

use crate::backup::inputs::Inputs;

const DOING: &str = "read the target's tables";

/// Triggers that fire on INSERT: schema, table, name.
const FIRED: &str = include_str!("fired_triggers.sql");

/// Sequences with the columns' tables.
const OWNED: &str = include_str!("owned_sequences.sql");

/// A schema and a name, as an archive's list shows them.
pub(crate) type Named = (String, String);

/// What there is.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// Tables, each with a sequence of one of its columns.
    pub(crate) sequences: BTreeSet<(Named, Named)>,
    triggers: Vec<(Named, String)>,
}

impl Met {
    /// Asks the target's database.
    pub(crate) async fn ask(inputs: &Inputs<'_>) -> Result<Self, Failure> {
        let session = inputs
            .restore
            .target
            .server
            .connect(&inputs.restore.args.target_dbname, inputs.restore.env)
            .await
            .map_err(Failure::failed)?;
        let met = Self {
            sequences: rows::<4>(&session, OWNED)
                .await?
                .into_iter()
                .map(|[schema, table, of, sequence]| ((schema, table), (of, sequence)))
                .collect(),
            triggers: rows::<3>(&session, FIRED)
                .await?
                .into_iter()
                .map(|[schema, table, trigger]| ((schema, table), trigger))
                .collect(),
        };
        session.close().await;
        Ok(met)
    }

    /// The triggers on the tables whose rows are restored.
    pub(crate) fn fired(&self, list: &ArchiveList) -> Vec<String> {
        let restored = list.tables_with_data();
        self.triggers
            .iter()
            .filter(|((schema, table), _)| restored.contains(&(schema.as_str(), table.as_str())))
            .map(|((schema, table), trigger)| format!("{trigger} on {schema}.{table}"))
            .collect()
    }
}

async fn rows<const N: usize>(session: &Session, sql: &str) -> Result<Vec<[String; N]>, Failure> {
    let rows = session.query(sql, &[]).await.map_err(doing(DOING))?;
    let mut read = Vec::new();
    for row in &rows {
        let mut names = std::array::from_fn(|_| String::new());
        for (at, name) in names.iter_mut().enumerate() {
            let text: String = row.try_get(at).map_err(doing(DOING))?;
            *name = text.replace(['\n', '\r'], " ");
        }
        read.push(names);
    }
    Ok(read)
}
