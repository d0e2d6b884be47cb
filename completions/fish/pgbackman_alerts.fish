complete -c pgbackman_alerts -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_alerts -l once -d 'Run one pass and exit; exit with an error if an alert could not be sent'
complete -c pgbackman_alerts -l check -d 'Check the configuration, the template and the certificates, report errors and exit, without sending anything'
complete -c pgbackman_alerts -l test -d 'Send a test alert through every configured channel, report the results and exit'
complete -c pgbackman_alerts -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_alerts -s V -l version -d 'Print version'
