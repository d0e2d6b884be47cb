//! Where a connection would go, for people to read.

use super::address;
use super::parameters::{layers, user};
use super::settings_error::SettingsError;
use super::target::ConnectTarget;
use crate::config::Environment;

/// Where a target leads, wherever its parts come from; for people to read. It has no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The hosts, as they are given; `None` for the usual socket directories.
    pub host: Option<String>,
    /// The addresses, where they are given.
    pub hostaddr: Option<String>,
    /// The port, or a list of them.
    pub port: String,
    /// The database.
    pub dbname: String,
    /// The role.
    pub user: String,
}

impl Destination {
    /// Looks a target's settings up in all their sources.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] where a source cannot be read.
    pub fn of(target: &ConnectTarget, env: &Environment) -> Result<Self, SettingsError> {
        let layers = layers(target, env)?;
        let (host, hostaddr) = layers.hosts();
        let user = user(&layers, env)?;
        Ok(Self {
            host: host.map(ToOwned::to_owned),
            hostaddr: hostaddr.map(ToOwned::to_owned),
            port: layers
                .get("port")
                .map_or_else(|| address::DEFAULT_PORT.to_string(), ToOwned::to_owned),
            dbname: layers.get("dbname").unwrap_or(&user).to_owned(),
            user,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn of(config: &str, env: &Environment) -> Destination {
        let root = Environment::new(0, "root");
        let config = Config::parse(config, Path::new("/test.conf"), &root).unwrap();
        Destination::of(&ConnectTarget::catalogue(&config), env).unwrap()
    }

    #[test]
    fn each_part_is_what_the_connection_is_made_with() {
        let plain = Environment::new(0, "root");
        let usual = of("", &plain);
        assert_eq!((usual.host.as_deref(), usual.port.as_str()), (None, "5432"));
        assert_eq!(
            (usual.dbname.as_str(), usual.user.as_str()),
            ("pgbackman", "pgbackman_role_rw")
        );

        let env = plain
            .with_var("PGHOST", "elsewhere")
            .with_var("PGHOSTADDR", "192.0.2.1")
            .with_var("PGPORT", "5499")
            .with_var("PGPASSWORD", "hunter2");
        let found = of("", &env);
        assert_eq!(found.host.as_deref(), Some("elsewhere"));
        assert_eq!(found.hostaddr.as_deref(), Some("192.0.2.1"));
        assert_eq!(found.port, "5499");
        assert!(!format!("{found:?}").contains("hunter2"));

        // A configured host is not led elsewhere by an address of the environment.
        let found = of("[pgbackman_database]\nhost = \"here\"\n", &env);
        assert_eq!(
            (found.host.as_deref(), found.hostaddr),
            (Some("here"), None)
        );
        assert_eq!(found.port, "5499");
    }
}
