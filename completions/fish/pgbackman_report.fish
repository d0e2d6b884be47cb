complete -c pgbackman_report -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_report -l html -d 'Where the page is written; - is standard output' -r -F
complete -c pgbackman_report -l days -d 'How many days the page looks back' -r
complete -c pgbackman_report -l server -d 'Only backup servers with this ID or FQDN; may be given several times' -r
complete -c pgbackman_report -l node -d 'Only PgSQL nodes with this ID, FQDN or FQDN:port; may be given several times' -r
complete -c pgbackman_report -l limit -d 'So many backup definitions are shown one by one, those with trouble first; the others are counted' -r
complete -c pgbackman_report -l time-zone -d 'The time zone of the page (default: the backup servers\', where they have one in common, else UTC)' -r
complete -c pgbackman_report -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_report -s V -l version -d 'Print version'
