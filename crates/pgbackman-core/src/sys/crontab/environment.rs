//! The environment lines above the jobs.

/// The shell that cron starts the commands with: what the quoting is made for.
pub(super) const SHELL: &str = "/bin/sh";
/// Where the programs that a job starts are looked for.
pub(super) const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The longest line cron reads as an environment setting, its name and end included (`MAX_ENVSTR` is 1000).
const LONGEST_VALUE: usize = 900;

/// What 1.2's default configuration gave every node: an address of a domain that is nobody's (RFC 2606). It counts as none.
pub const PLACEHOLDER: &str = "example@example.org";

/// The addresses as cron may have them after `MAILTO=`; `None` where it could not use them.
///
/// Debian's cron sends to nothing but letters, digits and `@!:%-.,_+` (a leading `-` would be an option of the mailer).
/// Blanks around commas are dropped. A newline, a quote or any other character makes the whole value unusable: half an
/// address is somebody else's. An empty value is unusable too, and written as it is it would make cron ignore the whole
/// file (measured with `MAILTO=` and nothing after it).
pub fn mailto_value(addresses: &str) -> Option<String> {
    let addresses: Vec<&str> = addresses
        .split(',')
        .map(|address| address.trim_matches([' ', '\t']))
        .filter(|address| !address.eq_ignore_ascii_case(PLACEHOLDER))
        .collect();
    let usable = addresses.iter().all(|address| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@!:%-._+".contains(&byte);
        !address.is_empty() && !address.starts_with('-') && address.bytes().all(plain)
    });
    let value = addresses.join(",");
    (usable && !value.is_empty() && value.len() <= LONGEST_VALUE).then_some(value)
}

/// `SHELL`, `PATH` and, where there is a usable address, `MAILTO`. Without it cron mails the user of the job.
pub(super) fn environment_lines(mailto: &str) -> String {
    let mut lines = format!("SHELL={SHELL}\nPATH={PATH}\n");
    if let Some(value) = mailto_value(mailto) {
        lines.push_str("MAILTO=");
        lines.push_str(&value);
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_16_an_address_never_becomes_a_line() {
        for bad in [
            "ops@example.org\n* * * * * root touch /x",
            "ops@example.org\r",
            "o'x@example.org",
            "\"ops\"@example.org",
            "-oQ/tmp@example.org",
            "a b@example.org",
            "a@example.org,",
            "",
            " ",
            PLACEHOLDER,
            "Example@example.org, example@example.org",
            &"a".repeat(1000),
        ] {
            assert_eq!(mailto_value(bad), None, "{bad:?}");
            assert_eq!(
                environment_lines(bad),
                "SHELL=/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
            );
        }
    }

    #[test]
    fn several_addresses_are_kept() {
        assert_eq!(
            mailto_value("ops@example.org, dba+x@example.org").unwrap(),
            "ops@example.org,dba+x@example.org"
        );
        let without = mailto_value("example@example.org,ops@example.net");
        assert_eq!(without.unwrap(), "ops@example.net");
        assert!(environment_lines("root").ends_with("MAILTO=root\n"));
    }
}
