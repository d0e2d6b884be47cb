//! Extra parameters of a restore: options of `pg_restore` against an allow-list per client version, as for backups
//! ([`super::extra_parameters`]), and words of PgBackMan's own (`docs/spec/programs.md`, "Restore parameters").

use super::extra_parameters::{ExtraParameters, ExtraParametersError, Tool};
use super::pg_version::PgMajor;

/// Options that choose some of the archive's entries, each of which must choose something.
const FILTERS: [&str; 5] = ["schema", "table", "index", "function", "trigger"];

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
    /// Words for `pg_restore`, but for `--jobs`.
    words: Vec<String>,
    filters: Vec<(&'static str, String)>,
    excludes: bool,
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
            .filter(|word| !word.starts_with("--jobs="))
            .cloned()
            .collect(),
        filters: FILTERS
            .iter()
            .flat_map(|name| parsed.values(name).map(|value| (*name, value.to_owned())))
            .collect(),
        excludes: parsed.has("exclude-schema") || parsed.has("section"),
        flags: Flags {
            no_owner: parsed.has("no-owner"),
            no_privileges: parsed.has("no-privileges") || parsed.has("no-acl"),
            schema_only: parsed.has("schema-only"),
            no_tablespaces: parsed.has("no-tablespaces"),
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
        return Err(refused(
            "--map-role",
            "the names are replaced in one stream of SQL: it cannot be had together with --jobs",
        ));
    }
    for (at, mapping) in parameters.role_map.iter().enumerate() {
        if parameters.role_map[..at]
            .iter()
            .any(|other| other.old == mapping.old)
        {
            return Err(refused(
                &format!("--map-role={}={}", mapping.old, mapping.new),
                "this role is mapped twice",
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
            "it takes old=new: the role in the backup, and the one of the target that takes its place",
        )),
    }
}

fn refused(word: &str, reason: &str) -> ExtraParametersError {
    ExtraParametersError::Word {
        word: word.to_owned(),
        reason: reason.to_owned(),
    }
}

impl RestoreParameters {
    /// The words for `pg_restore` (`--schema=x`, `--no-owner`), without `--jobs` and without our own.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Each option that chooses entries, as one word; each must choose something in the archive.
    pub fn filters(&self) -> impl Iterator<Item = String> {
        self.filters
            .iter()
            .map(|(name, value)| format!("--{name}={value}"))
    }

    /// Whether only a part of the archive is restored.
    pub const fn is_partial(&self) -> bool {
        !self.filters.is_empty() || !self.selections.is_empty() || self.excludes
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

/// Whether an entry of the archive's list (`TABLE public orders owner`) is what a `--select` pattern means: `*` stands for
/// any text, `?` for one character, anything else for itself, and the whole entry must match.
pub fn selects(pattern: &str, entry: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let entry: Vec<char> = entry.chars().collect();
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < entry.len() {
        match pattern.get(from) {
            Some('*') => {
                star = Some((from, at));
                from += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == entry[at] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = taken + 1;
                    from = star_at + 1;
                }
                None => return false,
            },
        }
    }
    pattern[from..].iter().all(|character| *character == '*')
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
        assert_eq!(
            read.words(),
            [
                "--schema=sales",
                "--table=My Table",
                "--no-privileges",
                "--no-owner"
            ]
        );
        assert_eq!(
            read.filters().collect::<Vec<_>>(),
            ["--schema=sales", "--table=My Table"]
        );
        assert_eq!(read.selections, ["INDEX * x"]);
        assert!(read.is_partial() && read.no_owner() && read.no_privileges());
        assert!(!check("", None).unwrap().is_partial());
        assert!(check("-N secret", None).unwrap().is_partial());

        let read = check("--map-role 'Old One=new' --map-role=b=c", None).unwrap();
        assert_eq!((read.mapped("Old One"), read.mapped("x")), ("new", "x"));
        assert!(read.words().is_empty());
    }

    #[test]
    fn trap_15a_case_is_kept() {
        let read = check("-t Log", Some(PgMajor::new(15))).unwrap();
        assert_eq!(read.words(), ["--table=Log"]);
    }

    #[test]
    fn what_redirects_drops_or_connects_is_refused_with_the_reason() {
        for (text, word) in [
            ("-d other", "where and as whom"),
            ("-h evil", "where and as whom"),
            ("-f /tmp/x", "not into a file"),
            ("-xf/tmp/x", "not into a file"),
            ("--cle", "dropped"),
            ("-C", "makes the database"),
            ("--role=x", "as whom"),
            ("-S x", "as whom"),
            ("-W", "passwords"),
            ("-1", "transactions"),
            ("-L /etc/passwd", "--select"),
            ("-l", "nothing"),
            ("-Fc", "itself"),
            ("-a", "DATA"),
            ("archive", "only options"),
            ("-j 0", "whole number"),
            ("--map-role=x", "old=new"),
            ("--map-role=a=b --map-role=a=c", "twice"),
            ("--map-role=a=b -j 2", "--jobs"),
            ("'", "not closed"),
        ] {
            let reason = reason(text, None);
            assert!(reason.contains(word), "{text:?}: {reason}");
        }
        assert!(reason("--no-policies", Some(15)).contains("pg_restore 15"));
    }

    #[test]
    fn a_pattern_selects_whole_entries() {
        for (pattern, entry, expected) in [
            ("TABLE public orders me", "TABLE public orders me", true),
            ("TABLE public orders", "TABLE public orders me", false),
            ("TABLE * orders *", "TABLE sales orders me", true),
            ("* orders *", "TABLE DATA public orders me", true),
            ("INDEX ? x*", "INDEX p xyz", true),
            ("INDEX ? x*", "INDEX pp xyz", false),
            ("*", "", true),
            ("**a*b*", "xxaxxbxx", true),
            ("a*b", "ab", true),
            ("a*b", "aXc", false),
        ] {
            assert_eq!(selects(pattern, entry), expected, "{pattern} {entry}");
        }
    }
}
