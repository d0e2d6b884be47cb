//! The connection service file: named groups of connection settings (PostgreSQL documentation, "The Connection Service
//! File").

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::settings::{Settings, is_known};
use super::settings_error::{LineFault, ServiceError};
use crate::config::Environment;

/// Where distributions keep the file for all users: Debian's and PGDG's directory, and the plain one.
const SYSTEM_DIRECTORIES: [&str; 3] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc"];

/// The settings of a service: from the user's file (`PGSERVICEFILE`, else `~/.pg_service.conf`), and if it is not there,
/// from the system's.
pub(super) fn load(name: &str, env: &Environment) -> Result<Settings, ServiceError> {
    let files = files(env);
    for file in &files {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(ServiceError::Unreadable {
                    file: file.clone(),
                    reason: error.to_string(),
                });
            }
        };
        if let Some(settings) = find(&text, name, file)? {
            return Ok(settings);
        }
    }
    Err(ServiceError::Undefined {
        name: name.to_owned(),
        files,
    })
}

fn files(env: &Environment) -> Vec<PathBuf> {
    let own = match env.var("PGSERVICEFILE") {
        Some(file) => Some(PathBuf::from(file)),
        None => env.home().map(|home| home.join(".pg_service.conf")),
    };
    let system: Vec<PathBuf> = match env.var("PGSYSCONFDIR") {
        Some(directory) => vec![PathBuf::from(directory)],
        None => SYSTEM_DIRECTORIES.iter().map(PathBuf::from).collect(),
    };
    let system = system
        .into_iter()
        .map(|directory| directory.join("pg_service.conf"));
    own.into_iter().chain(system).collect()
}

/// The settings of one service in a file's text, if it is there. As in libpq the first group of that name counts, and
/// the first of two values for one keyword.
fn find(text: &str, name: &str, file: &Path) -> Result<Option<Settings>, ServiceError> {
    let mut found: Option<Settings> = None;
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            inside = heading.strip_suffix(']') == Some(name);
            if inside {
                found = Some(Settings::default());
            }
            continue;
        }
        if let (true, Some(settings)) = (inside, found.as_mut()) {
            let (keyword, value) = setting(line).map_err(|fault| ServiceError::Line {
                file: file.to_owned(),
                line: index + 1,
                fault,
            })?;
            if settings.get(keyword).is_none() {
                settings.set(keyword, value);
            }
        }
    }
    Ok(found)
}

/// The keyword and value of a line.
fn setting(line: &str) -> Result<(&str, &str), LineFault> {
    if line.starts_with("ldap:") {
        return Err(LineFault::Ldap);
    }
    let (keyword, value) = line.split_once('=').ok_or(LineFault::NoValue)?;
    let (keyword, value) = (keyword.trim_end(), value.trim_start());
    if keyword == "service" || keyword == "servicefile" {
        return Err(LineFault::Nested);
    }
    if !is_known(keyword) {
        return Err(LineFault::UnknownKeyword(keyword.to_owned()));
    }
    Ok((keyword, value))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::find;

    const FILE: &str = "
# services
[reports]
host=replica.example.net
port=5433

[catalogue]
host=db.example.net
dbname=pgbackman
password=a=b
[catalogue]
host=never
";

    fn inspect(text: &str, name: &str) -> Result<Option<super::Settings>, super::ServiceError> {
        find(text, name, Path::new("/svc.conf"))
    }

    #[test]
    fn the_named_group_is_read_and_no_other() {
        let found = inspect(FILE, "catalogue").unwrap().unwrap();
        assert_eq!(found.get("host"), Some("db.example.net"));
        assert_eq!(found.get("password"), Some("a=b"));
        assert_eq!(found.get("port"), None);
        assert_eq!(inspect(FILE, "absent").unwrap(), None);
    }

    #[test]
    fn a_bad_line_is_named_without_its_value() {
        let error = inspect("[a]\npasword=geheim\n", "a").unwrap_err();
        assert_eq!(
            error.to_string(),
            "/svc.conf, line 2: unknown connection keyword `pasword`"
        );
        let error = inspect("[a]\ngeheim\n", "a").unwrap_err();
        assert_eq!(
            error.to_string(),
            "/svc.conf, line 2: expected a line `keyword=value`"
        );
        assert!(inspect("[a]\nservice=b\n", "a").is_err());
        assert!(inspect("[a]\nldap://x\n", "a").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(\\[a\\]|[a-z]*=.*|.*)(\n(\\[a\\]|[a-z]*=.*|.*)){0,5}") {
            let _ = inspect(&text, "a");
        }
    }
}
