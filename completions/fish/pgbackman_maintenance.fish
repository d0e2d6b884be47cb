complete -c pgbackman_maintenance -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_maintenance -l cron -d 'Make one pass and leave; fails if anything could not be done'
complete -c pgbackman_maintenance -l dry-run -d 'Say what a pass would delete, and why, and leave; nothing is changed'
complete -c pgbackman_maintenance -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_maintenance -s V -l version -d 'Print version'
