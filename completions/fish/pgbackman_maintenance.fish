complete -c pgbackman_maintenance -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_maintenance -l recover-runs -d 'Recover the dead runs below this root directory and exit; started by a pass' -r -F
complete -c pgbackman_maintenance -l cron -d 'Run one pass and exit; exit with an error if anything failed'
complete -c pgbackman_maintenance -l dry-run -d 'Show what a pass would delete, and why, without changing anything'
complete -c pgbackman_maintenance -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_maintenance -s V -l version -d 'Print version'
