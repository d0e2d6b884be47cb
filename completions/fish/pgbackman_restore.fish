complete -c pgbackman_restore -l config -d 'Configuration file' -r -F
complete -c pgbackman_restore -l node-fqdn -d 'PgSQL node to restore to' -r
complete -c pgbackman_restore -l node-fqdn-encoded -r
complete -c pgbackman_restore -l node-id -d 'NodeID of that node' -r
complete -c pgbackman_restore -l node-port -d 'Port of that node' -r
complete -c pgbackman_restore -l node-user -d 'Role that restores' -r
complete -c pgbackman_restore -l node-user-encoded -r
complete -c pgbackman_restore -l restore-def -d 'Restore definition to run' -r
complete -c pgbackman_restore -l backup-code -d 'Code of the backup (FULL, SCHEMA, DATA, CLUSTER or RDS), if it has no manifest' -r
complete -c pgbackman_restore -l pgdump-file -d 'The backup: the directory of an archive, or the compressed script of a CLUSTER backup' -r
complete -c pgbackman_restore -l pgdump-file-encoded -r
complete -c pgbackman_restore -l pgdump-roles-file -d 'Roles file of the backup' -r
complete -c pgbackman_restore -l pgdump-roles-file-encoded -r
complete -c pgbackman_restore -l pgdump-dbconfig-file -d 'Settings file of the backup' -r
complete -c pgbackman_restore -l pgdump-dbconfig-file-encoded -r
complete -c pgbackman_restore -l manifest-file -d 'Manifest of the backup (default: the one next to it)' -r
complete -c pgbackman_restore -l manifest-file-encoded -r
complete -c pgbackman_restore -l checksum -d 'SHA-256 of the manifest, as recorded in the catalogue' -r
complete -c pgbackman_restore -l source-dbname -d 'Database that was backed up; omit it for CLUSTER' -r
complete -c pgbackman_restore -l source-dbname-encoded -r
complete -c pgbackman_restore -l target-dbname -d 'Database to restore into; omit it for CLUSTER' -r
complete -c pgbackman_restore -l target-dbname-encoded -r
complete -c pgbackman_restore -l renamed-dbname -d 'New name for an existing database; for CLUSTER, a list of old=new' -r
complete -c pgbackman_restore -l renamed-dbname-encoded -r
complete -c pgbackman_restore -l extra-restore-parameters -d 'Further parameters for pg_restore, --map-role=old=new, --select=PATTERN, --exactly' -r
complete -c pgbackman_restore -l extra-restore-parameters-encoded -r
complete -c pgbackman_restore -l role-list -d 'Roles that may be created, separated by commas (default: all that the target lacks)' -r
complete -c pgbackman_restore -l role-list-encoded -r
complete -c pgbackman_restore -l pg-release -d 'Release of the pg_dump that took the backup, if it has no manifest' -r
complete -c pgbackman_restore -l root-backup-dir -d 'The backup server\'s root directory' -r
complete -c pgbackman_restore -l root-backup-dir-encoded -r
complete -c pgbackman_restore -l dry-run -d 'Verify the backup, check the target and print the plan, without changing anything'
complete -c pgbackman_restore -s h -l help -d 'Print help'
complete -c pgbackman_restore -s V -l version -d 'Print version'
