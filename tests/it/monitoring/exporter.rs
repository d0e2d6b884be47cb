//! `pgbackman_exporter`.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use pgbackman_tests::exposition::{self, Family};
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use pgbackman_tests::sandbox::{Daemon, Sandbox};
use pgbackman_tests::wait;

use super::scene::{self, backup, define, healthy_daemons, register, sql};

const DEADLINE: Duration = Duration::from_secs(120);

/// A running exporter.
struct Exporter {
    daemon: Daemon,
    address: String,
}

impl Exporter {
    fn start(sandbox: &Sandbox<'_>) -> Self {
        let daemon = sandbox.spawn("pgbackman_exporter", ["--listen", "127.0.0.1:0"]);
        let address = wait::until(DEADLINE, "the exporter's address", || {
            let said = daemon.said();
            let (_, rest) = said.split_once("is serving http://")?;
            Some(rest.split_once("/metrics")?.0.to_owned())
        });
        Self { daemon, address }
    }

    /// Status line with headers, and body.
    fn ask(&self, request: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn body(&self) -> String {
        let (head, body) = self.ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        body
    }

    fn metrics(&self) -> BTreeMap<String, Family> {
        let body = self.body();
        exposition::read(&body).unwrap_or_else(|error| panic!("{error}\n{body}"))
    }

    fn end(mut self) {
        assert_eq!(self.daemon.terminate(DEADLINE), 0, "{}", self.daemon.said());
    }
}

/// A server with something of everything, so that every metric has a sample.
pub(super) fn everything(sandbox: &Sandbox<'_>) {
    register(sandbox);
    healthy_daemons(sandbox);
    for name in scene::HOSTILE {
        define(sandbox, name);
    }
    let definition = define(sandbox, "shop");
    for (ago, status) in [
        ("3 days", "SUCCEEDED"),
        ("2 days", "ERROR"),
        ("1 day", "ERROR"),
    ] {
        backup(sandbox, definition, ago, status);
    }
    sql(
        sandbox,
        "UPDATE backup_definition SET problem = 'too long' WHERE dbname = 'shop'; \
         SELECT update_job_queue(1, 1), note_node_databases(1, '{shop,other}', now())",
    );
}

/// The metrics of such a server, as the textfile mode writes them.
pub(super) fn text_of_everything() -> String {
    let sandbox = Sandbox::new();
    everything(&sandbox);
    let file = sandbox.path().join("pgbackman.prom");
    let said = sandbox.run(
        "pgbackman_exporter",
        [std::ffi::OsStr::new("--textfile"), file.as_os_str()],
    );
    assert_eq!(said.code, 0, "{}", said.stderr);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    std::fs::read_to_string(&file).unwrap()
}

#[test]
fn metrics_are_what_a_strict_reader_takes_and_names_come_through_whole() {
    let sandbox = Sandbox::new();
    everything(&sandbox);
    let exporter = Exporter::start(&sandbox);
    let metrics = exporter.metrics();
    assert_eq!(metrics["pgbackman_up"].value(&[]), Some(1.0));
    let missed = &metrics["pgbackman_definition_missed_runs"];
    for name in scene::HOSTILE {
        let labels = [
            ("dbname", name),
            ("backup_server", "backup01.example.net"),
            ("pgsql_node", "pg1.example.net:5432"),
            ("backup_code", "FULL"),
        ];
        // Those of eight days; that of today counts when its grace is over.
        let runs = missed.value(&labels).unwrap_or_default();
        assert!((7.0..=8.0).contains(&runs), "{name:?}: {runs}");
    }
    let shop = |metric: &str| metrics[metric].value(&[("dbname", "shop")]);
    assert_eq!(shop("pgbackman_definition_last_run_status"), Some(2.0));
    assert_eq!(shop("pgbackman_definition_failures"), Some(2.0));
    assert_eq!(
        shop("pgbackman_definition_last_success_size_bytes"),
        Some(1024.0)
    );
    assert_eq!(
        shop("pgbackman_definition_last_run_duration_seconds"),
        Some(60.0)
    );
    assert_eq!(shop("pgbackman_definition_unschedulable"), Some(1.0));
    let age = shop("pgbackman_definition_last_success_age_seconds").unwrap();
    assert!((259_000.0..261_000.0).contains(&age), "{age}");
    let of_server = [("backup_server", "backup01.example.net")];
    let failed = [("status", "ERROR"), of_server[0]];
    assert_eq!(metrics["pgbackman_backups"].value(&failed), Some(2.0));
    assert_eq!(
        metrics["pgbackman_backups_size_bytes"].value(&failed),
        Some(2048.0)
    );
    assert_eq!(
        metrics["pgbackman_definitions"].value(&[("status", "ACTIVE")]),
        Some(7.0)
    );
    assert_eq!(
        metrics["pgbackman_job_queue_length"].value(&of_server),
        Some(1.0)
    );
    assert_eq!(
        metrics["pgbackman_pending_files"].value(&of_server),
        Some(0.0)
    );
    assert_eq!(
        metrics["pgbackman_backup_partition_free_bytes"].value(&of_server),
        Some(500.0)
    );
    assert_eq!(
        metrics["pgbackman_daemon_up"].value(&[("daemon", "control")]),
        Some(1.0)
    );
    let uncovered = &metrics["pgbackman_databases_without_definition"];
    assert_eq!(
        uncovered.value(&[("pgsql_node", "pg1.example.net:5432")]),
        Some(1.0)
    );
    assert!(metrics.values().all(|family| family.kind == "gauge"));
    let empty: Vec<&String> = metrics
        .iter()
        .filter(|(_, family)| family.samples.is_empty())
        .map(|(name, _)| name)
        .collect();
    assert!(empty.is_empty(), "{empty:?}");
    exporter.end();
}

#[test]
fn it_answers_what_it_should_and_nothing_else() {
    let sandbox = Sandbox::new();
    let exporter = Exporter::start(&sandbox);
    let ask = |request: &str| exporter.ask(&format!("{request}\r\nHost: x\r\n\r\n"));
    let (head, _) = ask(
        "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    );
    assert!(
        head.contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    let (head, _) = ask("GET /metrics HTTP/1.1");
    assert!(
        head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    let (head, body) = ask("GET / HTTP/1.1");
    assert!(
        head.contains("200 OK") && body.contains("/metrics"),
        "{head}"
    );
    assert!(ask("GET /etc/passwd HTTP/1.1").0.contains("404"));
    assert!(ask("POST /metrics HTTP/1.1").0.contains("405"));
    assert_eq!(ask("HEAD /metrics HTTP/1.1").1, "");
    // Nonsense does not end it.
    let mut stream = TcpStream::connect(&exporter.address).unwrap();
    stream.write_all(b"\x16\x03\x01nonsense\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // It may be answered, or the connection reset.
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(exporter.metrics()["pgbackman_up"].value(&[]), Some(1.0));
    exporter.end();
}

#[test]
fn s4_connections_that_ask_nothing_keep_nobody_out() {
    let sandbox = Sandbox::new();
    let exporter = Exporter::start(&sandbox);
    let silent: Vec<TcpStream> = (0..160)
        .map(|number| {
            let mut stream = TcpStream::connect(&exporter.address).unwrap();
            if number % 2 == 0 {
                stream.write_all(b"GET /met").unwrap();
            }
            stream
        })
        .collect();
    let began = Instant::now();
    exporter.body();
    // A minute for each of them is what it was.
    assert!(
        began.elapsed() < Duration::from_secs(40),
        "{:?}",
        began.elapsed()
    );
    drop(silent);
    exporter.end();
}

#[test]
fn who_asks_at_the_same_time_gets_the_same_answer_of_one_question() {
    let mut sandbox = Sandbox::new();
    sandbox.configure("pgbackman_exporter", "cache_duration", "\"1h\"");
    everything(&sandbox);
    let exporter = Exporter::start(&sandbox);
    let bodies: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..40).map(|_| scope.spawn(|| exporter.body())).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    // How long the question took is in it, to the nanosecond.
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    exporter.end();
}

#[test]
fn without_the_catalogue_it_says_so_soon_and_goes_on_when_it_is_back() {
    let cluster = Cluster::private(Version::Installed);
    let proxy = Proxy::unix(&cluster);
    let mut sandbox = Sandbox::on(&cluster);
    sandbox.configure("pgbackman_exporter", "cache_duration", "\"1ms\"");
    sandbox.configure("pgbackman_exporter", "query_timeout", "\"20s\"");
    register(&sandbox);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    let exporter = Exporter::start(&sandbox);
    let up = || exporter.metrics()["pgbackman_up"].value(&[]);
    assert_eq!(up(), Some(1.0));
    cluster.stop(StopMode::Fast);
    assert_eq!(up(), Some(0.0));
    let metrics = exporter.metrics();
    assert!(
        metrics["pgbackman_exporter_start_time_seconds"]
            .value(&[])
            .is_some()
    );
    assert!(
        !metrics.contains_key("pgbackman_definitions"),
        "what is not known is not shown"
    );
    cluster.start();
    wait::until(DEADLINE, "the catalogue's answer", || {
        (up() == Some(1.0)).then_some(())
    });
    exporter.end();
    // One that hangs is away after the time that it has.
    sandbox.configure("pgbackman_exporter", "query_timeout", "\"1s\"");
    proxy.set(Mode::Hang);
    let exporter = Exporter::start(&sandbox);
    let began = Instant::now();
    assert_eq!(exporter.metrics()["pgbackman_up"].value(&[]), Some(0.0));
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    exporter.end();
}

#[test]
fn a_textfile_is_replaced_whole_and_tells_of_a_catalogue_that_is_away() {
    let text = text_of_everything();
    let metrics = exposition::read(&text).unwrap();
    assert_eq!(metrics["pgbackman_up"].value(&[]), Some(1.0));
    let mut sandbox = Sandbox::new();
    let file = sandbox.path().join("pgbackman.prom");
    std::fs::write(&file, text).unwrap();
    sandbox.reach_catalogue_at("127.0.0.1", 1);
    let said = sandbox.run(
        "pgbackman_exporter",
        [std::ffi::OsStr::new("--textfile"), file.as_os_str()],
    );
    assert_eq!(said.code, 4, "{}", said.stderr);
    let metrics = exposition::read(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(metrics["pgbackman_up"].value(&[]), Some(0.0));
}
