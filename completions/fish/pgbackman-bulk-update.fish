complete -c pgbackman-bulk-update -s f -l input-file -d 'File with the commands; - for standard input' -r -F
complete -c pgbackman-bulk-update -l config -d 'Use only this configuration file' -r -F
complete -c pgbackman-bulk-update -l dry-run -d 'Only check the commands and report errors, without running any'
complete -c pgbackman-bulk-update -l stop-on-error -d 'Stop at the first command that fails. By default, the remaining commands are run'
complete -c pgbackman-bulk-update -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman-bulk-update -s V -l version -d 'Print version'
