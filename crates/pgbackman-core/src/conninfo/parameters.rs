//! From explicit settings, a service file, `PG…` variables and defaults to the parameters of a connection, in libpq's
//! order of precedence (PostgreSQL documentation, "Parameter Key Words", "Environment Variables", "The Connection
//! Service File").

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::address::{self, Endpoint, HostAddress};
use super::hardening::SEARCH_PATH;
use super::service_file;
use super::settings::{Layers, Settings, refused};
use super::settings_error::{Allowed, SettingsError};
use super::target::ConnectTarget;
use super::target::as_startup_options;
use super::tls::TlsSettings;
use crate::config::{Environment, SslMode};
use crate::secret::Secret;

/// Which kind of session is wanted, as libpq's `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionKind {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// TCP keepalives, which notice that the other side is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keepalives {
    pub(super) enabled: bool,
    pub(super) idle: Duration,
    pub(super) interval: Duration,
    pub(super) count: u32,
    pub(super) user_timeout: Option<Duration>,
}

/// All that is needed to make a connection.
#[derive(Debug, Clone)]
pub(super) struct Parameters {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) shuffled: bool,
    pub(super) dbname: String,
    pub(super) user: String,
    pub(super) password: Option<Secret>,
    /// The password file, and whether it was named (rather than being the one in the home directory).
    pub(super) password_file: Option<PathBuf>,
    pub(super) startup_options: String,
    /// What the program sets in its session, which is in the options too.
    pub(super) settings: Vec<(String, String)>,
    /// Whether nothing that the database's owner set may decide what runs in the session.
    pub(super) is_hardened: bool,
    pub(super) application_name: String,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) channel_binding: tokio_postgres::config::ChannelBinding,
    pub(super) session_kind: SessionKind,
    pub(super) keepalives: Keepalives,
    pub(super) tls: TlsSettings,
    /// Everything but the place, as a client program of PostgreSQL needs it.
    pub(super) for_clients: Settings,
}

impl Parameters {
    /// Puts the parameters together. The error says which setting is wrong and what is allowed.
    pub(super) fn resolve(
        target: &ConnectTarget,
        env: &Environment,
    ) -> Result<Self, SettingsError> {
        let env = &if target.is_node {
            env.for_nodes()
        } else {
            env.clone()
        };
        let layers = layers(target, env)?;
        layers.refuse_what_is_not_supported()?;
        let user = user(&layers, env)?;
        let (host, hostaddr) = layers.hosts();
        let endpoints =
            address::endpoints(host, hostaddr, layers.get("port"), target.several_hosts)?;
        let settings = settings(target);
        Ok(Self {
            endpoints,
            shuffled: layers.word(
                "load_balance_hosts",
                false,
                &[("disable", false), ("random", true)],
            )?,
            dbname: layers.get("dbname").unwrap_or(&user).to_owned(),
            password: layers.get("password").map(Secret::new),
            password_file: password_file(&layers, env),
            startup_options: startup_options(&layers, &settings),
            settings,
            is_hardened: target.is_hardened,
            application_name: target.options.application_name.clone(),
            connect_timeout: layers
                .number("connect_timeout")?
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.into())),
            channel_binding: channel_binding(&layers)?,
            session_kind: session_kind(&layers)?,
            keepalives: keepalives(&layers)?,
            tls: tls_settings(&layers, env)?,
            for_clients: layers.merged(),
            user,
        })
    }

    /// What leads a client program of PostgreSQL to the place that was reached, with the same credentials.
    pub(super) fn for_clients_at(&self, endpoint: &Endpoint, address: Option<IpAddr>) -> Settings {
        let mut settings = self.for_clients.clone();
        settings.set("dbname", &self.dbname);
        settings.set("user", &self.user);
        settings.set("port", endpoint.port.to_string());
        match &endpoint.place {
            HostAddress::Socket(directory) => settings.set("host", directory.to_string_lossy()),
            HostAddress::Name(name) | HostAddress::Address(_, Some(name)) => {
                settings.set("host", name);
            }
            HostAddress::Address(address, None) => settings.set("host", address.to_string()),
        }
        settings.set_some("hostaddr", address.map(|address| address.to_string()));
        settings
    }
}

/// The settings from every source, the strongest first.
pub(super) fn layers(target: &ConnectTarget, env: &Environment) -> Result<Layers, SettingsError> {
    if let Some(keyword) = target.explicit.unknown_keyword() {
        return Err(SettingsError::UnknownKeyword(keyword.to_owned()));
    }
    let environment = Settings::of_environment(env);
    let named = target
        .explicit
        .get("service")
        .or(environment.get("service"));
    let service = match named {
        Some(name) => service_file::load(name, env)?,
        None => Settings::default(),
    };
    Ok(Layers(vec![
        target.explicit.clone(),
        service,
        environment,
        target.defaults.clone(),
    ]))
}

/// The role, which without a setting is called as the process's user.
pub(super) fn user(layers: &Layers, env: &Environment) -> Result<String, SettingsError> {
    let user = layers.get("user").or(env.user_name());
    user.map(ToOwned::to_owned).ok_or(SettingsError::NoRole)
}

fn password_file(layers: &Layers, env: &Environment) -> Option<PathBuf> {
    let named = layers.get("passfile").map(PathBuf::from);
    named.or_else(|| Some(env.home()?.join(".pgpass")))
}

/// The operator's own `options` first, so that the program's win.
fn startup_options(layers: &Layers, settings: &[(String, String)]) -> String {
    let own = as_startup_options(settings);
    let parts = [layers.get("options").unwrap_or_default(), &own];
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join(" ")
}

/// What the program sets in its session.
fn settings(target: &ConnectTarget) -> Vec<(String, String)> {
    let (name, value) = SEARCH_PATH;
    let hardened = target
        .is_hardened
        .then(|| (name.to_owned(), value.to_owned()));
    hardened
        .into_iter()
        .chain(target.options.as_settings())
        .collect()
}

fn channel_binding(
    layers: &Layers,
) -> Result<tokio_postgres::config::ChannelBinding, SettingsError> {
    use tokio_postgres::config::ChannelBinding::{Disable, Prefer, Require};
    layers.word(
        "channel_binding",
        Prefer,
        &[
            ("disable", Disable),
            ("prefer", Prefer),
            ("require", Require),
        ],
    )
}

fn session_kind(layers: &Layers) -> Result<SessionKind, SettingsError> {
    layers.word(
        "target_session_attrs",
        SessionKind::Any,
        &[
            ("any", SessionKind::Any),
            ("read-write", SessionKind::ReadWrite),
            ("read-only", SessionKind::ReadOnly),
            ("primary", SessionKind::Primary),
            ("standby", SessionKind::Standby),
            ("prefer-standby", SessionKind::PreferStandby),
        ],
    )
}

fn tls_settings(layers: &Layers, env: &Environment) -> Result<TlsSettings, SettingsError> {
    let path = |keyword| layers.get(keyword).map(PathBuf::from);
    let system_roots = layers.get("sslrootcert") == Some("system");
    let mode = match layers.get("sslmode") {
        Some(text) => {
            let allowed = || refused("sslmode", text, Allowed::Words(SslMode::all()));
            SslMode::parse(text).ok_or_else(allowed)?
        }
        None if system_roots => SslMode::VerifyFull,
        None => SslMode::Prefer,
    };
    if system_roots && mode != SslMode::VerifyFull {
        return Err(SettingsError::TooWeak {
            mode,
            with: "sslrootcert = system, because anybody can get a certificate of a public authority; use verify-full",
        });
    }
    let direct = layers.word(
        "sslnegotiation",
        false,
        &[("postgres", false), ("direct", true)],
    )?;
    if direct && matches!(mode, SslMode::Disable | SslMode::Allow | SslMode::Prefer) {
        return Err(SettingsError::TooWeak {
            mode,
            with: "sslnegotiation = direct; use require or stronger",
        });
    }
    Ok(TlsSettings {
        mode,
        direct,
        system_roots,
        root_certificate: path("sslrootcert").filter(|_| !system_roots),
        revocation_list: path("sslcrl"),
        certificate: path("sslcert"),
        key: path("sslkey"),
        key_password: layers.get("sslpassword").map(Secret::new),
        offers_certificate: layers.get("sslcertmode") != Some("disable"),
        sends_server_name: layers.word("sslsni", true, &[("1", true), ("0", false)])?,
        lowest_version: protocol(layers, "ssl_min_protocol_version")?
            .or(Some(openssl::ssl::SslVersion::TLS1_2)),
        highest_version: protocol(layers, "ssl_max_protocol_version")?,
        defaults_directory: env.home().map(|home| home.join(".postgresql")),
    })
}

/// TCP keepalives, which are on unless switched off.
fn keepalives(layers: &Layers) -> Result<Keepalives, SettingsError> {
    let seconds = |keyword, default| -> Result<Duration, SettingsError> {
        let number = layers.number(keyword)?.filter(|number| *number > 0);
        Ok(number.map_or(default, |number| Duration::from_secs(number.into())))
    };
    Ok(Keepalives {
        enabled: layers.number("keepalives")? != Some(0),
        idle: seconds("keepalives_idle", Duration::from_secs(60))?,
        interval: seconds("keepalives_interval", Duration::from_secs(10))?,
        count: layers
            .number("keepalives_count")?
            .filter(|count| *count > 0)
            .unwrap_or(6),
        user_timeout: layers
            .number("tcp_user_timeout")?
            .filter(|number| *number > 0)
            .map(|number| Duration::from_millis(number.into())),
    })
}

fn protocol(
    layers: &Layers,
    keyword: &str,
) -> Result<Option<openssl::ssl::SslVersion>, SettingsError> {
    use openssl::ssl::SslVersion;
    layers.word(
        keyword,
        None,
        &[
            ("TLSv1", Some(SslVersion::TLS1)),
            ("TLSv1.1", Some(SslVersion::TLS1_1)),
            ("TLSv1.2", Some(SslVersion::TLS1_2)),
            ("TLSv1.3", Some(SslVersion::TLS1_3)),
        ],
    )
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
