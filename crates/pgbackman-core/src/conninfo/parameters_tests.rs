use std::path::Path;

use super::Parameters;
use crate::config::{Config, Environment, SslMode};
use crate::conninfo::ConnectTarget;

fn config(text: &str) -> Config {
    Config::parse(text, Path::new("/test.conf"), &Environment::new(0, "root")).unwrap()
}

fn resolve(target: &ConnectTarget, env: &Environment) -> Parameters {
    Parameters::resolve(target, env).unwrap()
}

#[test]
fn the_configuration_wins_over_the_environment_and_that_over_defaults() {
    let env = Environment::new(0, "root")
        .with_var("PGHOST", "elsewhere")
        .with_var("PGPORT", "5499");
    let found = resolve(&ConnectTarget::catalogue(&config("")), &env);
    assert_eq!(found.endpoints[0].to_string(), "host elsewhere, port 5499");
    assert_eq!(
        (found.dbname.as_str(), found.user.as_str()),
        ("pgbackman", "pgbackman_role_rw")
    );
    let text = "[pgbackman_database]\nhost = \"here\"\nport = 5433\n";
    let found = resolve(&ConnectTarget::catalogue(&config(text)), &env);
    assert_eq!(found.endpoints[0].to_string(), "host here, port 5433");
}

#[test]
fn an_address_from_the_environment_does_not_redirect_a_node() {
    let env = Environment::new(0, "root").with_var("PGHOSTADDR", "192.0.2.1");
    let found = resolve(&ConnectTarget::node("node1", 5432, "postgres", "app"), &env);
    assert_eq!(found.endpoints[0].to_string(), "host node1, port 5432");
}

#[test]
fn what_is_configured_for_nodes_holds_for_nodes_alone() {
    let text = "[pgbackman_dump]\nnode_sslmode = \"verify-full\"\nnode_sslrootcert = \"/etc/ssl/nodes.pem\"\n";
    let env = Environment::new(0, "root").with_var("PGSSLMODE", "disable");
    let env = config(text).for_nodes(env);
    let node = resolve(&ConnectTarget::node("node1", 5432, "postgres", "app"), &env);
    assert_eq!(node.tls.mode, SslMode::VerifyFull);
    let catalogue = resolve(&ConnectTarget::catalogue(&config(text)), &env);
    assert_eq!(catalogue.tls.mode, SslMode::Disable);
    let client = crate::job::environment::client_environment(
        &env,
        crate::domain::pg_version::PgMajor::new(15),
        false,
        "x",
    );
    let value = |name: &str| {
        client
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(value("PGSSLMODE"), Some("verify-full".into()));
    assert_eq!(value("PGSSLROOTCERT"), Some("/etc/ssl/nodes.pem".into()));
}

#[test]
fn the_default_role_and_database_are_the_users_name() {
    let env = Environment::new(7, "amira");
    let target = ConnectTarget::like_psql(None, None, None, None);
    let found = resolve(&target, &env);
    assert_eq!(
        (found.dbname.as_str(), found.user.as_str()),
        ("postgres", "amira")
    );
}

#[test]
fn system_roots_demand_verify_full() {
    let env = Environment::new(0, "root");
    let target = ConnectTarget::node("n", 5432, "u", "d").with_setting("sslrootcert", "system");
    assert_eq!(resolve(&target, &env).tls.mode, SslMode::VerifyFull);
    let weak = target.with_setting("sslmode", "require");
    assert!(
        Parameters::resolve(&weak, &env)
            .unwrap_err()
            .to_string()
            .contains("too weak")
    );
}

#[test]
fn what_cannot_be_honoured_is_refused() {
    let env = Environment::new(0, "root");
    for (keyword, value) in [
        ("requirepeer", "postgres"),
        ("gssencmode", "require"),
        ("require_auth", "scram-sha-256"),
    ] {
        let target = ConnectTarget::node("n", 5432, "u", "d").with_setting(keyword, value);
        let error = Parameters::resolve(&target, &env).unwrap_err();
        let error = error.to_string();
        assert_eq!(error, format!("{keyword} = {value} is not supported"));
    }
    let target = ConnectTarget::node("n", 5432, "u", "d").with_setting("hots", "x");
    assert_eq!(
        Parameters::resolve(&target, &env).unwrap_err().to_string(),
        "unknown connection keyword `hots`"
    );
}

#[test]
fn trap_32_parameters_and_targets_show_no_password() {
    let env = Environment::new(0, "root").with_var("PGPASSWORD", "geheim");
    let target = ConnectTarget::node("n", 5432, "u", "d").with_setting("password", "geheim");
    let found = resolve(&target, &env);
    assert_eq!(found.password.as_ref().unwrap().expose(), "geheim");
    assert!(!format!("{found:?} {target:?}").contains("geheim"));
}
