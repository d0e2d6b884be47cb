complete -c pgbackman_status_info -s p -l parameter-status -d 'Print this value' -r -f -a "job_queue\t'How many jobs wait for `pgbackman_control`'
backup_last_status\t'How the last backup of a definition ended: succeeded, error, warning, unknown'"
complete -c pgbackman_status_info -s d -l backup-definition-id -d 'Only this backup definition; backup_last_status needs it' -r
complete -c pgbackman_status_info -s b -l backup-server -d 'Only this backup server' -r
complete -c pgbackman_status_info -s n -l pgsql-node -d 'Only this PgSQL node (fqdn:port where several have the name)' -r
complete -c pgbackman_status_info -l grace -d 'How late a run may be before it counts as missed (default: missed_run_grace of the configuration)' -r
complete -c pgbackman_status_info -l warning-missed -d 'Missed runs of one definition from which on it is a warning' -r
complete -c pgbackman_status_info -l critical-missed -d '… and critical' -r
complete -c pgbackman_status_info -l warning-age -d 'Age of the last usable backup of a definition from which on it is a warning (default: its schedule decides)' -r
complete -c pgbackman_status_info -l critical-age -d '… and critical' -r
complete -c pgbackman_status_info -l warning-pending -d 'Results that wait in files from which on it is a warning' -r
complete -c pgbackman_status_info -l critical-pending -d '… and critical' -r
complete -c pgbackman_status_info -l warning-queue -d 'How long a job may wait for pgbackman_control until it is a warning' -r
complete -c pgbackman_status_info -l critical-queue -d '… and critical' -r
complete -c pgbackman_status_info -l warning-space -d 'Free space where the backups go, in percent, below which it is a warning' -r
complete -c pgbackman_status_info -l critical-space -d '… and critical' -r
complete -c pgbackman_status_info -l timeout -d 'How long the check may take' -r
complete -c pgbackman_status_info -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_status_info -l check -d 'Check backups, daemons, queue, pending results and free space'
complete -c pgbackman_status_info -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_status_info -s V -l version -d 'Print version'
