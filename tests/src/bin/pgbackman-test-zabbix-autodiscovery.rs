//! `pgbackman_zabbix_autodiscovery`, built with the tests.
fn main() -> std::process::ExitCode {
    pgbackman_monitor::zabbix_autodiscovery::main()
}
