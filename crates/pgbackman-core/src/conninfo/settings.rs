//! Connection settings as text, from one source or from several in libpq's order of precedence.

use std::collections::BTreeMap;
use std::fmt;

use super::settings_error::{Allowed, SettingsError};
use crate::config::Environment;
use crate::secret::Secret;

/// Keywords of libpq that are understood, with their environment variables.
const KEYWORDS: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("service", "PGSERVICE"),
    ("options", "PGOPTIONS"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("sslmode", "PGSSLMODE"),
    ("sslnegotiation", "PGSSLNEGOTIATION"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslcertmode", "PGSSLCERTMODE"),
    ("sslcrl", "PGSSLCRL"),
    ("sslcrldir", "PGSSLCRLDIR"),
    ("sslsni", "PGSSLSNI"),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    ("requirepeer", "PGREQUIREPEER"),
    ("require_auth", "PGREQUIREAUTH"),
    ("gssencmode", "PGGSSENCMODE"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    ("sslpassword", ""),
    ("keepalives", ""),
    ("keepalives_idle", ""),
    ("keepalives_interval", ""),
    ("keepalives_count", ""),
    ("tcp_user_timeout", ""),
];

/// Keywords of libpq that make no difference here: what they set is fixed, or of no use to a program.
const WITHOUT_EFFECT: &[&str] = &[
    "application_name",
    "fallback_application_name",
    "client_encoding",
    "sslcompression",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "replication",
];

/// Keywords that hold a secret.
const SECRET_KEYWORDS: [&str; 2] = ["password", "sslpassword"];

/// Whether a keyword may be in a service file.
pub(super) fn is_known(keyword: &str) -> bool {
    KEYWORDS.iter().any(|(known, _)| *known == keyword) || WITHOUT_EFFECT.contains(&keyword)
}

/// Connection keywords and their values as text, from one source.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    pub(super) fn set(&mut self, keyword: &str, value: impl Into<String>) {
        self.0.insert(keyword.to_owned(), value.into());
    }

    pub(super) fn set_some(&mut self, keyword: &str, value: Option<String>) {
        if let Some(value) = value {
            self.set(keyword, value);
        }
    }

    pub(super) fn set_password(&mut self, password: Option<Secret>) {
        self.set_some(
            "password",
            password.map(|secret| secret.expose().to_owned()),
        );
    }

    /// The value of a keyword; an empty one counts as not set.
    pub(super) fn get(&self, keyword: &str) -> Option<&str> {
        self.0
            .get(keyword)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn unknown_keyword(&self) -> Option<&str> {
        self.0
            .keys()
            .map(String::as_str)
            .find(|keyword| !is_known(keyword))
    }

    /// As `PG…` variables, for a client program of PostgreSQL. What has no variable (keepalives) has no effect there.
    pub(super) fn as_variables(&self) -> Vec<(&'static str, &str)> {
        KEYWORDS
            .iter()
            .filter(|(_, variable)| !variable.is_empty())
            .filter_map(|(keyword, variable)| Some((*variable, self.get(keyword)?)))
            .collect()
    }

    /// What the `PG…` variables say.
    pub(super) fn of_environment(env: &Environment) -> Self {
        let mut settings = Self::default();
        for (keyword, variable) in KEYWORDS {
            settings.set_some(keyword, env.var(variable).map(ToOwned::to_owned));
        }
        settings
    }
}

/// Shows secrets as placeholders (trap 32).
impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(keyword, value)| {
            let secret = SECRET_KEYWORDS.contains(&keyword.as_str());
            (keyword, if secret { "********" } else { value })
        });
        out.debug_map().entries(shown).finish()
    }
}

/// Settings from all sources, the stronger first.
pub(super) struct Layers(pub(super) Vec<Settings>);

impl Layers {
    /// The value of the strongest source that has the keyword.
    pub(super) fn get(&self, keyword: &str) -> Option<&str> {
        self.0.iter().find_map(|layer| layer.get(keyword))
    }

    /// What holds after all sources were asked, without what chooses among several places, and without the operator's
    /// `options`, which are meant for sessions and not for a client program's.
    pub(super) fn merged(&self) -> Settings {
        const CHOICE: [&str; 7] = [
            "host",
            "hostaddr",
            "port",
            "service",
            "options",
            "target_session_attrs",
            "load_balance_hosts",
        ];
        let mut merged = Settings::default();
        for (keyword, _) in KEYWORDS {
            if !CHOICE.contains(keyword) {
                merged.set_some(keyword, self.get(keyword).map(ToOwned::to_owned));
            }
        }
        merged
    }

    /// Host and address as one source gives them: an address from the environment does not redirect a host that is
    /// named explicitly (libpq would do that).
    pub(super) fn hosts(&self) -> (Option<&str>, Option<&str>) {
        self.0
            .iter()
            .map(|layer| (layer.get("host"), layer.get("hostaddr")))
            .find(|(host, address)| host.is_some() || address.is_some())
            .unwrap_or_default()
    }

    /// One word of a list.
    pub(super) fn word<T: Copy>(
        &self,
        keyword: &str,
        default: T,
        words: &[(&'static str, T)],
    ) -> Result<T, SettingsError> {
        let Some(text) = self.get(keyword) else {
            return Ok(default);
        };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words = words.iter().map(|(word, _)| *word).collect();
            refused(keyword, text, Allowed::Words(words))
        })
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, keyword: &str) -> Result<Option<u32>, SettingsError> {
        let Some(text) = self.get(keyword) else {
            return Ok(None);
        };
        let number = text.trim().parse().map(Some);
        number.map_err(|_| refused(keyword, text, Allowed::Number))
    }

    /// A security requirement that is not implemented is refused, since leaving it out silently would weaken what
    /// somebody asked for.
    pub(super) fn refuse_what_is_not_supported(&self) -> Result<(), SettingsError> {
        let harmless = [
            ("requirepeer", [""; 2]),
            ("require_auth", [""; 2]),
            ("sslcrldir", [""; 2]),
            ("gssencmode", ["disable", "prefer"]),
            ("sslcertmode", ["disable", "allow"]),
        ];
        for (keyword, allowed) in harmless {
            if let Some(value) = self.get(keyword)
                && !allowed.contains(&value)
            {
                return Err(SettingsError::NotSupported {
                    keyword,
                    value: value.to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// The error of a keyword whose value does not do.
pub(super) fn refused(keyword: &str, value: &str, allowed: Allowed) -> SettingsError {
    SettingsError::Value {
        keyword: keyword.to_owned(),
        value: value.to_owned(),
        allowed,
    }
}
