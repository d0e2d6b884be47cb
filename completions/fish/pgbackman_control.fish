complete -c pgbackman_control -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_control -l recover-runs -d 'Recover the dead runs below this root directory and exit; started by control as the job user' -r -F
complete -c pgbackman_control -l once -d 'Bring everything up to date once and exit; exit with an error if anything failed'
complete -c pgbackman_control -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_control -s V -l version -d 'Print version'
