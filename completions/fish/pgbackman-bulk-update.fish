complete -c pgbackman-bulk-update -s f -l input-file -d 'The file with the commands; - for standard input' -r -F
complete -c pgbackman-bulk-update -l config -d 'Use this configuration file, and no other' -r -F
complete -c pgbackman-bulk-update -l dry-run -d 'Only say what is wrong with the commands, and run none'
complete -c pgbackman-bulk-update -l stop-on-error -d 'End at the first command that is not done; without it the others are run'
complete -c pgbackman-bulk-update -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman-bulk-update -s V -l version -d 'Print version'
