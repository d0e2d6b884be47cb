# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pgbackman_setup_global_optspecs
    string join \n config= h/help V/version
end

function __fish_pgbackman_setup_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pgbackman_setup_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pgbackman_setup_using_subcommand
    set -l cmd (__fish_pgbackman_setup_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -l config -d 'Configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -s h -l help -d 'Print help'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -s V -l version -d 'Print version'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "database" -d 'Creates or completes the catalogue\'s roles, database and schema on the server in [pgbackman_database]'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "embedded" -d 'Creates a private PostgreSQL cluster in DIR with the catalogue in it, and writes DIR/pgbackman.conf: the default for one machine'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "server" -d 'Sets up this machine as a backup server, or checks it'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "node" -d 'Registers a PostgreSQL server, and nightly backups of all its databases on this backup server'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-host -d 'Host name, address or socket directory through which the administrator connects [default: host of the configuration]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-port -d 'Port of the server [default: port of the configuration]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-user -d 'Role of the administrator [default: PGUSER, else the name of the calling user]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-dbname -d 'Database to connect to first [default: PGDATABASE, else postgres]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l password-file -d 'File whose first line is the password for pgbackman_role_rw. Without this option no password is set, which is correct for peer and certificate authentication. Passwords are never accepted on the command line, where every user of the machine can see them' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l reader-password-file -d 'File whose first line is the password for pgbackman_role_ro' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l dump-file -d 'New file for the dump of the catalogue before an upgrade, in the format of pg_restore [default: pgbackman-catalogue-v3-20261121T101500.dump, with its version and the time, in the home directory]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l config -d 'Configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l upgrade -d 'Upgrade a catalogue of an older version; all rows are kept. Stop the older programs on all backup servers first. The catalogue is dumped before the upgrade; if the dump fails, nothing is upgraded'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l no-dump -d 'Upgrade without a dump. The upgrade then cannot be undone'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l dir -d 'Directory of the cluster; if it exists, it must be empty. Keep the path short (the path of a socket is limited to 107 bytes) and accessible to the connecting users' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l bindir -d 'Directory of PostgreSQL\'s server programs [default: of the newest found by bin_dirs of the configuration]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l port -d 'Port number; used only to name the Unix socket [default: 5432]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l owner -d 'User who runs the server and owns its files, if root runs this command [default: os_user of the configuration if there is such a user, else postgres]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l os-user -d 'User who runs the jobs and owns the backups, if root runs this command [default: os_user of the configuration if there is such a user, else the owner]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l allow-user -d 'Another operating system user who may connect; may be repeated' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l backup-server -d 'Name of this backup server in the catalogue [default: this machine\'s fully qualified name]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l backup-root -d 'Directory for the backups [default: DIR/backups]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l crontab-dir -d 'Directory for the crontabs [default: /etc/cron.d]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l program-dir -d 'Directory of PgBackMan\'s programs [default: the directory of this program]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l install-autostart -d 'Write the file that starts the server after a reboot: to FILE, or by default where the system reads it. If the name ends in .service, the file is a systemd unit, otherwise a crontab' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l config -d 'Configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l start -d 'Only start the server, as after a reboot'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l stop -d 'Only stop the server'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l status -d 'Only report the state of the server, and which release of PostgreSQL is running and which is installed. The exit status is 0 if the server runs and responds, and 8 if it does not run the installed release'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l restart-if-updated -d 'Restart the server if PostgreSQL\'s package was updated since the server was started; otherwise do nothing. If the server is a service of systemd, systemd restarts it. It is not restarted during an upgrade of the catalogue. The package and pgbackman_control run this command'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l upgrade-major -d 'Move the catalogue to the newest installed major version of PostgreSQL: dump it into a new cluster, and compare the rows of both clusters. Meanwhile the catalogue is unavailable, and results remain pending. The old cluster is kept as DIR/data.pgN. Refused while backups or restores run'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l undo-upgrade-major -d 'Return to the cluster that --upgrade-major kept. The catalogue loses everything that was registered since the upgrade; the newer cluster is kept too'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l upgrade -d 'Upgrade a catalogue of an older version after dumping it into the home directory; all rows are kept'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l format -d 'Format of the results' -r -f -a "text\t'One line per check, followed by the remedy'
json\t'A JSON document'"
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l embedded -d 'Create a private PostgreSQL cluster for the catalogue in DIR [default: /var/lib/pgbackman-catalogue], and use it' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l os-user -d 'User who runs the jobs and owns the backups [default: os_user of the configuration]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l backup-server -d 'Name of this backup server in the catalogue [default: that of the configuration, else this machine\'s fully qualified name]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l backup-root -d 'Directory for the backups [default: backup_roots of the configuration]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l config -d 'Configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l check -d 'Change nothing: check everything that backups depend on, and report OK, WARNING or ERROR with the remedy. The exit status is 0, 8 after a warning, or 1 after an error'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l dry-run -d 'Print what would be done, without changing anything'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l no-start -d 'Neither enable nor start the services'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l port -d 'Port of the server' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l user -d 'Role that takes the backups [default: postgres]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l config -d 'Configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l local -d 'Use the server on this machine, through its socket in /var/run/postgresql. If root runs this, a role for the job user is created if it is missing'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l now -d 'Take a first backup of each database now: snapshots, kept for 7 days'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l wait -d 'Wait for these first backups, and report their results'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "database" -d 'Creates or completes the catalogue\'s roles, database and schema on the server in [pgbackman_database]'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "embedded" -d 'Creates a private PostgreSQL cluster in DIR with the catalogue in it, and writes DIR/pgbackman.conf: the default for one machine'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "server" -d 'Sets up this machine as a backup server, or checks it'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "node" -d 'Registers a PostgreSQL server, and nightly backups of all its databases on this backup server'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
