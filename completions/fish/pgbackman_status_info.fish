complete -c pgbackman_status_info -s p -l parameter-status -d 'Print this value' -r -f -a "job_queue\t'Number of changes waiting for `pgbackman_control`'
backup_last_status\t'Status of the last backup of a definition: succeeded, error, warning, unknown'"
complete -c pgbackman_status_info -s d -l backup-definition-id -d 'Check only this backup definition; required for backup_last_status' -r
complete -c pgbackman_status_info -s b -l backup-server -d 'Check only this backup server' -r
complete -c pgbackman_status_info -s n -l pgsql-node -d 'Check only this PgSQL node (fqdn:port if the name is ambiguous)' -r
complete -c pgbackman_status_info -l grace -d 'Delay after which a run counts as missed (default: missed_run_grace of the configuration)' -r
complete -c pgbackman_status_info -l warning-missed -d 'Warn at this many missed runs of one definition' -r
complete -c pgbackman_status_info -l critical-missed -d 'Report critical at this many missed runs of one definition' -r
complete -c pgbackman_status_info -l warning-age -d 'Warn if the newest usable backup of a definition has this age (default: old_backup_after of the configuration, or else two runs of its schedule)' -r
complete -c pgbackman_status_info -l critical-age -d 'Report critical if the newest usable backup of a definition has this age' -r
complete -c pgbackman_status_info -l warning-pending -d 'Warn at this many pending results' -r
complete -c pgbackman_status_info -l critical-pending -d 'Report critical at this many pending results' -r
complete -c pgbackman_status_info -l warning-queue -d 'Warn if a change has waited this long for pgbackman_control' -r
complete -c pgbackman_status_info -l critical-queue -d 'Report critical if a change has waited this long for pgbackman_control' -r
complete -c pgbackman_status_info -l warning-space -d 'Warn if the free space of a backup file system is below this percentage' -r
complete -c pgbackman_status_info -l critical-space -d 'Report critical if the free space of a backup file system is below this percentage' -r
complete -c pgbackman_status_info -l warning-full -d 'Warn if a backup file system will be full within this many days at the present rate; 0: never' -r
complete -c pgbackman_status_info -l timeout -d 'Timeout of the check' -r
complete -c pgbackman_status_info -l config -d 'Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)' -r -F
complete -c pgbackman_status_info -l check -d 'Check everything that backups depend on: definitions, nodes, daemons, disks, and that failures are reported to somebody'
complete -c pgbackman_status_info -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_status_info -s V -l version -d 'Print version'
