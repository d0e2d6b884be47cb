complete -c pgbackman_exporter -l listen -d 'Listen on this address instead' -r
complete -c pgbackman_exporter -l textfile -d 'Write the metrics to this file once and exit, for the textfile collector of node_exporter' -r -F
complete -c pgbackman_exporter -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_exporter -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_exporter -s V -l version -d 'Print version'
