complete -c pgbackman_report -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_report -l html -d 'File to write the page to; - for standard output' -r -F
complete -c pgbackman_report -l site -d 'Name of the site in the page\'s title (default: the domain of the backup servers if they all have the same one, otherwise the catalogue\'s host)' -r
complete -c pgbackman_report -l days -d 'Number of days to show' -r
complete -c pgbackman_report -l server -d 'Show only backup servers with this ID or FQDN; may be repeated' -r
complete -c pgbackman_report -l node -d 'Show only PgSQL nodes with this ID, FQDN or FQDN:port; may be repeated' -r
complete -c pgbackman_report -l limit -d 'Maximum number of backup definitions to show in detail, problems first; the rest are only counted' -r
complete -c pgbackman_report -l time-zone -d 'Time zone of the page (default: that of the backup servers if they all have the same one, otherwise UTC)' -r
complete -c pgbackman_report -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_report -s V -l version -d 'Print version'
