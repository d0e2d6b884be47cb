complete -c pgbackman_zabbix_autodiscovery -s b -l backup-server -d 'Backup server whose definitions are listed' -r
complete -c pgbackman_zabbix_autodiscovery -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_zabbix_autodiscovery -s h -l help -d 'Print help'
complete -c pgbackman_zabbix_autodiscovery -s V -l version -d 'Print version'
