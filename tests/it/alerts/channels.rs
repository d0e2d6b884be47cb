//! Web services and programs, and ways that refuse, hang or answer nonsense.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pgbackman_tests::mail::{MailOptions, MailServer};
use pgbackman_tests::wait::until;
use pgbackman_tests::web::{Answer, WebServer};
use serde_json::Value;

use super::super::connect::certificates::{Identity, Names};
use super::support::{DEADLINE, Site};

const HOSTILE: &str = "sh\\\"op</script>\\n\\u202e$(x)";

#[test]
fn a_webhook_is_posted_json_over_verified_tls_and_tried_again_until_it_takes_it() {
    let mut site = Site::new();
    let authority = Identity::authority("Web CA");
    let names = Names {
        dns: &[],
        ip: &["127.0.0.1"],
    };
    let identity = authority.issue("web", names);
    let server = WebServer::start(Some((identity.certificate_pem(), identity.key_pem())));
    let ca = site.sandbox.path().join("ca.pem");
    fs::write(&ca, Identity::authority("Other CA").certificate_pem()).unwrap();
    site.configure(
        "webhook_url",
        &format!(
            "\"https://127.0.0.1:{}/hook/s3cret?key=s3cret\"",
            server.port()
        ),
    );
    site.configure("webhook_token", "\"t0ken\"");
    site.configure("webhook_timeout", "\"30s\"");
    site.configure(
        "webhook_ca_file",
        &format!("{:?}", ca.display().to_string()),
    );
    site.ran(site.define(HOSTILE), "2020-11-21T04:00:02Z", "ERROR", 0);
    assert_eq!(site.pass("2020-11-21T04:10:00Z").code, 1);
    assert_eq!(
        server.requests().len(),
        0,
        "another authority's server is told nothing"
    );

    fs::write(&ca, authority.certificate_pem()).unwrap();
    let ways = [
        Answer::Status(500),
        Answer::Status(302),
        Answer::Nonsense,
        Answer::Hang,
        Answer::Trickle,
    ];
    let mut reasons = Vec::new();
    for (hour, way) in ways.into_iter().enumerate() {
        server.answers(way);
        if matches!(way, Answer::Hang | Answer::Trickle) {
            site.configure("webhook_timeout", "\"2s\"");
        }
        let began = Instant::now();
        assert_eq!(
            site.pass(&format!("2020-11-21T{:02}:10:00Z", 6 + 2 * hour))
                .code,
            1,
            "{way:?}"
        );
        assert!(began.elapsed() < Duration::from_secs(60), "{way:?}");
        reasons.push(site.sql("SELECT last_error FROM alert_delivery"));
    }
    assert!(
        reasons[0].contains("the response was 500") && reasons[1].contains("the response was 302"),
        "{reasons:?}"
    );
    assert!(
        reasons
            .iter()
            .all(|reason| reason.contains("/hook/…") && !reason.contains("s3cret")),
        "{reasons:?}"
    );
    assert!(
        site.sql("SELECT \"Note\" FROM show_daemons WHERE \"Daemon\" = 'alerts'")
            .contains("1 failing")
    );
    site.configure("webhook_timeout", "\"30s\"");
    server.answers(Answer::Status(204));
    // On a busy machine not every attempt that was given two seconds has come as far as its request.
    let before = server.requests().len();
    site.pass("2020-11-22T04:10:00Z").success();
    site.pass("2020-11-22T04:20:00Z").success();
    let requests = server.requests();
    assert_eq!(requests.len(), before + 1, "taken once");
    let last = requests.last().unwrap();
    assert_eq!(last.line, "POST /hook/s3cret?key=s3cret HTTP/1.1");
    assert!(
        last.headers
            .contains(&"authorization: bearer t0ken".to_owned()),
        "{last:?}"
    );
    let document: Value = serde_json::from_str(&last.body).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(
        document["alerts"][0]["dbname"],
        "sh\"op</script>\n\u{202e}$(x)"
    );
    assert_eq!(document["alerts"][0]["message"], "raised");
    let first: Value = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(
        first["delivery_id"], document["delivery_id"],
        "who gets it twice can tell"
    );
    assert!(!site.sandbox.log().contains("t0ken"));
}

#[test]
fn trap_14_a_command_gets_its_words_as_they_are_and_alerts_on_standard_input() {
    let mut site = Site::new();
    let taken = site.sandbox.backup_root().join("taken.json");
    let words = site.sandbox.backup_root().join("words");
    let script = site.script(
        "page",
        &format!(
            "printf '%s|' \"$@\" > {}\ncat > {}",
            words.display(),
            taken.display()
        ),
    );
    let command = |arguments: &str| format!("[{:?}{arguments}]", script.display().to_string());
    site.configure(
        "alert_command",
        &command(r#", "--to=$(touch /x);`id`", "a b""#),
    );
    let definition = site.define(HOSTILE);
    site.ran(definition, "2020-11-21T04:00:02Z", "ERROR", 0);
    site.pass("2020-11-21T04:10:00Z").success();
    assert_eq!(
        fs::read_to_string(&words).unwrap(),
        "--to=$(touch /x);`id`|a b|"
    );
    let document: Value = serde_json::from_str(&fs::read_to_string(&taken).unwrap()).unwrap();
    assert_eq!(document["alerts"].as_array().unwrap().len(), 1);

    // One that fails says why; one that reads nothing is content all the same; one that hangs is ended, with what it started.
    fs::write(
        &script,
        "#!/bin/sh\necho 'no such\u{1b} team' >&2\nexit 3\n",
    )
    .unwrap();
    site.ran(definition, "2020-11-22T04:00:02Z", "ERROR", 0);
    assert_eq!(site.pass("2020-11-22T04:10:00Z").code, 1);
    let reason = || site.sql("SELECT last_error FROM alert_delivery WHERE sent IS NULL");
    assert!(
        reason().contains("exit status: 3: no such\\u{1b} team"),
        "{}",
        reason()
    );
    let pid = site.sandbox.backup_root().join("pid");
    fs::write(
        &script,
        format!(
            "#!/bin/sh\nsleep 600 &\necho $! > {}\nwait\n",
            pid.display()
        ),
    )
    .unwrap();
    site.sandbox
        .configure("pgbackman_alerts", "alert_command_timeout", "\"1s\"");
    assert_eq!(site.pass("2020-11-22T06:10:00Z").code, 1);
    let child = fs::read_to_string(&pid).unwrap();
    until(DEADLINE, "what the command started is gone", || {
        let state = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
    fs::write(&script, "#!/bin/sh\nexit 0\n").unwrap();
    site.pass("2020-11-22T09:10:00Z").success();
}

#[test]
fn a_mail_server_that_refuses_hangs_or_answers_nonsense_blocks_nothing_and_is_seen() {
    let mut site = Site::new();
    let web = WebServer::start(None);
    site.configure(
        "webhook_url",
        &format!("\"http://127.0.0.1:{}/\"", web.port()),
    );
    site.configure("smtp_alerts", "\"ON\"");
    site.configure("smtp_server", "\"127.0.0.1\"");
    site.configure("smtp_ssl", "\"OFF\"");
    site.configure("smtp_timeout", "\"2s\"");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let nonsense = TcpListener::bind("127.0.0.1:0").unwrap();
    let nonsense_port = nonsense.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in nonsense.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n\x00\xff");
        }
    });
    let definition = site.define("shop");
    site.ran(definition, "2020-11-21T04:00:02Z", "ERROR", 0);
    let mut pauses = Vec::new();
    for (minute, port) in [
        (10, 1),
        (12, silent.local_addr().unwrap().port()),
        (15, nonsense_port),
    ] {
        site.configure("smtp_port", &port.to_string());
        let now = format!("2020-11-21T04:{minute}:00Z");
        assert_eq!(site.pass(&now).code, 1);
        pauses.push(site.sql(&format!(
            "SELECT date_trunc('minute', next_attempt - '{now}') FROM alert_delivery WHERE channel = 'smtp'"
        )));
    }
    assert_eq!(
        pauses,
        ["00:01:00", "00:02:00", "00:04:00"],
        "each pause is longer"
    );
    assert_eq!(web.requests().len(), 1, "the other way was not held up");
    let shown = site.sandbox.shell("show_alerts all all all").success();
    assert!(
        shown.contains("FAILING") && shown.contains("the mail server 127.0.0.1:"),
        "{shown}"
    );
    // Before its time it is not tried; then it is, once.
    let server = MailServer::start(&MailOptions::default());
    site.mail_to(&server);
    assert_eq!(site.pass("2020-11-21T04:18:00Z").code, 1);
    assert_eq!(server.received().len(), 0);
    site.pass("2020-11-21T04:20:00Z").success();
    site.pass("2020-11-21T05:20:00Z").success();
    assert_eq!((server.received().len(), web.requests().len()), (1, 1));
    // A way that is closed has nothing to wait for.
    site.configure("smtp_port", "1");
    site.ran(definition, "2020-11-22T04:00:02Z", "ERROR", 0);
    assert_eq!(site.pass("2020-11-22T04:10:00Z").code, 1);
    site.configure("smtp_alerts", "\"OFF\"");
    site.pass("2020-11-22T04:10:30Z").success();
    assert_eq!(site.sending(), "SENT,SENT");
}

#[test]
fn a_way_that_is_closed_is_tried_once_in_a_pass() {
    let mut site = Site::new();
    let broken = TcpListener::bind("127.0.0.1:0").unwrap();
    site.configure("smtp_alerts", "\"ON\"");
    site.configure("smtp_server", "\"127.0.0.1\"");
    site.configure("smtp_ssl", "\"OFF\"");
    site.configure(
        "smtp_port",
        &broken.local_addr().unwrap().port().to_string(),
    );
    let tried = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tried);
    thread::spawn(move || {
        for mut stream in broken.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(b"421 not now\r\n");
        }
    });
    let definition = site.define("shop");
    for (day, to) in [(21, "one"), (22, "two"), (23, "three")] {
        site.ran(definition, &format!("2020-11-{day}T04:00:02Z"), "ERROR", 0);
        site.sql(&format!(
            "UPDATE alerts SET sendto = '{to}@example.net' WHERE sendto = 'dba@example.net'"
        ));
    }
    assert_eq!(site.pass("2020-11-23T04:10:00Z").code, 1);
    assert_eq!(tried.load(Ordering::SeqCst), 1);
    assert_eq!(
        site.sql("SELECT count(*), count(last_error) FROM alert_delivery WHERE sent IS NULL"),
        "3|3"
    );
}
