//! Starting the server after a reboot: a systemd unit, or a crontab line with `@reboot`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgbackman_core::domain::text::words;
use pgbackman_core::error::ProgramError;
use pgbackman_core::sys::{atomic_file, crontab, privilege};

use super::config_file::Choices;
use super::layout::Layout;
use super::people::People;
use crate::setup::{failure, say};

/// Exists while systemd is the running init system (sd_booted(3)).
const SYSTEMD_RUNS: &str = "/run/systemd/system";

const UNIT: &str = "/etc/systemd/system/pgbackman-catalogue.service";
const CRONTAB: &str = "/etc/cron.d/pgbackman_catalogue";

/// The ways to start a server after a reboot.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Means {
    /// A unit file.
    Unit(PathBuf),
    /// A file like those in `/etc/cron.d`, which name a user.
    Crontab(PathBuf),
    /// The caller's own crontab.
    OwnCrontab,
}

impl Means {
    /// Chooses the way for this machine and caller, or the one that was named.
    fn choose(file: Option<&Path>) -> Self {
        match file {
            Some(file) if file.extension().is_some_and(|end| end == "service") => {
                Self::Unit(file.to_owned())
            }
            Some(file) => Self::Crontab(file.to_owned()),
            None if !privilege::is_root() => Self::OwnCrontab,
            None if Path::new(SYSTEMD_RUNS).is_dir() => Self::Unit(PathBuf::from(UNIT)),
            None => Self::Crontab(PathBuf::from(CRONTAB)),
        }
    }

    fn text(&self, program: &Path, layout: &Layout, owner: &str) -> String {
        let start = |action: &str, quote: fn(&str) -> String| {
            format!(
                "{} embedded --dir {} {action}",
                quote(&program.to_string_lossy()),
                quote(&layout.dir().to_string_lossy())
            )
        };
        match self {
            Self::Unit(_) => format!(
                "[Unit]\n\
                 Description=The catalogue database of PgBackMan\n\
                 After=local-fs.target\n\n\
                 [Service]\n\
                 Type=forking\n\
                 User={owner}\n\
                 ExecStart={}\n\
                 ExecStop={}\n\
                 PIDFile={}\n\
                 TimeoutSec=infinity\n\
                 Restart=on-failure\n\n\
                 [Install]\n\
                 WantedBy=multi-user.target\n",
                start("--start", unit_word),
                start("--stop", unit_word),
                layout.data().join("postmaster.pid").display()
            ),
            Self::Crontab(_) => format!(
                "# Starts the catalogue database of PgBackMan; written by pgbackman_setup.\n@reboot {owner} {}\n",
                start("--start", crontab::cron_word)
            ),
            Self::OwnCrontab => format!("@reboot {}\n", start("--start", crontab::cron_word)),
        }
    }
}

/// Installs the start after a reboot if that is wanted; otherwise prints how to do it.
pub(super) fn arrange(
    asked: Option<&Option<PathBuf>>,
    layout: &Layout,
    people: &People,
    choices: &Choices,
) -> Result<(), ProgramError> {
    let means = Means::choose(asked.and_then(Option::as_deref));
    let program = choices.program_dir.join("pgbackman_setup");
    let text = means.text(&program, layout, &people.owner.name);
    if asked.is_none() {
        let place = match &means {
            Means::Unit(file) | Means::Crontab(file) => format!("as {}", file.display()),
            Means::OwnCrontab => "with `crontab -e`".to_owned(),
        };
        say(&format!(
            "To start the server after a reboot, repeat this command with --install-autostart, or add the following \
             {place}:\n"
        ));
        say(text.trim_end());
        return Ok(());
    }
    match &means {
        Means::Unit(file) => {
            write(file, &text)?;
            enable(file)
        }
        Means::Crontab(file) => {
            crontab::check_file_name(file).map_err(|error| failure(error.to_string()))?;
            write(file, &text)
        }
        Means::OwnCrontab => add_to_own_crontab(text.trim_end()),
    }
}

fn write(file: &Path, text: &str) -> Result<(), ProgramError> {
    if fs::read_to_string(file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    if file.exists() {
        return Err(failure(format!(
            "{} already exists with other contents",
            file.display()
        ))
        .with_hint(
            "remove it if it is no longer needed, or name another file with --install-autostart",
        ));
    }
    atomic_file::write(file, text.as_bytes(), 0o644, None)
        .map_err(|error| failure(format!("could not write {}: {error}", file.display())))?;
    say(&format!(
        "{} was written: it starts the server after a reboot",
        file.display()
    ));
    Ok(())
}

/// Makes the running systemd load a unit in its own directory.
fn enable(file: &Path) -> Result<(), ProgramError> {
    if file != Path::new(UNIT) || !Path::new(SYSTEMD_RUNS).is_dir() {
        return Ok(());
    }
    for arguments in [
        &["daemon-reload"][..],
        &["enable", "pgbackman-catalogue.service"],
    ] {
        run(Command::new("systemctl").args(arguments), "systemctl")?;
    }
    Ok(())
}

/// Adds a line to the caller's crontab, unless it exists.
fn add_to_own_crontab(line: &str) -> Result<(), ProgramError> {
    let listed = Command::new("crontab")
        .arg("-l")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failure(format!("could not run crontab: {error}")))?;
    // Without a crontab `crontab -l` fails; then there is nothing to preserve.
    let present = if listed.status.success() {
        String::from_utf8(listed.stdout)
            .map_err(|_| failure("the current crontab is not UTF-8; add the line by hand"))?
    } else {
        String::new()
    };
    if present.lines().any(|known| known == line) {
        return Ok(());
    }
    let mut child = Command::new("crontab")
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| failure(format!("could not run crontab: {error}")))?;
    let written = child.stdin.take().map(|mut input| {
        let separator = if present.is_empty() || present.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        input.write_all(format!("{present}{separator}{line}\n").as_bytes())
    });
    let ended = child.wait();
    match (written, ended) {
        (Some(Ok(())), Ok(status)) if status.success() => {
            say("a line was added to the crontab: it starts the server after a reboot");
            Ok(())
        }
        (_, ended) => Err(failure(format!(
            "crontab did not accept the new line ({ended:?})"
        ))),
    }
}

fn run(command: &mut Command, what: &str) -> Result<(), ProgramError> {
    let said = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failure(format!("could not run {what}: {error}")))?;
    if said.status.success() {
        return Ok(());
    }
    Err(failure(format!(
        "{what} failed: {}",
        String::from_utf8_lossy(&said.stderr).trim()
    )))
}

/// A word of a unit's command line: quoted, with `%` and `$` doubled (systemd.service(5), "Command lines").
fn unit_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._+-".contains(c);
    words::quote_double(text, plain)
        .replace('%', "%%")
        .replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Layout, Means, unit_word};

    fn layout() -> Layout {
        Layout::new(Path::new("/var/lib/catalogue")).unwrap()
    }

    #[test]
    fn a_crontab_names_the_user_and_starts_the_server_at_boot() {
        let means = Means::choose(Some(Path::new("/etc/cron.d/catalogue")));
        assert_eq!(
            means.text(
                Path::new("/opt/my programs/pgbackman_setup"),
                &layout(),
                "pgbackman"
            ),
            "# Starts the catalogue database of PgBackMan; written by pgbackman_setup.\n\
             @reboot pgbackman '/opt/my programs/pgbackman_setup' embedded --dir /var/lib/catalogue --start\n"
        );
    }

    #[test]
    fn a_unit_starts_and_stops_the_server_as_its_owner() {
        let means = Means::choose(Some(Path::new("/x/y.service")));
        assert_eq!(means, Means::Unit(PathBuf::from("/x/y.service")));
        let text = means.text(
            Path::new("/usr/bin/pgbackman_setup"),
            &layout(),
            "pgbackman",
        );
        for line in [
            "User=pgbackman",
            "ExecStart=/usr/bin/pgbackman_setup embedded --dir /var/lib/catalogue --start",
            "ExecStop=/usr/bin/pgbackman_setup embedded --dir /var/lib/catalogue --stop",
            "PIDFile=/var/lib/catalogue/data/postmaster.pid",
            "WantedBy=multi-user.target",
        ] {
            assert!(
                text.lines().any(|known| known == line),
                "{line} is missing in:\n{text}"
            );
        }
    }

    #[test]
    fn a_words_special_characters_are_protected_from_systemd() {
        assert_eq!(unit_word("/usr/bin/x"), "/usr/bin/x");
        assert_eq!(unit_word("/a b%c$d\"e"), "\"/a b%%c$$d\\\"e\"");
    }
}
