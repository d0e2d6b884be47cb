//! Which words of a line go to which parameters.

use super::*;
use crate::commands;
use crate::line::lexer;

/// The parameters of a line and what it gives them, in the order in which they are read; `-` for the default.
fn bound(line: &str) -> Result<String, Misuse> {
    let (name, words) = line.split_once(' ').unwrap();
    let spec = commands::find(name).unwrap().spec;
    let words = lexer::split(words).unwrap();
    match assign(spec, &words) {
        Ok(bound) => {
            let each = bound.iter().map(|bound| match bound.given {
                Given::Default => format!("{} -", bound.key),
                Given::Clear => format!("{} #empty#", bound.key),
                Given::Value(value) => format!("{} {value}", bound.key),
            });
            Ok(each.collect::<Vec<_>>().join("; "))
        }
        Err(CommandError::Misused { misuse, usage }) => {
            assert_eq!(usage, spec.synopses());
            Err(misuse)
        }
        Err(other) => panic!("{line}: {}", other.text()),
    }
}

#[test]
fn words_without_names_go_to_the_form_of_their_number() {
    for (line, parameters) in [
        ("keep_backup 12", "bckid 12"),
        ("keep_backup 12 '' why", "bckid 12; until -; reason why"),
        (
            "show_alerts '' all #empty#",
            "server -; node all; dbname #empty#",
        ),
    ] {
        assert_eq!(bound(line).as_deref(), Ok(parameters), "{line}");
    }
    for line in ["show_alerts all", "keep_backup a b c d"] {
        assert_eq!(bound(line), Err(Misuse::WrongCount), "{line}");
    }
}

#[test]
fn first_day_names_stand_behind_positions_and_what_is_left_out_is_the_default() {
    for (line, parameters) in [
        ("keep_backup 12 reason='a b'", "bckid 12; reason a b"),
        (
            "keep_backup reason=x until= bckid=7",
            "bckid 7; until #empty#; reason x",
        ),
        ("show_alerts dbname=shop", "server -; node -; dbname shop"),
        (
            "show_alerts all dbname=shop",
            "server all; node -; dbname shop",
        ),
        (
            "register_pgsql_node db1 pgport=5433 status=RUNNING",
            "hostname db1; domain -; pgport 5433; admin_user -; status RUNNING; remarks -",
        ),
        ("delete_backup_definition_id defid=4", "defid 4"),
        (
            "delete_backup_definition_id 4 force-deletion=y",
            "defid 4; force-deletion y",
        ),
        (
            "register_restore_definition bckid=3 node=1 roles_to_use=all",
            "at_time -; bckid 3; node 1; target_dbname -; extra_parameters -; roles_to_use all",
        ),
    ] {
        assert_eq!(bound(line).as_deref(), Ok(parameters), "{line}");
    }
}

#[test]
fn first_day_a_value_with_an_equals_sign_is_a_value_unless_a_name_of_the_command_stands_before_it()
{
    for (line, parameters) in [
        ("update_backup_server 1 a=b", "server 1; remarks a=b"),
        (
            "update_backup_server 1 --jobs=2",
            "server 1; remarks --jobs=2",
        ),
        (
            "update_backup_server 1 'remarks=x'",
            "server 1; remarks remarks=x",
        ),
        (
            "update_backup_server 1 remarks=remarks=x",
            "server 1; remarks remarks=x",
        ),
        ("set output_format=csv", "setting output_format=csv"),
    ] {
        assert_eq!(bound(line).as_deref(), Ok(parameters), "{line}");
    }
}

#[test]
fn first_day_names_that_do_not_fit_are_refused() {
    let name = |name: &str| name.to_owned();
    for (line, misuse) in [
        ("show_alerts all server=1", Misuse::Twice(name("server"))),
        ("show_alerts node=1 node=2", Misuse::Twice(name("node"))),
        (
            "show_alerts node=1 databse=x",
            Misuse::UnknownName(name("databse")),
        ),
        (
            "show_alerts databse=x",
            Misuse::UnknownName(name("databse")),
        ),
        (
            "show_alerts node=1 shop",
            Misuse::PositionAfterName {
                word: name("shop"),
                name: name("node"),
            },
        ),
        (
            "show_alerts node=1 'dbname=x'",
            Misuse::PositionAfterName {
                word: name("dbname=x"),
                name: name("node"),
            },
        ),
        ("show_alerts 1 2 3 4 dbname=x", Misuse::WrongCount),
        ("keep_backup reason=x", Misuse::Missing(name("bckid"))),
    ] {
        assert_eq!(bound(line), Err(misuse), "{line}");
    }
}

#[test]
fn first_day_10_without_a_word_only_lists_have_their_defaults() {
    let of = |name: &str| assign(commands::find(name).unwrap().spec, &[]);
    assert_eq!(of("show_backup_catalog").unwrap().len(), 5);
    for (name, refused) in [
        ("show_backup_details", Misuse::Missing("bckid".to_owned())),
        ("update_backup_server", Misuse::WrongCount),
        ("register_backup_server", Misuse::WrongCount),
    ] {
        assert!(
            matches!(of(name), Err(CommandError::Misused { misuse, .. }) if misuse == refused),
            "{name}"
        );
    }
}

#[test]
fn a_configurations_parameters_stand_behind_its_server_or_node() {
    for (line, parameters) in [
        (
            "update_pgsql_node_config 1 domain= pgport=5433",
            "node 1; domain #empty#; pgport 5433",
        ),
        (
            "update_pgsql_node_config pgport=5433 node=1",
            "node 1; pgport 5433",
        ),
        (
            "update_backup_server_config pgsql_bin_16=/x",
            "server -; pgsql_bin_16 /x",
        ),
        (
            "update_backup_server_config backup_server_status=STOPPED",
            "server -; backup_server_status STOPPED",
        ),
        (
            "update_pgsql_node_config 1 'logs_email=a b'",
            "node 1; logs_email a b",
        ),
    ] {
        assert_eq!(bound(line).as_deref(), Ok(parameters), "{line}");
    }
    for (line, misuse) in [
        ("update_pgsql_node_config 1 x", Misuse::WrongCount),
        ("update_pgsql_node_config node=1", Misuse::WrongCount),
        (
            "update_pgsql_node_config 1 node=2",
            Misuse::Twice("node".to_owned()),
        ),
        (
            "update_pgsql_node_config 1 domain=a domain=b",
            Misuse::Twice("domain".to_owned()),
        ),
        (
            "update_pgsql_node_config pgport=5433",
            Misuse::Missing("node".to_owned()),
        ),
    ] {
        assert_eq!(bound(line), Err(misuse), "{line}");
    }
}

#[test]
fn names_tell_a_dry_run_what_a_line_names() {
    let spec = commands::find("register_backup_definition").unwrap().spec;
    let words = lexer::split("node=pg1 dbname=shop").unwrap();
    assert_eq!(values_of_kind(spec, &words, Kind::Node), ["pg1"]);
    // The default backup server, as an empty word means it.
    assert_eq!(values_of_kind(spec, &words, Kind::Server), [""]);
}
