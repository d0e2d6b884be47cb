//! Extra parameters of a restore: options of `pg_restore` against an allow-list per client version, as for backups
//! ([`crate::domain::backup::extra_parameters`]), and words of PgBackMan's own (`docs/spec/restores.md`, "Restore parameters").

use crate::domain::backup::extra_parameters::{
    ExtraParameters, ExtraParametersError, Tool, WordFault,
};
use crate::domain::pg_version::PgMajor;
pub use crate::domain::restore::restore_filters::{Filter, selects};

/// Kinds of entries that an option leaves out.
const LEFT_OUT: [(&[&str], &[&str]); 7] = [
    (&["--no-privileges", "--no-acl"], &["ACL", "DEFAULT ACL"]),
    (&["--no-comments"], &["COMMENT"]),
    (&["--no-policies"], &["POLICY", "ROW SECURITY"]),
    (
        &["--no-publications"],
        &[
            "PUBLICATION",
            "PUBLICATION TABLE",
            "PUBLICATION TABLES IN SCHEMA",
        ],
    ),
    (&["--no-security-labels"], &["SECURITY LABEL"]),
    (&["--no-statistics"], &["STATISTICS DATA"]),
    (
        &["--no-subscriptions"],
        &["SUBSCRIPTION", "SUBSCRIPTION TABLE"],
    ),
];

/// A role of the backup whose place another one of the target takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleMapping {
    /// The name in the backup.
    pub old: String,
    /// The name on the target.
    pub new: String,
}

/// Checked parameters of a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreParameters {
    /// Words for `pg_restore`, but for `--jobs` and the filters.
    words: Vec<String>,
    filters: Vec<(Filter, String)>,
    sections: Vec<String>,
    flags: Flags,
    /// How many connections restore at once (`--jobs`); `None`: one.
    pub jobs: Option<u16>,
    /// `--select=PATTERN`: entries of the archive's list, in the order given.
    pub selections: Vec<String>,
    /// `--map-role old=new`, in the order given.
    pub role_map: Vec<RoleMapping>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Flags {
    no_owner: bool,
    no_privileges: bool,
    schema_only: bool,
    no_tablespaces: bool,
    exactly: bool,
}

/// Reads and checks the extra parameters of a restore. `client` is the major version of the `pg_restore` that will get
/// them; where it is not known yet, an option that any version has is taken, and checked again when the restore runs.
///
/// # Errors
/// A word that is not allowed, with the reason; a role mapping that is none; words that exclude each other.
pub fn check(
    text: &str,
    client: Option<PgMajor>,
) -> Result<RestoreParameters, ExtraParametersError> {
    let parsed = ExtraParameters::parse(text, Tool::PgRestore, client)?;
    let role_map = parsed
        .values("map-role")
        .map(mapping)
        .collect::<Result<Vec<_>, _>>()?;
    let jobs = parsed
        .values("jobs")
        .last()
        .and_then(|number| number.parse::<u16>().ok());
    let parameters = RestoreParameters {
        words: parsed
            .words()
            .iter()
            .filter(|word| {
                let is = |option: &str| {
                    let value = word
                        .strip_prefix("--")
                        .and_then(|rest| rest.strip_prefix(option));
                    value.is_some_and(|rest| rest.starts_with('='))
                };
                !is("jobs") && !Filter::ALL.iter().any(|filter| is(filter.option()))
            })
            .cloned()
            .collect(),
        filters: Filter::ALL
            .iter()
            .flat_map(|filter| {
                let values = parsed.values(filter.option());
                values.map(|value| (*filter, value.to_owned()))
            })
            .collect(),
        sections: parsed.values("section").map(str::to_owned).collect(),
        flags: Flags {
            no_owner: parsed.has("no-owner"),
            no_privileges: parsed.has("no-privileges") || parsed.has("no-acl"),
            schema_only: parsed.has("schema-only"),
            no_tablespaces: parsed.has("no-tablespaces"),
            exactly: parsed.has("exactly"),
        },
        jobs,
        selections: parsed.values("select").map(str::to_owned).collect(),
        role_map,
    };
    together(parameters)
}

/// Refuses what cannot be had at once.
fn together(parameters: RestoreParameters) -> Result<RestoreParameters, ExtraParametersError> {
    let maps = !parameters.role_map.is_empty();
    if maps && parameters.jobs.is_some_and(|jobs| jobs > 1) {
        return Err(refused("--map-role", WordFault::MappedInParallel));
    }
    if parameters.exactly() && !parameters.chooses() {
        return Err(refused("--exactly", WordFault::NothingChosen));
    }
    for (at, mapping) in parameters.role_map.iter().enumerate() {
        if parameters.role_map[..at]
            .iter()
            .any(|other| other.old == mapping.old)
        {
            return Err(refused(
                &format!("--map-role={}={}", mapping.old, mapping.new),
                WordFault::MappedTwice,
            ));
        }
    }
    Ok(parameters)
}

fn mapping(value: &str) -> Result<RoleMapping, ExtraParametersError> {
    // A role's name may hold a "=": then the first one that leaves two names counts.
    match value.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok(RoleMapping {
            old: old.to_owned(),
            new: new.to_owned(),
        }),
        _ => Err(refused(
            &format!("--map-role={value}"),
            WordFault::NoMapping,
        )),
    }
}

fn refused(word: &str, reason: WordFault) -> ExtraParametersError {
    ExtraParametersError::Word {
        word: word.to_owned(),
        reason,
    }
}

impl RestoreParameters {
    /// The words for `pg_restore` (`--no-owner`), without `--jobs`, without our own, and without the filters, which become
    /// a list of entries.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Each option that chooses entries or leaves some out.
    pub fn filters(&self) -> impl Iterator<Item = (Filter, &str)> {
        self.filters
            .iter()
            .map(|(filter, value)| (*filter, value.as_str()))
    }

    /// What this option was given.
    pub fn names(&self, filter: Filter) -> impl Iterator<Item = &str> {
        self.filters()
            .filter(move |(one, _)| *one == filter)
            .map(|(_, name)| name)
    }

    /// Whether entries are chosen, so that `pg_restore` gets a list of them.
    pub const fn chooses(&self) -> bool {
        !self.filters.is_empty() || !self.selections.is_empty()
    }

    /// Whether only a part of the archive is restored.
    pub const fn is_partial(&self) -> bool {
        self.chooses() || !self.sections.is_empty()
    }

    /// `--exactly`: a choice is taken word by word, without what it needs.
    pub const fn exactly(&self) -> bool {
        self.flags.exactly
    }

    /// Whether a section (`pre-data`, `data`, `post-data`) is restored.
    pub fn takes_section(&self, section: &str) -> bool {
        self.sections.is_empty() || self.sections.iter().any(|one| one == section)
    }

    /// Whether an option leaves this kind of entries out, whatever is chosen.
    pub fn leaves_out(&self, kind: &str) -> bool {
        LEFT_OUT.iter().any(|(options, kinds)| {
            kinds.contains(&kind)
                && options
                    .iter()
                    .any(|option| self.words.iter().any(|word| word == option))
        })
    }

    /// `--no-owner`: everything belongs to the admin user.
    pub const fn no_owner(&self) -> bool {
        self.flags.no_owner
    }

    /// `--no-privileges`: no GRANT and no REVOKE.
    pub const fn no_privileges(&self) -> bool {
        self.flags.no_privileges
    }

    /// `--schema-only`: no rows.
    pub const fn schema_only(&self) -> bool {
        self.flags.schema_only
    }

    /// `--no-tablespaces`: everything goes into the default one.
    pub const fn no_tablespaces(&self) -> bool {
        self.flags.no_tablespaces
    }

    /// The role of the target for a role of the backup.
    pub fn mapped<'r>(&'r self, role: &'r str) -> &'r str {
        self.role_map
            .iter()
            .find(|mapping| mapping.old == role)
            .map_or(role, |mapping| &mapping.new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str, client: Option<u16>) -> String {
        match check(text, client.map(PgMajor::new)) {
            Ok(parameters) => panic!("{text:?} became {parameters:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn filters_and_our_own_words_are_understood() {
        let read = check(
            "-j 4 -n sales --table='My Table' --select='INDEX * x' -xO",
            None,
        )
        .unwrap();
        assert_eq!(read.jobs, Some(4));
        assert_eq!(read.words(), ["--no-privileges", "--no-owner"]);
        assert_eq!(
            read.filters().collect::<Vec<_>>(),
            [(Filter::Schema, "sales"), (Filter::Table, "My Table")]
        );
        assert_eq!(read.selections, ["INDEX * x"]);
        assert!(read.is_partial() && read.no_owner() && read.no_privileges());
        assert!(read.leaves_out("DEFAULT ACL") && !read.leaves_out("COMMENT"));
        assert!(!check("", None).unwrap().is_partial());
        assert!(check("-N secret", None).unwrap().chooses());
        let read = check("--section=data", None).unwrap();
        assert!(read.is_partial() && !read.chooses() && !read.takes_section("pre-data"));
        assert!(check("--exactly -t x", None).unwrap().exactly());

        let read = check("--map-role 'Old One=new' --map-role=b=c", None).unwrap();
        assert_eq!((read.mapped("Old One"), read.mapped("x")), ("new", "x"));
        assert!(read.words().is_empty());
    }

    #[test]
    fn trap_15a_case_is_kept() {
        let read = check("-t Log", Some(PgMajor::new(15))).unwrap();
        assert_eq!(read.names(Filter::Table).collect::<Vec<_>>(), ["Log"]);
    }

    #[test]
    fn what_redirects_drops_or_connects_is_refused_with_the_reason() {
        for (text, word) in [
            ("-d other", "where and as whom"),
            ("-h evil", "where and as whom"),
            ("-f /tmp/x", "not to a file"),
            ("-xf/tmp/x", "not to a file"),
            ("--cle", "dropped"),
            ("-C", "creates the database"),
            ("--role=x", "as whom"),
            ("-S x", "as whom"),
            ("-W", "passwords"),
            ("-1", "transactions"),
            ("-L /etc/passwd", "--select"),
            ("-l", "not restore anything"),
            ("-Fc", "its own format"),
            ("-a", "DATA"),
            ("archive", "only options"),
            ("-j 0", "whole number"),
            ("--map-role=x", "old=new"),
            ("--map-role=a=b --map-role=a=c", "twice"),
            ("--map-role=a=b -j 2", "--jobs"),
            ("--exactly", "--select"),
            ("'", "not closed"),
        ] {
            let reason = reason(text, None);
            assert!(reason.contains(word), "{text:?}: {reason}");
        }
        assert!(reason("--no-policies", Some(15)).contains("pg_restore 15"));
    }
}
