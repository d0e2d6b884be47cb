complete -c pgbackman_verify -l level -d 'Level of proof: checksum compares sizes and SHA-256 with the manifest; read also unpacks every file and counts its contents' -r -f -a "checksum\t''
read\t''"
complete -c pgbackman_verify -l jobs -d 'Number of files to read at the same time (default: one per processor)' -r
complete -c pgbackman_verify -s o -l output -d 'Output format' -r -f -a "text\t'A line for each backup'
json\t'One JSON document'"
complete -c pgbackman_verify -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_verify -s V -l version -d 'Print version'
