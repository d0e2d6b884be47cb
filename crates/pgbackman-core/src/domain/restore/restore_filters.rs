//! How a restore chooses entries of an archive: options of `pg_restore`, and our own patterns.

/// An option that chooses some of the archive's entries, or leaves some out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// `--schema`
    Schema,
    /// `--exclude-schema`
    ExcludeSchema,
    /// `--table`
    Table,
    /// `--index`
    Index,
    /// `--function`
    Function,
    /// `--trigger`
    Trigger,
}

impl Filter {
    /// All of them.
    pub(super) const ALL: [Self; 6] = [
        Self::Schema,
        Self::ExcludeSchema,
        Self::Table,
        Self::Index,
        Self::Function,
        Self::Trigger,
    ];

    /// The option's name.
    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::ExcludeSchema => "exclude-schema",
            Self::Table => "table",
            Self::Index => "index",
            Self::Function => "function",
            Self::Trigger => "trigger",
        }
    }

    /// The option as one word.
    pub fn word(self, value: &str) -> String {
        format!("--{}={value}", self.option())
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
