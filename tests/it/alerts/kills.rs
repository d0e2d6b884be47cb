//! A daemon that is killed anywhere: everything is told, and twice only what was being sent at that moment.

use pgbackman_tests::mail::{MailOptions, MailServer};

use super::support::{Site, header};

const KILLED: i32 = 128 + 9;

#[test]
fn killed_at_any_step_everything_is_told_and_only_what_was_on_its_way_twice() {
    let server = MailServer::start(&MailOptions::default());
    let mut site = Site::new();
    site.mail_to(&server);
    let mut told = 0;
    for (day, step) in ["Judged", "Planned", "Claimed", "Sent", "Recorded"]
        .into_iter()
        .enumerate()
    {
        let day = day + 1;
        site.ran(
            site.define(step),
            &format!("2020-11-{day:02}T04:00:02Z"),
            "ERROR",
            0,
        );
        let killed = site.pass_with(
            &format!("2020-11-{day:02}T05:00:00Z"),
            &[("PGBACKMAN_TEST_KILL_AT", step)],
        );
        assert_eq!(killed.code, KILLED, "{step}");
        // The claim of the dead one runs out; until then nobody else sends what it may be sending.
        site.pass(&format!("2020-11-{day:02}T05:29:00Z"));
        site.pass(&format!("2020-11-{day:02}T05:31:00Z")).success();
        site.pass(&format!("2020-11-{day:02}T06:31:00Z")).success();
        let mails = server.received();
        let new = &mails[told..];
        told = mails.len();
        assert_eq!(
            new.len(),
            if step == "Sent" { 2 } else { 1 },
            "{step}: {new:?}"
        );
        let id = |mail: &str| header(mail, "Message-ID");
        assert!(
            new.iter().all(|mail| id(&mail.mail) == id(&new[0].mail)),
            "who gets it twice can tell"
        );
    }
    assert_eq!(site.sending(), "SENT,SENT,SENT,SENT,SENT");
}
