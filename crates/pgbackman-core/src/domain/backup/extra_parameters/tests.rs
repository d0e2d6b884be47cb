//! The allow-list, and every way round it that `getopt_long` offers.

use proptest::prelude::*;

use super::*;

fn parse(tool: Tool, client: &str, text: &str) -> Result<Vec<String>, ExtraParametersError> {
    let client = (!client.is_empty()).then(|| client.parse().unwrap());
    ExtraParameters::parse(text, tool, client).map(|parameters| parameters.words().to_vec())
}

fn reason(tool: Tool, client: &str, text: &str) -> String {
    match parse(tool, client, text) {
        Ok(words) => panic!("{text:?} became {words:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn filters_and_their_like_are_passed_on_under_their_full_names() {
    for (text, expected) in [
        ("", &[] as &[&str]),
        ("-j 2 -Z9", &["--jobs=2", "--compress=9"]),
        ("-xO", &["--no-privileges", "--no-owner"]),
        ("-xTlog", &["--no-privileges", "--exclude-table=log"]),
        (
            "--exclude-table-d=big --ins",
            &["--exclude-table-data=big", "--inserts"],
        ),
        (
            "--exclude-table 'My \"Log\"'",
            &["--exclude-table=My \"Log\""],
        ),
        ("-n ''", &["--schema="]),
        ("-T -x", &["--exclude-table=-x"]),
        ("--no-acl -b", &["--no-acl", "--blobs"]),
    ] {
        assert_eq!(
            parse(Tool::PgDump, "15", text).unwrap(),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn trap_15a_case_is_kept() {
    assert_eq!(
        parse(Tool::PgDump, "15", "-T log -t Log").unwrap(),
        ["--exclude-table=log", "--table=Log"]
    );
}

#[test]
fn what_would_change_place_format_connection_role_or_drop_objects_is_refused_with_the_reason() {
    for (text, expected) in [
        ("-f /tmp/x", "written"),
        ("-f/tmp/x", "written"),
        ("-xf/tmp/x", "written"),
        ("--fil=/tmp/x", "written"),
        ("-Fp", "format"),
        ("--form p", "format"),
        ("-h evil", "connect"),
        ("--host=evil", "connect"),
        ("-Oh evil", "connect"),
        ("-p1", "connect"),
        ("-U x", "connect"),
        ("-d 'host=evil'", "connect"),
        ("--dbn=x", "connect"),
        ("--role=x", "role"),
        ("--ro=x", "role"),
        ("-S x", "role"),
        ("-W", "password"),
        ("-w", "password"),
        ("-c", "drop"),
        ("-xc", "drop"),
        ("--clean", "drop"),
        ("--cl", "drop"),
        ("--if-exists", "drop"),
        ("-C", "settings file"),
        ("--create", "settings file"),
        ("-a", "backup code"),
        ("-s", "backup code"),
        ("--snapshot=1", "snapshot"),
        ("-E utf8", "encoding"),
        ("--serial", "snapshot"),
        ("--enable-row-security", "a policy hides"),
        ("--enable-r", "a policy hides"),
        ("--extra-float-digits=-3", "from 1 to 3"),
        ("--binary-upgrade", "pg_upgrade"),
        ("-V", "not take a backup"),
        ("--help", "not take a backup"),
        ("shop", "only options"),
        ("-- shop", "only options"),
        ("-", "only options"),
        ("''", "only options"),
    ] {
        let message = reason(Tool::PgDump, "15", text);
        assert!(message.contains(expected), "{text:?}: {message}");
    }
    assert!(reason(Tool::PgDump, "14", "--no-synchronized-snapshots").contains("points in time"));
    assert!(reason(Tool::PgDump, "17", "--filter=/etc/shadow").contains("reads a file"));
}

#[test]
fn an_abbreviation_must_mean_one_option() {
    assert!(
        reason(Tool::PgDump, "15", "--no-s").contains("--no-security-labels or --no-subscriptions")
    );
    assert!(reason(Tool::PgDump, "15", "--exclude=x").contains("may mean"));
    assert!(reason(Tool::PgDump, "15", "--n").contains("may mean"));
    assert!(reason(Tool::PgDump, "15", "--=x").contains("may mean"));
}

#[test]
fn values_are_checked() {
    for text in [
        "-j 0",
        "-j x",
        "-j",
        "-Z 10",
        "-Z zstd",
        "--rows-per-insert=0",
        "--section=all",
        "-E LATIN1",
        "-x=1",
    ] {
        reason(Tool::PgDump, "15", text);
    }
    for text in ["-Z zstd:9", "-Z lz4", "--compress=gzip:level=5", "-Z0"] {
        parse(Tool::PgDump, "16", text).unwrap();
    }
    reason(Tool::PgDump, "16", "-Z 'zstd:a b'");
    reason(Tool::PgDump, "16", "-Z bzip2");
    assert!(reason(Tool::PgDump, "15", "--inserts=1").contains("takes no value"));
    assert!(reason(Tool::PgDump, "15", "-T 'x").contains("not closed"));
}

#[test]
fn each_tool_and_version_has_a_list_of_its_own() {
    assert!(reason(Tool::PgDumpall, "15", "-j 2").contains("pg_dumpall 15 has no option -j"));
    assert!(reason(Tool::PgDumpall, "15", "-t x").contains("backup code"));
    assert!(reason(Tool::PgDumpall, "15", "-l x").contains("connect"));
    parse(Tool::PgDumpall, "15", "--exclude-database='x*' --no-role-p").unwrap();
    reason(Tool::PgDump, "15", "--exclude-extension=x");
    parse(Tool::PgDump, "17", "--exclude-extension=x").unwrap();
    parse(Tool::PgDump, "", "--exclude-extension=x --oids").unwrap();
    reason(Tool::PgDump, "12", "--oids");
    reason(Tool::PgDump, "9.6", "-e x");
}

#[test]
fn an_option_is_found_by_its_full_name() {
    let parsed = ExtraParameters::parse("-B", Tool::PgDump, Some(PgMajor::new(15))).unwrap();
    assert!(parsed.has("no-blobs") && !parsed.has("blobs"));
    let parsed = ExtraParameters::parse("-B", Tool::PgDump, Some(PgMajor::new(16))).unwrap();
    assert!(parsed.has("no-large-objects"));
}

proptest! {
    /// Nothing that comes out is a word the client could read as anything but an allowed option.
    #[test]
    fn what_comes_out_is_a_full_allowed_option(text in "[-a-zA-Z= '/]{0,40}") {
        if let Ok(words) = parse(Tool::PgDump, "15", &text) {
            for word in words {
                let name = word.split('=').next().unwrap().strip_prefix("--").unwrap();
                let option = options::of(Tool::PgDump, Some(15)).find(|option| option.long == name).unwrap();
                prop_assert!(!matches!(option.rule, Rule::Refused(_)));
                prop_assert_eq!(option.takes_value, word.contains('='));
            }
        }
    }
}
