//! What a backup says it will need of the node it is restored on.

use pgbackman_core::domain::locale::LocaleProvider;
use pgbackman_core::domain::restore::backup_needs::BackupNeeds;
use pgbackman_tests::postgres::{Cluster, Version};

use super::support::Lab;

/// Tablespaces without a directory of their own exist since 15, for tests.
const CLUSTER: &str = "SET allow_in_place_tablespaces = on; \
    \nCREATE TABLESPACE \"Fast\" LOCATION ''; \
    \nCREATE TABLESPACE unused LOCATION ''; \
    \nCREATE ROLE shop_rw REPLICATION; \
    \nCREATE ROLE shop_ro; \
    \nCREATE DATABASE \"Orders\" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';";

const DATABASE: &str = "CREATE TABLE orders (id int PRIMARY KEY) TABLESPACE \"Fast\"; \
    \nCREATE VIEW all_orders AS SELECT * FROM orders; \
    \nGRANT SELECT ON orders TO shop_ro, shop_rw;";

fn newest(lab: &Lab<'_>) -> BackupNeeds {
    let manifests = lab.assert_only_complete_backups();
    let newest = manifests
        .iter()
        .max_by_key(|manifest| manifest.backup.started)
        .unwrap();
    let context = &newest.backup.context;
    BackupNeeds::from_context(context).unwrap_or_else(|| panic!("no needs in {context}"))
}

#[test]
fn a_backup_knows_encoding_locale_extensions_tablespaces_roles_and_size() {
    for version in Version::ALL {
        let cluster = Cluster::private(version);
        cluster.psql_script("postgres", CLUSTER);
        cluster.psql_script("Orders", DATABASE);
        let lab = Lab::new(&cluster);
        lab.define("Orders", "FULL").succeed();
        let needs = newest(&lab);
        let [database] = &needs.databases[..] else {
            panic!("{needs:?}")
        };
        assert_eq!(database.name, "Orders");
        assert_eq!(database.encoding, "LATIN1");
        assert_eq!(database.provider, LocaleProvider::Libc);
        assert_eq!((&*database.collate, &*database.ctype), ("C", "C"));
        assert_eq!(database.tablespace, None);
        let extensions: Vec<_> = needs
            .extensions
            .iter()
            .flatten()
            .map(|e| &*e.name)
            .collect();
        assert_eq!(extensions, ["plpgsql"]);
        assert_eq!(needs.tablespaces, ["Fast"]);
        assert_eq!(needs.privileged_roles, ["postgres", "shop_rw"]);
        assert_eq!(needs.objects, Some(2));
        assert!(needs.size.unwrap() > 1_000_000);
        // The catalogue has the same, for machines without the files.
        let catalogued = lab.catalogued("run_context -> 'needs'").remove(0);
        let catalogued: BackupNeeds = serde_json::from_str(&catalogued).unwrap();
        assert_eq!(catalogued, needs);

        lab.define("Orders", "RDS").succeed();
        assert_eq!(newest(&lab).tablespaces, ["Fast"]);

        lab.define("", "CLUSTER").succeed();
        let needs = newest(&lab);
        let names: Vec<_> = needs
            .databases
            .iter()
            .map(|database| &*database.name)
            .collect();
        assert_eq!(names, ["Orders", "postgres", "template1"]);
        assert_eq!(needs.tablespaces, ["Fast", "unused"]);
        assert_eq!(needs.extensions, None);
    }
}
