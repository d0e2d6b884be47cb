complete -c pgbackman -s C -l command -d 'Run this one command line and exit' -r
complete -c pgbackman -s o -l output -d 'Show lists and details in this form' -r -f -a "table\t''
csv\t''
json\t''
json2\t''"
complete -c pgbackman -l config -d 'Use this configuration file, and no other' -r -F
complete -c pgbackman -l convert-config -d 'Write a configuration file of PgBackMan 1.x as the TOML this version reads, to standard output, and exit' -r -F
complete -c pgbackman -l keep-going -d 'In a script, go on after a command that failed'
complete -c pgbackman -l echo -d 'In a script, show each command before it runs'
complete -c pgbackman -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman -s V -l version -d 'Print version'
