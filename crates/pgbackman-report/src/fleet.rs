//! The data of the page, read from one snapshot of the catalogue. Memory does not grow with the number of backups,
//! and for each definition only with what is needed before its runs are read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::heartbeats;
use pgbackman_core::catalogue::attention;
use pgbackman_core::catalogue::backups::files_found::{self, LastLook, NotWhole};
use pgbackman_core::catalogue::nodes::node_databases::{self, UndefinedDatabase};
use pgbackman_core::catalogue::nodes::{self, servers, time_zones};
use pgbackman_core::catalogue::runs::last_restores::{EndedRestore, last_restores};
use pgbackman_core::catalogue::runs::run_history::{
    self, EndedRun, ReportedDefinition, Scope, Space,
};
use pgbackman_core::clock::time_delta;
use pgbackman_core::config::Config;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::schedule::time_zone::Zone;
use tokio_postgres::GenericClient;

use crate::args::Args;
use crate::days::{self, Day, History, Judgement, Measure, Window};
use crate::losing::Losing;
use crate::origin::Origin;

/// Number of last failures, largest and slowest backups shown.
const TOP: usize = 10;
/// Number of last restores shown.
const RESTORES: i64 = 5;
/// Minimum number of days on the page of a new installation: a chart of one day is useless.
const FEWEST_DAYS: u64 = 7;

/// A definition and its runs.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The definition.
    pub definition: ReportedDefinition,
    /// Its runs during the period.
    pub history: History,
}

impl Shown {
    /// The sort key: most urgent problems first.
    fn urgency(&self) -> (Day, u32) {
        let trouble = [Day::Failed, Day::Missing, Day::Warning]
            .iter()
            .filter_map(|what| self.history.counts.get(what))
            .sum();
        (self.history.now.max(Day::Running), trouble)
    }
}

/// All definitions on one day.
#[derive(Debug, Clone, Default)]
pub struct DayTotals {
    /// Number of definitions by the state of their day.
    pub definitions: BTreeMap<Day, u32>,
    /// The bytes written, and the total duration of all runs.
    pub measure: Measure,
}

/// All data of the page.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// The origin of the page.
    pub origin: Origin,
    /// The days of the page.
    pub window: Window,
    /// The servers and nodes that were selected, as they were named.
    pub scope: Vec<String>,
    /// Number of definitions by their current state.
    pub standing: BTreeMap<Day, u32>,
    /// Day by day.
    pub days: Vec<DayTotals>,
    /// The definitions that are shown in detail, problems first.
    pub shown: Vec<Shown>,
    /// Number of definitions that are not shown in detail.
    pub left_out: usize,
    /// The last failure of each definition that has one, newest first.
    pub failures: Vec<(ReportedDefinition, EndedRun)>,
    /// The largest last backups, the largest first.
    pub largest: Vec<(ReportedDefinition, EndedRun)>,
    /// The last backups that took longest, slowest first.
    pub slowest: Vec<(ReportedDefinition, EndedRun)>,
    /// What `pgbackman_status_info --check` finds.
    pub judgement: attention::Judgement,
    /// The limits that it is judged by.
    pub limits: attention::Limits,
    /// How much could be lost.
    pub losing: Losing,
    /// The last restores, the newest first.
    pub restores: Vec<EndedRestore>,
    /// Servers and disks.
    pub space: Vec<Space>,
    /// Databases without a definition.
    pub undefined: Vec<UndefinedDatabase>,
    /// Backups with damaged files.
    pub not_whole: Vec<NotWhole>,
    /// When servers last checked the files of all their backups.
    pub looks: Vec<LastLook>,
}

/// Reads the data in one snapshot.
///
/// # Errors
/// The catalogue's error, or that a selected server, node or time zone does not exist.
pub async fn read(
    session: &mut Session,
    args: &Args,
    origin: Origin,
    config: &Config,
    now: DateTime<Utc>,
) -> Result<Fleet, CatalogError> {
    let grace = time_delta(config.backup_server.missed_run_grace);
    let transaction = run_history::one_moment(session).await?;
    let scope = scope(&transaction, args).await?;
    let definitions = run_history::definitions(&transaction, &scope).await?;
    let window = window(&transaction, args, &scope, now).await?;
    let zones = time_zones::of_servers(&transaction, window.since, now).await?;
    let lives = heartbeats::list(&transaction, None, Some(now)).await?;
    let mut collector = Collector::new(window.clone(), args.limit);
    let mut runs = run_history::runs(&transaction, &scope, window.since).await?;
    let mut next = runs.try_next().await?;
    for definition in definitions {
        let mut own = Vec::new();
        // Both are ordered by definition.
        while let Some(run) = next.take_if(|run| run.definition <= definition.id) {
            if run.definition == definition.id {
                own.push(run);
            }
            next = runs.try_next().await?;
        }
        let utc = Zone::utc();
        let by = Judgement {
            zone: zones.get(&definition.server).unwrap_or(&utc),
            certainty: heartbeats::certainty(definition.server, &lives, None),
            grace,
        };
        collector.add(definition, &own, &by);
    }
    drop(runs);
    let mut undefined = node_databases::without_definition(&transaction).await?;
    if let Some(nodes) = &scope.nodes {
        undefined.retain(|database| nodes.contains(&database.node));
    }
    let space = run_history::space(&transaction, &scope, window.since).await?;
    let (servers, nodes) = (scope.servers.as_deref(), scope.nodes.as_deref());
    let not_whole = files_found::not_whole(&transaction, servers, nodes).await?;
    let looks = files_found::last_looks(&transaction, servers).await?;
    let restores = last_restores(&transaction, &scope, RESTORES).await?;
    let asked = attention::Scope {
        servers: scope.servers.clone(),
        nodes: scope.nodes.clone(),
        definition: None,
    };
    let picture = attention::read::read(&transaction, &asked, config, now).await?;
    let limits = attention::Limits::of_config(config);
    let judgement = attention::judge(&picture, &limits);
    let named = args.server.iter().chain(&args.node).cloned().collect();
    Ok(Fleet {
        origin,
        judgement,
        limits,
        restores,
        not_whole,
        looks,
        ..collector.finish(named, space, undefined)
    })
}

async fn scope(client: &impl GenericClient, args: &Args) -> Result<Scope, CatalogError> {
    let mut found = Scope::default();
    for name in &args.server {
        let server = servers::resolve(client, name).await?;
        found.servers.get_or_insert_default().push(server.id);
    }
    for name in &args.node {
        let node = nodes::resolve(client, name).await?;
        found.nodes.get_or_insert_default().push(node.id);
    }
    Ok(found)
}

/// The days up to today, in the selected time zone, or that of all servers, or UTC.
async fn window(
    client: &impl GenericClient,
    args: &Args,
    scope: &Scope,
    now: DateTime<Utc>,
) -> Result<Window, CatalogError> {
    let zone_name = match &args.time_zone {
        Some(zone) => zone.clone(),
        None => common_zone(&time_zones::names(client).await?, scope),
    };
    let early = now - TimeDelta::days(i64::from(args.days) + 1);
    let zone = time_zones::named(client, &zone_name, early, now)
        .await?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Time zone",
            value: zone_name.clone(),
        })?;
    let last = now.with_timezone(&zone).date_naive();
    let back = |days: u64| last.checked_sub_days(Days::new(days - 1)).unwrap_or(last);
    let asked = back(u64::from(args.days));
    // Before the first backup there is nothing to show.
    let first = match run_history::first_run(client, scope).await? {
        Some(run) => {
            let run = run.with_timezone(&zone).date_naive();
            asked.max(run.min(back(FEWEST_DAYS)))
        }
        None => asked.max(back(FEWEST_DAYS)),
    };
    Ok(Window {
        since: days::beginning(first, &zone),
        zone,
        zone_name,
        now,
        first,
        last,
    })
}

fn common_zone(names: &BTreeMap<ServerId, String>, scope: &Scope) -> String {
    let in_scope = |id: &ServerId| scope.servers.as_ref().is_none_or(|ids| ids.contains(id));
    let zones: BTreeSet<&String> = names
        .iter()
        .filter(|(id, _)| in_scope(id))
        .map(|(_, zone)| zone)
        .collect();
    match zones.into_iter().collect::<Vec<_>>().as_slice() {
        [zone] => (*zone).clone(),
        _ => "UTC".to_owned(),
    }
}

/// Reads one definition after the other.
struct Collector {
    fleet: Fleet,
    limit: usize,
}

impl Collector {
    fn new(window: Window, limit: u32) -> Self {
        Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            fleet: Fleet {
                days: vec![DayTotals::default(); window.len()],
                window,
                origin: Origin::default(),
                judgement: attention::Judgement::default(),
                limits: attention::Limits::default(),
                losing: Losing::default(),
                restores: Vec::new(),
                scope: Vec::new(),
                standing: BTreeMap::new(),
                shown: Vec::new(),
                left_out: 0,
                failures: Vec::new(),
                largest: Vec::new(),
                slowest: Vec::new(),
                space: Vec::new(),
                undefined: Vec::new(),
                not_whole: Vec::new(),
                looks: Vec::new(),
            },
        }
    }

    fn add(&mut self, definition: ReportedDefinition, runs: &[EndedRun], by: &Judgement<'_>) {
        let fleet = &mut self.fleet;
        let history = days::judge(&definition, runs, &fleet.window, by);
        *fleet.standing.entry(history.now).or_default() += 1;
        for (totals, day) in fleet.days.iter_mut().zip(&history.days) {
            *totals.definitions.entry(*day).or_default() += 1;
        }
        for run in runs {
            let seconds = (run.finished - run.started).num_seconds().unsigned_abs();
            if let Some(index) = fleet.window.index(fleet.window.day(run.started)) {
                fleet.days[index].measure.bytes += run.bytes;
                fleet.days[index].measure.seconds += seconds;
            }
        }
        if let Some(failed) = &history.last_failed {
            top(&mut fleet.failures, &definition, failed, |run| {
                run.started.timestamp()
            });
        }
        if let Some(good) = &history.last_good {
            top(&mut fleet.largest, &definition, good, |run| {
                i64::try_from(run.bytes).unwrap_or(i64::MAX)
            });
            top(&mut fleet.slowest, &definition, good, |run| {
                (run.finished - run.started).num_seconds()
            });
        }
        fleet
            .losing
            .add(&definition, history.last_good.as_ref(), fleet.window.now);
        fleet.shown.push(Shown {
            definition,
            history,
        });
        // Sorted occasionally, so that at most twice the limit is kept.
        if fleet.shown.len() > self.limit.saturating_mul(2).max(64) {
            self.keep_urgent();
        }
    }

    fn keep_urgent(&mut self) {
        let fleet = &mut self.fleet;
        fleet.shown.sort_by(|a, b| {
            let place = |shown: &Shown| {
                let definition = &shown.definition;
                (
                    definition.node_fqdn.clone(),
                    definition.port,
                    definition.dbname.clone(),
                    definition.id,
                )
            };
            Reverse(a.urgency())
                .cmp(&Reverse(b.urgency()))
                .then_with(|| place(a).cmp(&place(b)))
        });
        let left_out = fleet.shown.len().saturating_sub(self.limit);
        fleet.left_out += left_out;
        fleet.shown.truncate(self.limit);
    }

    fn finish(
        mut self,
        scope: Vec<String>,
        space: Vec<Space>,
        undefined: Vec<UndefinedDatabase>,
    ) -> Fleet {
        self.keep_urgent();
        Fleet {
            scope,
            space,
            undefined,
            ..self.fleet
        }
    }
}

/// Keeps the [`TOP`] runs by a measure, greatest first.
fn top(
    list: &mut Vec<(ReportedDefinition, EndedRun)>,
    definition: &ReportedDefinition,
    run: &EndedRun,
    measure: impl Fn(&EndedRun) -> i64,
) {
    let at = list.partition_point(|(_, other)| measure(other) >= measure(run));
    if at < TOP {
        list.insert(at, (definition.clone(), run.clone()));
        list.truncate(TOP);
    }
}
