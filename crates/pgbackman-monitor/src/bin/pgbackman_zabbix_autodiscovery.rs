//! `pgbackman_zabbix_autodiscovery`; all of it is in the library.
fn main() -> std::process::ExitCode {
    pgbackman_monitor::zabbix_autodiscovery::main()
}
