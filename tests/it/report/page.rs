//! What the page says, for whatever names, and when there is none.

use std::fs;

use chrono::Utc;
use html5gum::{Token, Tokenizer};
use pgbackman_tests::demo_fleet::DemoFleet;
use pgbackman_tests::sandbox::Sandbox;

use super::page;
use crate::dump::support::literal;

/// Names that would be markup, or worse, if they were not escaped.
const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "</title></style></script><b>",
    "\"><img src=x onerror=alert(1)>",
    "' onload='alert(1)",
    "&lt;b&gt; &amp; &#60;",
    "<!-- --><![CDATA[ ]]>",
    "{{ x }} ${y} <% z %>",
    "javascript:alert(1)",
    "Ørsta 日本 \u{1f4a5}",
];

/// Tags with the names of their attributes, and all text: what a browser makes of it.
fn parsed(html: &str) -> (Vec<String>, String) {
    let (mut tags, mut text) = (Vec::new(), String::new());
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                let attributes: Vec<String> = tag
                    .attributes
                    .keys()
                    .map(|key| String::from_utf8_lossy(key).into_owned())
                    .collect();
                tags.push(format!(
                    "{} {}",
                    String::from_utf8_lossy(&tag.name),
                    attributes.join(" ")
                ));
            }
            Token::EndTag(tag) => tags.push(format!("/{}", String::from_utf8_lossy(&tag.name))),
            Token::String(string) => text.push_str(&String::from_utf8_lossy(&string)),
            Token::Comment(comment) => panic!("a comment: {comment:?}"),
            Token::Error(error) => panic!("not HTML: {error:?}"),
            Token::Doctype(_) => {}
        }
    }
    (tags, text)
}

/// A sandbox whose every name is one of these: databases, paths, messages, time zones left out.
fn named(names: &[&str]) -> Sandbox<'static> {
    let sandbox = Sandbox::new();
    let catalogue = sandbox.catalogue();
    catalogue.psql(
        "SELECT register_backup_server('backup1', 'example.net', 'RUNNING', ''); SELECT register_pgsql_node('pg1', 'example.net', 5432, 'postgres', 'RUNNING', '')",
    );
    for name in names {
        let name = literal(name);
        catalogue.psql(&format!(
            "WITH definition AS (
                 INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, job_status, minutes_cron, hours_cron)
                 VALUES (1, 1, {name}, 'FULL', 'STOPPED', '1', '1') RETURNING def_id, dbname
             )
             INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, pg_dump_file_size, global_log_file,
                 execution_status, execution_method, error_message)
             SELECT def_id, 1, 1, dbname, now() - n * interval '1 day', now() - n * interval '1 day', 1000, '',
                 CASE n WHEN 1 THEN 'ERROR' ELSE 'SUCCEEDED' END, 'CRON', {name}
             FROM definition, generate_series(1, 2) AS n;
             SELECT note_partition_space(1, jsonb_build_array(jsonb_build_object('path', '/' || {name}, 'total_bytes', 9, 'free_bytes', 5, 'node_ids', '[1]'::jsonb)), '{{}}', now())"
        ));
    }
    let undefined: Vec<String> = names
        .iter()
        .map(|name| literal(&format!("{name}!")))
        .collect();
    catalogue.psql(&format!(
        "SELECT note_node_databases(1, ARRAY[{}], now())",
        undefined.join(", ")
    ));
    sandbox
}

#[test]
fn trap_15_hostile_names_are_text_and_nothing_else() {
    let harmless: Vec<String> = (0..HOSTILE.len())
        .map(|number| format!("n{number}"))
        .collect();
    let harmless: Vec<&str> = harmless.iter().map(String::as_str).collect();
    let (expected, _) = parsed(&page(&named(&harmless), &[]));
    let (tags, text) = parsed(&page(&named(&HOSTILE), &[]));
    assert_eq!(tags, expected, "a name has become markup");
    for name in HOSTILE {
        // In the list above, in the failures, and in its own article.
        assert!(
            text.matches(name).count() >= 3,
            "{name} is not shown as it is"
        );
        assert!(
            text.contains(&format!("{name}!")),
            "{name}! is not shown as it is"
        );
    }
}

#[test]
fn the_page_of_a_fleet_tells_what_the_catalogue_knows() {
    let sandbox = Sandbox::new();
    DemoFleet::forty(6, Utc::now()).write_into(sandbox.catalogue());
    let html = page(&sandbox, &[]);
    let (tags, text) = parsed(&html);
    for part in [
        "40 definitions",
        "failed",
        "missing",
        "running now",
        "2 databases not backed up",
        "scratch",
        "/srv/pgbackman on backup1.example.net",
        "lock timeout",
        "Times are in the zone UTC",
        "Backups of example.net",
        "age of the newest usable backup, at most",
        "duration of the last restore",
        "missed: cron never started it",
        "alerts on backup2.example.net",
    ] {
        assert!(text.contains(part), "{part:?} is not in the page");
    }
    let articles = tags
        .iter()
        .filter(|tag| tag.starts_with("article") && tag.contains("data-words"));
    assert_eq!(articles.count(), 40);
    // Nothing is fetched, and nothing is styled or run but by the page's own style and script.
    assert!(!html.contains("http://") && !html.contains("https://"));
    assert_eq!(
        tags.iter().filter(|tag| tag.starts_with("script")).count(),
        1
    );
    assert!(
        !tags
            .iter()
            .any(|tag| tag.contains(" style") || tag.contains(" on"))
    );

    // What is left out is counted.
    let (tags, text) = parsed(&page(
        &sandbox,
        &["--limit", "5", "--node", "pg2.example.net"],
    ));
    let articles = tags
        .iter()
        .filter(|tag| tag.starts_with("article") && tag.contains("data-words"));
    assert_eq!(articles.count(), 5);
    assert!(text.contains("10 definitions") && text.contains("5 more definitions"));
    assert!(text.contains("Only pg2.example.net"));
    let (_, text) = parsed(&page(
        &sandbox,
        &["--days", "7", "--time-zone", "Europe/Oslo"],
    ));
    assert!(text.contains("7 days to") && text.contains("Europe/Oslo"));
}

#[test]
fn the_page_says_what_is_urgent_first_and_where_it_comes_from() {
    let sandbox = Sandbox::new();
    DemoFleet::forty(6, Utc::now()).write_into(sandbox.catalogue());
    let html = page(&sandbox, &[]);
    let (_, text) = parsed(&html);
    let at = |part: &str| {
        text.find(part)
            .unwrap_or_else(|| panic!("{part:?} is not in the page"))
    };
    let places = [
        "Needs attention",
        "Disks",
        "Last failures, one per definition",
        "Losing and restoring",
        "Databases not backed up",
        "Backup files",
        "Definitions per day (",
        "Largest backups",
    ];
    let places: Vec<usize> = places.iter().map(|part| at(part)).collect();
    assert!(places.is_sorted(), "{places:?}");
    // Three failures, and the others behind a click.
    let (open, folded) = html[html.find("Last failures").unwrap()..]
        .split_once("<details>")
        .unwrap();
    assert_eq!(open.matches("<li>").count(), 3);
    assert!(folded.starts_with("<summary>"));
    // Restores with what they took, and the one disk that will be full.
    at("_check on pg4.example.net");
    at("1 more disk without problems");
    at("Full in ");
    let footer = &text[text.rfind("PgBackMan 2.0.0, pgbackman_report on ").unwrap()..];
    assert!(footer.contains("Catalogue: ") && footer.contains(" as of "));
    assert!(html.contains("<title>Backups of example.net, "));
    let named = page(&sandbox, &["--site", "Oslo <b>"]);
    assert!(named.contains("<title>Backups of Oslo &lt;b&gt;, "));
}

#[test]
fn nothing_needs_attention_only_if_that_is_true() {
    let sandbox = named(&["shop"]);
    let catalogue = sandbox.catalogue();
    catalogue.psql(
        "UPDATE backup_catalog SET execution_status = 'SUCCEEDED', error_message = NULL; UPDATE backup_definition SET job_status = 'ACTIVE'",
    );
    let (_, text) = parsed(&page(&sandbox, &[]));
    // The last backup of every definition succeeded, and the daemons were never seen.
    assert!(!text.contains("Nothing: "), "{text}");
    assert!(text.contains("control on backup1.example.net"), "{text}");
    // The days begin with the first backup.
    assert!(text.contains("7 days to "), "{text}");
    catalogue.psql(
        "SELECT note_partition_space(1, '[{\"path\": \"/srv\", \"total_bytes\": 900000000000, \"free_bytes\": 0, \"node_ids\": [1]}]', '{}', now())",
    );
    let (_, text) = parsed(&page(&sandbox, &[]));
    assert!(text.contains("Full: 0 bytes free"), "{text}");
    assert!(!text.contains("Full within a day"), "{text}");
}

#[test]
fn f1_the_page_and_the_check_have_one_judgement() {
    let sandbox = named(&["shop"]);
    let catalogue = sandbox.catalogue();
    catalogue.psql(
        "UPDATE backup_catalog SET execution_status = 'SUCCEEDED', error_message = NULL; \
         UPDATE backup_definition SET job_status = 'ACTIVE'; \
         UPDATE pgsql_node_config SET value = 'dba@example.net' WHERE parameter = 'logs_email'; \
         SELECT note_node_databases(1, '{shop}', now()); \
         SELECT note_sign_of_life(1, daemon, '2.0.0', 1, '1 hour', '5 min', '{}', NULL) \
         FROM unnest('{control,maintenance}'::text[]) AS daemon",
    );
    let disk = |free: u32| {
        catalogue.psql(&format!(
            "SELECT note_partition_space(1, '[{{\"path\": \"/srv\", \"total_bytes\": 1000, \"free_bytes\": {free}, \"node_ids\": [1]}}]', \
             '{{}}', now())"
        ));
    };
    let check = || {
        let said = sandbox.run("pgbackman_status_info", ["--check"]).stdout;
        let (_, said) = said.split_once(" - ").unwrap();
        let (problems, _) = said.split_once(" |").unwrap();
        problems.to_owned()
    };
    disk(500);
    for (change, words) in [
        // Little room, though nothing is known of when it is full.
        ("", "/srv on backup1.example.net has 4.0 % free"),
        (
            "UPDATE pgsql_node SET status = 'STOPPED'",
            "is STOPPED: 1 ACTIVE backup definition on it does not run",
        ),
        (
            "UPDATE pgsql_node SET window_until = '2036-01-01 04:30Z'",
            "is in a maintenance window until 2036-01-01 04:30 UTC (1 backup definition)",
        ),
    ] {
        if change.is_empty() {
            disk(40);
        } else {
            catalogue.psql(change);
        }
        let problems = check();
        assert!(problems.contains(words), "{change}: {problems}");
        let (_, text) = parsed(&page(&sandbox, &[]));
        for problem in problems.split("; ") {
            assert!(text.contains(problem), "{change}: {problem:?}: {text}");
        }
        assert!(!text.contains("Nothing: "), "{text}");
    }
    disk(500);
    let problems = check();
    let (_, text) = parsed(&page(&sandbox, &[]));
    // A window needs no attention.
    assert!(
        text.contains("Nothing: every scheduled definition")
            && text.contains("2036-01-01 04:30 UTC"),
        "{problems}: {text}"
    );
}

#[test]
fn d1_the_page_tells_of_damaged_backups_and_of_a_look_that_does_not_happen() {
    let sandbox = named(&["shop"]);
    let (_, text) = parsed(&page(&sandbox, &[]));
    assert!(text.contains("No backup is known to be damaged."), "{text}");
    sandbox.catalogue().psql(
        "SELECT record_looks_at_files(now(), array_agg(bck_id), array_agg('damaged'::text), array_agg('<b>/srv/x</b> is missing'::text)) \
         FROM backup_catalog; \
         INSERT INTO file_look (backup_server_id, begun, ended) VALUES (1, now(), now() - interval '3 days')",
    );
    let (tags, text) = parsed(&page(&sandbox, &[]));
    for part in [
        "1 backups damaged",
        "1 backup damaged",
        "BckID 2: <b>/srv/x</b> is missing",
        "backup1.example.net has not checked the files of all its backups since",
    ] {
        assert!(text.contains(part), "{part:?}: {text}");
    }
    assert!(
        !tags.iter().any(|tag| tag.starts_with("td b")),
        "markup from a name"
    );
}

#[test]
fn a_page_is_replaced_whole_or_not_at_all() {
    let sandbox = Sandbox::new();
    let file = sandbox.path().join("page.html");
    let path = file.to_str().unwrap();
    sandbox.run("pgbackman_report", ["--html", path]).success();
    let first = fs::read_to_string(&file).unwrap();
    assert!(first.contains("There are no backup definitions.") && first.ends_with("</html>\n"));
    let refused = |arguments: &[&str], words: &str| {
        let all = [&["--html", path], arguments].concat();
        let output = sandbox.run("pgbackman_report", all);
        assert_ne!(output.code, 0);
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
    };
    refused(&["--server", "nowhere.example.net"], "nowhere.example.net");
    refused(&["--node", "nowhere.example.net"], "nowhere.example.net");
    refused(&["--time-zone", "Mars/Olympus"], "Mars/Olympus");
    refused(&["--days", "0"], "--days");
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    let output = sandbox.run("pgbackman_report", ["--html", "/nonexistent/page.html"]);
    assert!(
        output.stderr.contains("could not write the page"),
        "{}",
        output.stderr
    );
    assert_eq!(output.code, 1);
}
