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

complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -l config -d 'The configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -s h -l help -d 'Print help'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -s V -l version -d 'Print version'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "database" -d 'Creates or completes roles, database and schema on the server that [pgbackman_database] of the configuration names'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "embedded" -d 'Creates a private PostgreSQL cluster in DIR with the catalogue in it, and writes DIR/pgbackman.conf: the default for one machine'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "server" -d 'Sets up this machine as a backup server, or checks it'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "node" -d 'Registers a PostgreSQL server, and nightly backups of all its databases on this backup server'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-host -d 'The administrator\'s way to the server: host name, address or socket directory [default: host of the configuration]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-port -d 'The server\'s port [default: port of the configuration]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-user -d 'The administrator\'s role [default: PGUSER, else the name of the user who calls this]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l admin-dbname -d 'The database to connect to first [default: PGDATABASE, else postgres]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l password-file -d 'A file with the password for pgbackman_role_rw (its first line); without it no password is set, which is right for peer and certificate authentication. A password is never given on the command line, where everybody can see it' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l reader-password-file -d 'The same for pgbackman_role_ro' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l dump-file -d 'Where the catalogue is dumped to before an upgrade: a new file in the format of pg_restore [default: pgbackman-catalogue-v3-20261121T101500.dump, with its version and the time, in the home directory]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l config -d 'The configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l upgrade -d 'Upgrade a catalogue of an older version, with every row. Stop the older programs on all backup servers first. The catalogue is dumped before; if that fails, nothing is upgraded'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -l no-dump -d 'Upgrade without a dump. Without one there is no way back'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand database" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l dir -d 'The directory, which may exist if it is empty. Its path has to be short, for sockets\' sake, and open to the users who connect' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l bindir -d 'The directory of PostgreSQL\'s server programs [default: of the newest found by bin_dirs of the configuration]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l port -d 'The port, of which only the socket\'s name is made [default: 5432]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l owner -d 'The user who runs the server and owns its files, if root runs this [default: os_user of the configuration if there is such a user, else postgres]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l os-user -d 'The user who runs the jobs and owns the backups, if root runs this [default: os_user of the configuration if there is such a user, else the owner]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l allow-user -d 'One more operating system user who may connect; may be repeated' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l backup-server -d 'The name of this backup server in the catalogue [default: this machine\'s fully qualified name]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l backup-root -d 'Where backups lie [default: DIR/backups]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l crontab-dir -d 'Where crontabs are written [default: /etc/cron.d]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l program-dir -d 'Where PgBackMan\'s programs are [default: where this one is]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l install-autostart -d 'Write what starts the server after a reboot: to FILE, else to the place that the system reads. A name that ends in .service gets a systemd unit, any other a crontab' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l config -d 'The configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l start -d 'Only start the server, as after a reboot'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l stop -d 'Only stop the server'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l status -d 'Only say how the server is, which release of PostgreSQL runs and which is installed; the exit status is 0 if it runs and answers, and 8 if it is not the release that is installed'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l restart-if-updated -d 'Restart the server if PostgreSQL\'s package was updated under it, and do nothing otherwise: by systemd where the server is a service, and not while the catalogue is upgraded. The package and pgbackman_control call this'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l upgrade-major -d 'Move the catalogue to the newest major version of PostgreSQL that is installed: by a dump that fills a new cluster, whose rows are compared with the old one\'s. Nobody reaches the catalogue meanwhile; results wait. The old cluster stays, as DIR/data.pgN. Refused while backups or restores run'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l undo-upgrade-major -d 'Go back to the cluster that --upgrade-major has kept, as it was then. What was registered since is lost to the catalogue; the newer cluster stays, too'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -l upgrade -d 'Upgrade a catalogue of an older version, with every row, after a dump of it into the home directory'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand embedded" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l format -d 'The format of the checks' -r -f -a "text\t'A line each, and below it what to do'
json\t'One document'"
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l embedded -d 'Create a private PostgreSQL cluster for the catalogue in DIR [default: /var/lib/pgbackman-catalogue], and use it' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l os-user -d 'The user who runs the jobs and owns the backups [default: os_user of the configuration]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l backup-server -d 'The name of this backup server in the catalogue [default: that of the configuration, else this machine\'s fully qualified name]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l backup-root -d 'Where backups lie [default: backup_roots of the configuration]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l config -d 'The configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l check -d 'Change nothing: check everything that backups depend on, and report OK, WARNING or ERROR with what to do. The exit status is 0, 8 after a warning, 1 after an error'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l dry-run -d 'Print what would be done, and change nothing'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -l no-start -d 'Neither enable nor start the services'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand server" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l port -d 'Its port' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l user -d 'The role that takes the backups [default: postgres]' -r
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l config -d 'The configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]' -r -F
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l local -d 'The server on this machine, through its socket in /var/run/postgresql; creates a role for the job user if root runs this and there is none'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l now -d 'Take a first backup of each database now: snapshots, kept for 7 days'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -l wait -d 'Wait until these first backups have been taken, and report how they ended'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand node" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "database" -d 'Creates or completes roles, database and schema on the server that [pgbackman_database] of the configuration names'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "embedded" -d 'Creates a private PostgreSQL cluster in DIR with the catalogue in it, and writes DIR/pgbackman.conf: the default for one machine'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "server" -d 'Sets up this machine as a backup server, or checks it'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "node" -d 'Registers a PostgreSQL server, and nightly backups of all its databases on this backup server'
complete -c pgbackman_setup -n "__fish_pgbackman_setup_using_subcommand help; and not __fish_seen_subcommand_from database embedded server node help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
