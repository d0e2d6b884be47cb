//! What to connect to: explicit settings, and the defaults that differ between the catalogue and a node.

use std::time::Duration;

use super::settings::Settings;
use crate::config::Config;

/// How long an attempt to reach one address may take, where nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Settings of the new session, given to the server with the connection's first message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionOptions {
    /// The program's name, as `pg_stat_activity` shows it.
    pub application_name: String,
    /// `statement_timeout`.
    pub statement_timeout: Option<Duration>,
    /// `lock_timeout`.
    pub lock_timeout: Option<Duration>,
    /// Any other settings, name and value, as `("default_transaction_read_only", "on")`.
    pub settings: Vec<(String, String)>,
}

impl SessionOptions {
    /// The options of a program that wants nothing but its name shown.
    pub fn named(application_name: impl Into<String>) -> Self {
        Self {
            application_name: application_name.into(),
            ..Self::default()
        }
    }

    /// The settings, name and value.
    pub(super) fn as_settings(&self) -> Vec<(String, String)> {
        let milliseconds =
            |limit: Option<Duration>| limit.map(|limit| limit.as_millis().to_string());
        let own = [
            ("statement_timeout", milliseconds(self.statement_timeout)),
            ("lock_timeout", milliseconds(self.lock_timeout)),
        ];
        let own = own
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        own.chain(self.settings.iter().cloned()).collect()
    }
}

/// Settings as libpq's `options` carries them: `-c name=value`, in which a backslash protects spaces and backslashes
/// (PostgreSQL documentation, "Parameter Key Words").
pub(super) fn as_startup_options(settings: &[(String, String)]) -> String {
    let rendered: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("-c {name}={}", protect(value)))
        .collect();
    rendered.join(" ")
}

fn protect(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        if character == '\\' || character.is_whitespace() {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// A database to connect to. What it does not say comes from a service file, from `PG…` variables, and from defaults.
#[derive(Debug, Clone)]
pub struct ConnectTarget {
    pub(super) explicit: Settings,
    pub(super) defaults: Settings,
    /// Whether a comma in `host` separates hosts; a node's name or socket directory is taken as it is.
    pub(super) several_hosts: bool,
    /// Whether it is a PgSQL node, for which `[pgbackman_dump]` may say how TLS is used.
    pub(super) is_node: bool,
    /// Whether nothing that the database's owner set may decide what runs in the session: that of a node or target, or an
    /// administrator's.
    pub(super) is_hardened: bool,
    pub(super) options: SessionOptions,
}

impl ConnectTarget {
    /// The catalogue database, as `[pgbackman_database]` says. What is not configured comes from a service file, from
    /// `PG…` variables, and at last is database `pgbackman`, role `pgbackman_role_rw`, port 5432, and the Unix sockets
    /// in `/var/run/postgresql` and `/tmp`.
    pub fn catalogue(config: &Config) -> Self {
        let section = &config.database;
        let mut explicit = Settings::default();
        explicit.set_some("host", section.host.clone());
        explicit.set_some("hostaddr", section.hostaddr.clone());
        explicit.set_some("port", section.port.map(|port| port.to_string()));
        explicit.set_some("dbname", section.dbname.clone());
        explicit.set_some("user", section.user.clone());
        explicit.set_password(section.password.clone());
        explicit.set_some(
            "sslmode",
            section.sslmode.map(|mode| mode.as_str().to_owned()),
        );
        let text = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
        explicit.set_some("sslrootcert", section.sslrootcert.as_ref().map(text));
        explicit.set_some("sslcert", section.sslcert.as_ref().map(text));
        explicit.set_some("sslkey", section.sslkey.as_ref().map(text));
        let mut defaults = Settings::default();
        defaults.set("dbname", "pgbackman");
        defaults.set("user", "pgbackman_role_rw");
        Self {
            explicit,
            defaults,
            several_hosts: true,
            is_node: false,
            is_hardened: false,
            options: SessionOptions::named("pgbackman"),
        }
    }

    /// A database of a PgSQL node: a host name, an address, or a socket directory (starting with `/`). Password, TLS
    /// and the like come from the files and variables that libpq would read.
    pub fn node(
        host: impl Into<String>,
        port: u16,
        user: impl Into<String>,
        dbname: impl Into<String>,
    ) -> Self {
        let mut explicit = Settings::default();
        explicit.set("host", host);
        explicit.set("port", port.to_string());
        explicit.set("user", user);
        explicit.set("dbname", dbname);
        Self {
            explicit,
            defaults: Settings::default(),
            several_hosts: false,
            is_node: true,
            is_hardened: true,
            options: SessionOptions::named("pgbackman"),
        }
    }

    /// A database reached as `psql` would reach it: each value that is not given comes from a service file, from `PG…`
    /// variables, or is libpq's default, except for the database, which is `postgres`.
    pub fn like_psql(
        host: Option<&str>,
        port: Option<u16>,
        user: Option<&str>,
        dbname: Option<&str>,
    ) -> Self {
        let mut explicit = Settings::default();
        explicit.set_some("host", host.map(ToOwned::to_owned));
        explicit.set_some("port", port.map(|port| port.to_string()));
        explicit.set_some("user", user.map(ToOwned::to_owned));
        explicit.set_some("dbname", dbname.map(ToOwned::to_owned));
        let mut defaults = Settings::default();
        defaults.set("dbname", "postgres");
        Self {
            explicit,
            defaults,
            several_hosts: true,
            is_node: false,
            is_hardened: true,
            options: SessionOptions::named("pgbackman"),
        }
    }

    /// The same database as a catalogue, whose functions and views are used: its own `search_path` holds.
    #[must_use]
    pub fn as_catalogue(mut self) -> Self {
        self.is_hardened = false;
        self
    }

    /// The same target with other session options.
    #[must_use]
    pub fn with_options(mut self, options: SessionOptions) -> Self {
        self.options = options;
        self
    }

    /// The same target with the program's name for `pg_stat_activity`.
    #[must_use]
    pub fn with_application_name(mut self, name: impl Into<String>) -> Self {
        self.options.application_name = name.into();
        self
    }

    /// The same server with another database.
    #[must_use]
    pub fn with_dbname(mut self, dbname: impl Into<String>) -> Self {
        self.explicit.set("dbname", dbname);
        self
    }

    /// The same database as another role.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.explicit.set("user", user);
        self
    }

    /// The same target with any of libpq's connection keywords, as `("sslmode", "verify-full")`. An unknown keyword is
    /// reported when the connection is made.
    #[must_use]
    pub fn with_setting(mut self, keyword: &str, value: impl Into<String>) -> Self {
        self.explicit.set(keyword, value);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::SessionOptions;

    #[test]
    fn options_protect_spaces_and_backslashes() {
        let options = SessionOptions {
            application_name: "x".to_owned(),
            statement_timeout: Some(Duration::from_secs(2)),
            lock_timeout: None,
            settings: vec![("search_path".to_owned(), r"a b\c".to_owned())],
        };
        assert_eq!(
            super::as_startup_options(&options.as_settings()),
            r"-c statement_timeout=2000 -c search_path=a\ b\\c"
        );
    }
}
