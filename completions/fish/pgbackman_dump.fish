complete -c pgbackman_dump -l config -d 'Configuration file' -r -F
complete -c pgbackman_dump -l node-fqdn -d 'PgSQL node to back up' -r
complete -c pgbackman_dump -l node-fqdn-encoded -r
complete -c pgbackman_dump -l node-id -d 'NodeID of that node' -r
complete -c pgbackman_dump -l node-port -d 'Port of that node' -r
complete -c pgbackman_dump -l node-user -d 'Role that takes the backup' -r
complete -c pgbackman_dump -l node-user-encoded -r
complete -c pgbackman_dump -l def-id -d 'Backup definition to run' -r
complete -c pgbackman_dump -l snapshot-id -d 'Snapshot definition to run' -r
complete -c pgbackman_dump -l dbname -d 'Database to back up; omit it for CLUSTER' -r
complete -c pgbackman_dump -l dbname-encoded -r
complete -c pgbackman_dump -l backup-code -d 'What the backup contains: FULL, SCHEMA, DATA, CLUSTER or RDS' -r
complete -c pgbackman_dump -l encryption -d 'Whether the definition requires encryption, which is not supported yet' -r -f -a "true\t''
false\t''"
complete -c pgbackman_dump -l root-backup-dir -d 'The backup server\'s root directory' -r -F
complete -c pgbackman_dump -l root-backup-dir-encoded -r
complete -c pgbackman_dump -l extra-backup-parameters -d 'Further parameters for pg_dump or pg_dumpall' -r
complete -c pgbackman_dump -l extra-backup-parameters-encoded -r
complete -c pgbackman_dump -l pg-dump-release -d 'Major version of pg_dump to use instead of the node\'s own' -r
complete -c pgbackman_dump -l requested-run -d 'RequestID of the backup_now or retry that this run fulfils; a second start for the same request does nothing' -r
complete -c pgbackman_dump -l cron-schedule -d 'The five fields by which cron starts this; a second start for the same time does nothing, unless somebody starts it at a terminal' -r
complete -c pgbackman_dump -s h -l help -d 'Print help'
complete -c pgbackman_dump -s V -l version -d 'Print version'
