//! `pgbackman_zabbix_autodiscovery`: the ACTIVE definitions of a backup server as Zabbix's low-level discovery reads them.

use std::path::PathBuf;
use std::process::ExitCode as ProcessExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, Parser};
use pgbackman_core::VERSION;
use pgbackman_core::catalogue::monitoring::{Discovered, active_definitions};
use pgbackman_core::catalogue::nodes::servers;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::exit_code::Exit;
use serde_json::json;

use crate::asking::{ask, runtime};

/// Timeout of the catalogue: Zabbix waits three seconds by default, and at most thirty.
const LIMIT: Duration = Duration::from_secs(25);

/// Lists the ACTIVE backup definitions of a backup server as JSON for Zabbix's low-level discovery.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_zabbix_autodiscovery", version = VERSION)]
struct Args {
    /// Backup server whose definitions are listed
    #[arg(short, long, value_name = "SRVID/FQDN")]
    backup_server: String,
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}

/// Runs the program with this process's arguments.
pub fn main() -> ProcessExitCode {
    let args = Args::parse();
    match discover(&args) {
        Ok(document) => {
            println!("{document}");
            ProcessExitCode::SUCCESS
        }
        Err(refusal) => {
            eprintln!("pgbackman_zabbix_autodiscovery: {refusal}");
            refusal.code.into()
        }
    }
}

fn discover(args: &Args) -> Result<String, Exit> {
    let env = Environment::of_process();
    let config = Config::load(args.config.as_deref(), &env)?;
    let name = "pgbackman_zabbix_autodiscovery";
    let found = runtime()?.block_on(ask(name, &config, &env, LIMIT, async |session| {
        let server = servers::resolve(&**session, &args.backup_server).await?;
        Ok(active_definitions(&**session, server.id).await?)
    }))?;
    Ok(document(&found))
}

/// The document with the keys and the order of 1.x. IDs are strings there.
fn document(found: &[Discovered]) -> String {
    let data: Vec<serde_json::Value> = found
        .iter()
        .map(|one| {
            json!({
                "{#DEFID}": one.id.to_string(),
                "{#PGSQL_NODE}": one.node_fqdn,
                "{#DBNAME}": one.dbname,
            })
        })
        .collect();
    json!({ "data": data }).to_string()
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::DefId;

    use super::*;

    #[test]
    fn names_are_escaped_and_nothing_found_is_an_empty_list() {
        assert_eq!(document(&[]), r#"{"data":[]}"#);
        let hostile = Discovered {
            id: DefId::new(12),
            node_fqdn: "pg1.example.net".to_owned(),
            dbname: "a\"}]\\\n\u{1}b".to_owned(),
        };
        let written = document(&[hostile]);
        assert_eq!(
            written,
            r#"{"data":[{"{#DEFID}":"12","{#PGSQL_NODE}":"pg1.example.net","{#DBNAME}":"a\"}]\\\n\u0001b"}]}"#
        );
    }
}
