//! The shell's lists: the cells as the shell shows them, filters as parameters, streaming after the widths.

use futures_util::StreamExt as _;
use pgbackman_core::catalogue::reports::{self, CatalogFilter, Cells, Filter, Report};
use pgbackman_core::catalogue::{backups, definitions};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::{BckId, DefId};
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::legacy::{self, Legacy};
use super::model::{self, new_definition, noon, result};

/// The first row as (heading, cell).
async fn first(client: &Client, report: &Report) -> Vec<(&'static str, Option<String>)> {
    let row = report.rows(client, Cells::Shown).await.unwrap().remove(0);
    report
        .layout()
        .columns
        .iter()
        .map(|column| column.heading)
        .zip(row)
        .collect()
}

fn cell<'a>(row: &'a [(&str, Option<String>)], heading: &str) -> Option<&'a str> {
    let found = row.iter().find(|(name, _)| *name == heading);
    found
        .unwrap_or_else(|| panic!("no column {heading}"))
        .1
        .as_deref()
}

/// Every list, with filters that let everything pass.
fn all() -> Vec<Report> {
    let filter = Filter::default();
    vec![
        reports::backup_servers(),
        reports::pgsql_nodes(),
        reports::backup_definitions(&filter),
        reports::snapshot_definitions(&filter),
        reports::restore_definitions(&filter),
        reports::backup_catalog(&CatalogFilter::default()),
        reports::restore_catalog(&filter),
        reports::backup_details(BckId::new(1)),
        reports::restore_details("1".parse().unwrap()),
        reports::snapshots_in_progress(),
        reports::restores_in_progress(),
        reports::clones(&filter),
        reports::jobs_queue(),
        reports::empty_backup_catalogs(),
        reports::backup_server_config("1".parse().unwrap()),
        reports::pgsql_node_config("1".parse().unwrap()),
        reports::pgbackman_stats(),
        reports::backup_server_stats("1".parse().unwrap()),
        reports::pgsql_node_stats("1".parse().unwrap()),
    ]
}

/// Columns of a terminal, for the characters that occur here: Chinese ones take two, a control character is escaped.
fn measure(cell: &str) -> usize {
    cell.chars()
        .map(|character| match character {
            '\u{4e00}'..'\u{9fff}' | '\n' => 2,
            _ => 1,
        })
        .sum()
}

#[tokio::test]
async fn every_list_works_on_every_server_and_its_widths_hold() {
    for version in Version::ALL {
        let database = legacy::database(Cluster::shared(version), Legacy::V3);
        let mut client = model::owner(&database).await;
        pgbackman_core::catalogue::schema::migrate::upgrade(&mut client)
            .await
            .unwrap();
        client
            .batch_execute(
                "UPDATE backup_definition SET dbname = E'数据库\\nação' WHERE def_id = 1;\n\
                 SELECT register_clone(server_id, node_id, E'数据库', node_id, 'copy', NULL, now(), '', '1 day') \
                 FROM backup_server, pgsql_node LIMIT 1",
            )
            .await
            .unwrap();
        for report in all() {
            let name = report.layout().name;
            let open = report.open(&mut client).await.unwrap();
            let extent = open
                .extent(measure, |_| false)
                .await
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let widths = extent.widths;
            assert_eq!(widths.len(), report.layout().columns.len(), "{name}");
            let mut greatest = vec![0; widths.len()];
            let mut rows = open.stream(Cells::Shown).await.unwrap();
            let mut count = 0;
            while let Some(row) = rows.next().await {
                for (index, text) in row.unwrap().into_iter().enumerate() {
                    let text = text.unwrap_or_default();
                    greatest[index] = greatest[index].max(measure(&text));
                }
                count += 1;
            }
            drop(rows);
            open.close().await.unwrap();
            assert_eq!(count, extent.rows, "{name}");
            assert!(
                count > 0 || name.ends_with("in_progress"),
                "{name} is empty"
            );
            assert_eq!(widths, greatest, "{name}");
        }
    }
}

#[tokio::test]
async fn cells_are_what_the_shell_shows() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    client.batch_execute("SET TimeZone = 'UTC'").await.unwrap();
    let mut one = result(&small, BackupOrigin::Definition(small.definition), noon(20));
    one.started -= chrono::TimeDelta::days(1) + chrono::TimeDelta::milliseconds(200);
    backups::register_result(&client, &one).await.unwrap();

    let servers = first(&client, &reports::backup_servers()).await;
    assert_eq!(cell(&servers, "SrvID"), Some("00001"));
    assert_eq!(cell(&servers, "FQDN"), Some("backup1.example.org"));
    let nodes = first(&client, &reports::pgsql_nodes()).await;
    assert_eq!(
        nodes
            .iter()
            .map(|(_, text)| text.as_deref().unwrap())
            .collect::<Vec<_>>(),
        [
            "000001",
            "node1.example.org",
            "5432",
            "postgres",
            "RUNNING",
            ""
        ]
    );
    let definition = first(&client, &reports::backup_definitions(&Filter::default())).await;
    assert_eq!(cell(&definition, "DefID"), Some("00000000001"));
    assert_eq!(cell(&definition, "Schedule"), Some("41 1 * * *"));
    assert_eq!(cell(&definition, "Retention"), Some("7 days (1)"));

    let backup = first(&client, &reports::backup_catalog(&CatalogFilter::default())).await;
    assert_eq!(
        backup
            .iter()
            .map(|(_, text)| text.as_deref())
            .collect::<Vec<_>>(),
        [
            Some("000000001"),
            Some("000000001"),
            None,
            Some("2026-11-20 12:00:00+00:00"),
            Some("1"),
            Some("backup1.example.org"),
            Some("1"),
            Some("node1.example.org"),
            Some("shop"),
            Some("1 day, 0:00:06"),
            Some("3955 bytes"),
            Some("FULL"),
            Some("CRON"),
            Some("SUCCEEDED"),
            None,
        ]
    );
    let details = first(&client, &reports::backup_details(BckId::new(1))).await;
    assert_eq!(cell(&details, "BckID"), Some("000000000001"));
    assert_eq!(cell(&details, "DefID"), Some("00000001"));
    assert_eq!(
        cell(&details, "On disk until"),
        Some("2026-11-27 12:00:00+00:00")
    );
    assert_eq!(
        cell(&details, "Backup server (ID/FQDN)"),
        Some("[1] / backup1.example.org")
    );
    assert_eq!(
        cell(&details, "DB dump file (size)"),
        Some("/srv/pgbackman/pgsql_node_1/dump/DATABASE.sql (2850 bytes)")
    );
    assert_eq!(cell(&details, "Role list"), Some("shop_ro, shop_rw"));
    assert!(
        reports::backup_details(BckId::new(99))
            .rows(&client, Cells::Shown)
            .await
            .unwrap()
            .is_empty()
    );

    let stats = first(&client, &reports::pgbackman_stats()).await;
    assert_eq!(cell(&stats, "Running PgSQL nodes"), Some("1"));
    assert_eq!(cell(&stats, "Succeeded backups in catalog"), Some("1"));
    assert_eq!(
        cell(&stats, "Total size of backups in catalog"),
        Some("3955 bytes")
    );
    let stats = first(&client, &reports::pgsql_node_stats(small.node)).await;
    assert_eq!(cell(&stats, "PgSQL node"), Some("[1] node1.example.org"));
}

#[tokio::test]
async fn trap_17_filters_are_parameters_and_combine_with_and() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let other = model::node(&client, "node2").await;
    let hostile = ["it's", "a,b", "x'); DROP TABLE alerts; --", "all", "Orders"];
    let new: Vec<_> = hostile
        .iter()
        .map(|name| new_definition(small.server, other, name))
        .collect();
    definitions::register_all(&client, &new).await.unwrap();

    let found = async |filter: &Filter| -> Vec<String> {
        let rows = reports::backup_definitions(filter)
            .rows(&client, Cells::Shown)
            .await
            .unwrap();
        let mut names: Vec<String> = rows
            .into_iter()
            .map(|mut row| row.remove(5).unwrap())
            .collect();
        names.sort();
        names
    };
    for name in hostile {
        let filter = Filter {
            dbnames: Some(vec![name.to_owned()]),
            ..Filter::default()
        };
        assert_eq!(found(&filter).await, [name]);
    }
    let both = Filter {
        dbnames: Some(vec!["shop".to_owned(), "all".to_owned()]),
        ..Filter::default()
    };
    assert_eq!(found(&both).await, ["all", "shop"]);
    let of_node = Filter {
        nodes: Some(vec![other]),
        ..both.clone()
    };
    assert_eq!(found(&of_node).await, ["all"]);
    let of_nobody = Filter {
        servers: Some(vec![]),
        ..Filter::default()
    };
    assert_eq!(found(&of_nobody).await, Vec::<String>::new());
    assert_eq!(found(&Filter::default()).await.len(), 6);
}

#[tokio::test]
async fn backups_come_newest_first_and_by_status_and_definition() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    for (day, status) in [
        (3, ExecutionStatus::Error),
        (5, ExecutionStatus::Succeeded),
        (4, ExecutionStatus::Warning),
    ] {
        let mut one = result(
            &small,
            BackupOrigin::Definition(small.definition),
            noon(day),
        );
        one.status = status;
        backups::register_result(&client, &one).await.unwrap();
    }
    let found = async |filter: &CatalogFilter| -> Vec<String> {
        let rows = reports::backup_catalog(filter)
            .rows(&client, Cells::Shown)
            .await
            .unwrap();
        rows.into_iter()
            .map(|mut row| row.remove(13).unwrap())
            .collect()
    };
    assert_eq!(
        found(&CatalogFilter::default()).await,
        ["SUCCEEDED", "WARNING", "ERROR"]
    );
    let faulty = CatalogFilter {
        statuses: Some(vec![ExecutionStatus::Error, ExecutionStatus::Warning]),
        definitions: Some(vec![small.definition]),
        ..CatalogFilter::default()
    };
    assert_eq!(found(&faulty).await, ["WARNING", "ERROR"]);
    let of_another = CatalogFilter {
        definitions: Some(vec![DefId::new(99)]),
        ..faulty
    };
    assert_eq!(found(&of_another).await, Vec::<String>::new());
}

#[tokio::test]
async fn widths_and_rows_are_of_one_snapshot() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let mut client = model::owner(&database).await;
    let other = model::owner(&database).await;
    model::server(&client, "b").await;
    let report = reports::backup_servers();
    let open = report.open(&mut client).await.unwrap();
    let widths = open.extent(measure, |_| false).await.unwrap().widths;
    model::server(&other, "a-much-longer-name").await;
    let rows: Vec<_> = open.stream(Cells::Shown).await.unwrap().collect().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(widths[1], "b.example.org".len());
    open.close().await.unwrap();
    assert_eq!(report.rows(&client, Cells::Shown).await.unwrap().len(), 2);
}
