//! Which options `pg_dump`, `pg_dumpall` and `pg_restore` have, from which major version on, and what PgBackMan thinks of them.
//!
//! The lists follow the tools' own `--help` from 9.x to 18. An option of a newer version is unknown here and refused until
//! somebody has judged it. Versions before 10 are one: an option that a 9.x client lacks is refused by the client itself.

use super::tool::Tool;

/// One option of a client tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct OptionSpec {
    /// The name after `--`; empty where there is only a letter.
    pub(super) long: &'static str,
    /// The letter after `-`.
    pub(super) short: Option<char>,
    /// Whether a value follows.
    pub(super) takes_value: bool,
    /// First major version that has it.
    since: u16,
    /// First major version that has it no more.
    until: u16,
    /// The judgement.
    pub(super) rule: Rule,
}

/// What is done with an option.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Passed on.
    Allowed,
    /// Passed on when its value is a whole number in this range.
    Number(i32, i32),
    /// Passed on when its value is a compression of this client version.
    Compression,
    /// Passed on when its value is one of these, in any case.
    OneOf(&'static [&'static str]),
    /// Not the tool's but PgBackMan's own: kept, never passed on.
    Own,
    /// Refused for this reason.
    Refused(&'static str),
}

impl OptionSpec {
    const fn new(long: &'static str, short: Option<char>, takes_value: bool, rule: Rule) -> Self {
        Self {
            long,
            short,
            takes_value,
            since: 0,
            until: u16::MAX,
            rule,
        }
    }

    const fn since(mut self, major: u16) -> Self {
        self.since = major;
        self
    }

    const fn until(mut self, major: u16) -> Self {
        self.until = major;
        self
    }

    /// Whether a client of this major version has it; every version's options are had by an unknown one.
    pub(super) fn exists_in(&self, major: Option<u16>) -> bool {
        major.is_none_or(|major| (self.since..self.until).contains(&major))
    }

    /// As messages show it.
    pub(super) fn display(&self) -> String {
        match (self.long, self.short) {
            ("", Some(letter)) => format!("-{letter}"),
            (long, _) => format!("--{long}"),
        }
    }
}

const fn flag(long: &'static str, short: Option<char>) -> OptionSpec {
    OptionSpec::new(long, short, false, Rule::Allowed)
}

const fn value(long: &'static str, short: Option<char>, rule: Rule) -> OptionSpec {
    OptionSpec::new(long, short, true, rule)
}

const fn refused(
    long: &'static str,
    short: Option<char>,
    takes_value: bool,
    reason: &'static str,
) -> OptionSpec {
    OptionSpec::new(long, short, takes_value, Rule::Refused(reason))
}

/// `-E`: PgBackMan compares the roles an archive names with the server's, byte by byte.
const ENCODING: OptionSpec = refused(
    "encoding",
    Some('E'),
    true,
    "a backup keeps the encoding of the database",
);

const OUTPUT: &str = "PgBackMan decides where a backup is written";
const FORMAT: &str = "the backup code decides the format";
const CONTENT: &str = "the backup code decides what the backup contains";
const CONNECTION: &str = "the PgSQL node decides where and as whom to connect";
const ROLE: &str = "a backup is taken as the node's admin user, not as another role";
const PASSWORD: &str = "passwords come from .pgpass, because a backup runs unattended";
const DROPS: &str = "it makes a restore drop objects";
const CREATES: &str = "the settings file creates the database";
const NO_BACKUP: &str = "it does not take a backup";
const SNAPSHOT: &str = "the backup runs in the snapshot of its roles and settings";
const READS_FILE: &str = "it reads a file of the backup server; give the filters as options";
const UPGRADE: &str = "it is for pg_upgrade only";
const POLICIES: &str = "rows that a policy hides would be omitted silently; use an admin user that is a superuser or \
                        has BYPASSRLS";
const MOMENTS: &str = "tables would be from different points in time";
const RESTRICT: &str = "the key must not be predictable; the client generates one";

/// What both tools have.
const COMMON: &[OptionSpec] = &[
    refused("file", Some('f'), true, OUTPUT),
    flag("verbose", Some('v')),
    refused("version", Some('V'), false, NO_BACKUP),
    refused("help", Some('?'), false, NO_BACKUP),
    value("lock-wait-timeout", None, Rule::Allowed),
    flag("no-sync", None).since(10),
    refused("data-only", Some('a'), false, CONTENT),
    refused("schema-only", Some('s'), false, CONTENT),
    refused("clean", Some('c'), false, DROPS),
    refused("if-exists", None, false, DROPS),
    flag("oids", Some('o')).until(12),
    flag("no-owner", Some('O')),
    refused("superuser", Some('S'), true, ROLE),
    flag("no-privileges", Some('x')),
    flag("no-acl", None),
    refused("binary-upgrade", None, false, UPGRADE),
    flag("column-inserts", None),
    flag("attribute-inserts", None),
    flag("disable-dollar-quoting", None),
    flag("disable-triggers", None),
    value("extra-float-digits", None, Rule::Number(1, 3)).since(12),
    refused("filter", None, true, READS_FILE).since(17),
    flag("inserts", None),
    flag("load-via-partition-root", None).since(11),
    flag("no-comments", None).since(11),
    refused("no-data", None, false, CONTENT).since(18),
    flag("no-policies", None).since(18),
    flag("no-publications", None).since(10),
    refused("no-schema", None, false, CONTENT).since(18),
    flag("no-security-labels", None),
    flag("no-statistics", None).since(18),
    flag("no-subscriptions", None).since(10),
    flag("no-table-access-method", None).since(15),
    flag("no-tablespaces", None),
    flag("no-toast-compression", None).since(14),
    flag("no-unlogged-table-data", None),
    flag("on-conflict-do-nothing", None).since(12),
    flag("quote-all-identifiers", None),
    refused("restrict-key", None, true, RESTRICT).since(13),
    value("rows-per-insert", None, Rule::Number(1, i32::MAX)).since(12),
    flag("sequence-data", None).since(18),
    flag("statistics", None).since(18),
    refused("statistics-only", None, false, CONTENT).since(18),
    flag("use-set-session-authorization", None),
    refused("dbname", Some('d'), true, CONNECTION),
    refused("host", Some('h'), true, CONNECTION),
    refused("port", Some('p'), true, CONNECTION),
    refused("username", Some('U'), true, CONNECTION),
    refused("no-password", Some('w'), false, PASSWORD),
    refused("password", Some('W'), false, PASSWORD),
    refused("role", None, true, ROLE),
];

/// What `pg_dump` has besides.
const PG_DUMP: &[OptionSpec] = &[
    ENCODING,
    refused("format", Some('F'), true, FORMAT),
    value("jobs", Some('j'), Rule::Number(1, 1024)),
    value("compress", Some('Z'), Rule::Compression),
    value("sync-method", None, Rule::OneOf(&["fsync", "syncfs"])).since(17),
    flag("large-objects", Some('b')).since(16),
    flag("blobs", Some('b')),
    flag("no-large-objects", Some('B')).since(16),
    flag("no-blobs", Some('B')).since(10),
    refused("create", Some('C'), false, CREATES),
    value("extension", Some('e'), Rule::Allowed).since(14),
    value("schema", Some('n'), Rule::Allowed),
    value("exclude-schema", Some('N'), Rule::Allowed),
    value("table", Some('t'), Rule::Allowed),
    value("exclude-table", Some('T'), Rule::Allowed),
    refused("enable-row-security", None, false, POLICIES),
    value("exclude-extension", None, Rule::Allowed).since(17),
    value("exclude-table-and-children", None, Rule::Allowed).since(16),
    value("exclude-table-data", None, Rule::Allowed),
    value("exclude-table-data-and-children", None, Rule::Allowed).since(16),
    value("include-foreign-data", None, Rule::Allowed).since(13),
    refused("no-synchronized-snapshots", None, false, MOMENTS).until(15),
    value(
        "section",
        None,
        Rule::OneOf(&["pre-data", "data", "post-data"]),
    ),
    refused("serializable-deferrable", None, false, SNAPSHOT),
    refused("snapshot", None, true, SNAPSHOT),
    flag("strict-names", None),
    value("table-and-children", None, Rule::Allowed).since(16),
];

/// What `pg_dumpall` has besides.
const PG_DUMPALL: &[OptionSpec] = &[
    ENCODING.since(11),
    refused("globals-only", Some('g'), false, CONTENT),
    refused("roles-only", Some('r'), false, CONTENT),
    refused("tablespaces-only", Some('t'), false, CONTENT),
    value("exclude-database", None, Rule::Allowed).since(12),
    flag("no-role-passwords", None).since(10),
    refused("database", Some('l'), true, CONNECTION),
];

const TARGET: &str = "the restore definition decides where and as whom to restore";
const RENAMES: &str = "nothing is ever dropped: an existing database is renamed";
const MAKES: &str = "PgBackMan creates the database, with its properties";
const LISTS: &str = "it does not restore anything";
const USE_LIST: &str = "it reads a file of the backup server; --select=PATTERN selects entries";
const TRANSACTIONS: &str =
    "PgBackMan decides about transactions, so that a failure does not affect other objects";
const ARCHIVE: &str = "the archive contains its own format";
const WHOLE: &str = "use a backup with code DATA to add rows to existing tables";

/// What `pg_restore` has, and the words of PgBackMan's own.
const PG_RESTORE: &[OptionSpec] = &[
    value("map-role", None, Rule::Own),
    value("select", None, Rule::Own),
    OptionSpec::new("exactly", None, false, Rule::Own),
    value("jobs", Some('j'), Rule::Number(1, 1024)),
    value("schema", Some('n'), Rule::Allowed),
    value("exclude-schema", Some('N'), Rule::Allowed).since(10),
    value("table", Some('t'), Rule::Allowed),
    value("index", Some('I'), Rule::Allowed),
    value("function", Some('P'), Rule::Allowed),
    value("trigger", Some('T'), Rule::Allowed),
    flag("schema-only", Some('s')),
    value(
        "section",
        None,
        Rule::OneOf(&["pre-data", "data", "post-data"]),
    ),
    flag("exit-on-error", Some('e')),
    flag("no-owner", Some('O')),
    flag("no-privileges", Some('x')),
    flag("no-acl", None),
    flag("no-comments", None).since(11),
    flag("no-data-for-failed-tables", None),
    flag("no-policies", None).since(18),
    flag("no-publications", None).since(10),
    flag("no-security-labels", None),
    flag("no-statistics", None).since(18),
    flag("statistics", None).since(18),
    flag("no-subscriptions", None).since(10),
    flag("no-table-access-method", None).since(15),
    flag("no-tablespaces", None),
    flag("disable-triggers", None),
    flag("enable-row-security", None),
    flag("strict-names", None),
    flag("use-set-session-authorization", None),
    flag("verbose", Some('v')),
    refused("data-only", Some('a'), false, WHOLE),
    refused("clean", Some('c'), false, RENAMES),
    refused("if-exists", None, false, RENAMES),
    refused("create", Some('C'), false, MAKES),
    refused("dbname", Some('d'), true, TARGET),
    refused("host", Some('h'), true, TARGET),
    refused("port", Some('p'), true, TARGET),
    refused("username", Some('U'), true, TARGET),
    refused("role", None, true, TARGET),
    refused("superuser", Some('S'), true, TARGET),
    refused("no-password", Some('w'), false, PASSWORD),
    refused("password", Some('W'), false, PASSWORD),
    refused(
        "file",
        Some('f'),
        true,
        "a restore writes to the target, not to a file",
    ),
    refused("format", Some('F'), true, ARCHIVE),
    refused("list", Some('l'), false, LISTS),
    refused("use-list", Some('L'), true, USE_LIST),
    refused("filter", None, true, READS_FILE).since(17),
    refused("single-transaction", Some('1'), false, TRANSACTIONS),
    refused("transaction-size", None, true, TRANSACTIONS).since(17),
    refused("no-data", None, false, WHOLE).since(18),
    refused("no-schema", None, false, WHOLE).since(18),
    refused("statistics-only", None, false, WHOLE).since(18),
    refused("restrict-key", None, true, RESTRICT).since(13),
    refused("version", Some('V'), false, LISTS),
    refused("help", Some('?'), false, LISTS),
];

/// The options a tool of this major version has; of any version where it is not known yet.
pub(super) fn of(tool: Tool, major: Option<u16>) -> impl Iterator<Item = &'static OptionSpec> {
    let (common, own) = match tool {
        Tool::PgDump => (COMMON, PG_DUMP),
        Tool::PgDumpall => (COMMON, PG_DUMPALL),
        Tool::PgRestore => (&[][..], PG_RESTORE),
    };
    common
        .iter()
        .chain(own)
        .filter(move |option| option.exists_in(major))
}
