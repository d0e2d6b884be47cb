complete -c pgbackman_alerts -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_alerts -l once -d 'Make one pass and leave; fails if anything could not be sent'
complete -c pgbackman_alerts -l check -d 'Look at the configuration, the template and the certificates, say what is wrong, and leave; nothing is sent'
complete -c pgbackman_alerts -l test -d 'Send an alert that says that it is a test by every way that is configured, say what came of it, and leave'
complete -c pgbackman_alerts -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_alerts -s V -l version -d 'Print version'
