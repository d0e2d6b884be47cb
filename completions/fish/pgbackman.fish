complete -c pgbackman -s C -l command -d 'Run this command line and exit' -r
complete -c pgbackman -s o -l output -d 'Output format of lists and details' -r -f -a "table\t''
csv\t''
json\t''
json2\t''"
complete -c pgbackman -l config -d 'Use only this configuration file' -r -F
complete -c pgbackman -l convert-config -d 'Convert a configuration file of PgBackMan 1.x to the TOML format of this version, write it to standard output, and exit' -r -F
complete -c pgbackman -l keep-going -d 'In a script, continue after a command that failed'
complete -c pgbackman -l echo -d 'In a script, show each command before it runs'
complete -c pgbackman -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman -s V -l version -d 'Print version'
