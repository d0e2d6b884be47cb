//! TLS as libpq uses it, on OpenSSL (PostgreSQL documentation, "SSL Support").
//!
//! `SslConnector::builder` trusts the system's authorities besides any that are added, where libpq trusts the root
//! certificate file alone (trap 33): so the connector gets a store of its own that holds only that file.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{
    SslConnector, SslConnectorBuilder, SslFiletype, SslMethod, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use openssl::x509::store::{X509Lookup, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use postgres_openssl::MakeTlsConnector;

use super::settings_error::{DefaultFile, TlsError};
use crate::config::SslMode;
use crate::secret::Secret;

/// How TLS is to be used. Paths that are none stand for the files in `~/.postgresql`, if they exist.
#[derive(Debug, Clone)]
pub(super) struct TlsSettings {
    pub(super) mode: SslMode,
    /// TLS from the first byte, without asking the server (PostgreSQL 17).
    pub(super) direct: bool,
    /// The system's authorities are trusted instead of a file.
    pub(super) system_roots: bool,
    pub(super) root_certificate: Option<PathBuf>,
    pub(super) revocation_list: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) key_password: Option<Secret>,
    pub(super) offers_certificate: bool,
    pub(super) sends_server_name: bool,
    pub(super) lowest_version: Option<SslVersion>,
    pub(super) highest_version: Option<SslVersion>,
    /// `~/.postgresql`
    pub(super) defaults_directory: Option<PathBuf>,
}

impl TlsSettings {
    /// The connector for these settings. The error says which file or setting does not do.
    pub(super) fn connector(&self) -> Result<MakeTlsConnector, TlsError> {
        let failed = |what: &str| {
            let what = what.to_owned();
            move |error: ErrorStack| TlsError::Library(format!("{what}: {error}"))
        };
        let mut builder = SslConnector::builder(SslMethod::tls_client())
            .map_err(failed("could not set up TLS"))?;
        builder
            .set_min_proto_version(self.lowest_version)
            .and_then(|()| builder.set_max_proto_version(self.highest_version))
            .map_err(failed("could not set the TLS versions"))?;
        let verified = self.trust(&mut builder)?;
        builder.set_verify(if verified {
            SslVerifyMode::PEER
        } else {
            SslVerifyMode::NONE
        });
        self.identify(&mut builder)?;
        if self.direct {
            postgres_openssl::set_postgresql_alpn(&mut builder)
                .map_err(failed("could not set up TLS"))?;
        }
        let mut connector = MakeTlsConnector::new(builder.build());
        let (verify_host, server_name) = (self.mode == SslMode::VerifyFull, self.sends_server_name);
        connector.set_callback(move |configuration, _| {
            configuration.set_verify_hostname(verify_host);
            configuration.set_use_server_name_indication(server_name);
            Ok(())
        });
        Ok(connector)
    }

    /// Decides whom to trust; whether certificates are checked at all. As in libpq a root certificate that is there is
    /// used in every mode; only the `verify-` modes need one.
    fn trust(&self, builder: &mut SslConnectorBuilder) -> Result<bool, TlsError> {
        if self.system_roots {
            return Ok(true);
        }
        // An empty store replaces the system's authorities even where nothing is checked.
        let mut store = X509StoreBuilder::new().map_err(|error| library(&error))?;
        let file = self.existing(self.root_certificate.as_ref(), "sslrootcert", "root.crt")?;
        if let Some(file) = &file {
            for certificate in certificates(file)? {
                store
                    .add_cert(certificate)
                    .map_err(|error| unfit("sslrootcert", file, error))?;
            }
            self.revoke(&mut store)?;
        } else if matches!(self.mode, SslMode::VerifyCa | SslMode::VerifyFull) {
            return Err(self.no_root_certificate());
        }
        builder.set_cert_store(store.build());
        Ok(file.is_some())
    }

    fn no_root_certificate(&self) -> TlsError {
        let default = match &self.defaults_directory {
            Some(directory) => DefaultFile::Missing(directory.join("root.crt")),
            None => DefaultFile::NoHome,
        };
        TlsError::NoRootCertificate {
            mode: self.mode,
            default,
        }
    }

    /// Refuses certificates that the revocation list names, if there is one.
    fn revoke(&self, store: &mut X509StoreBuilder) -> Result<(), TlsError> {
        let list = self.existing(self.revocation_list.as_ref(), "sslcrl", "root.crl")?;
        let Some(list) = list else {
            return Ok(());
        };
        let lookup = store
            .add_lookup(X509Lookup::file())
            .map_err(|error| library(&error))?;
        lookup
            .load_crl_file(&list, SslFiletype::PEM)
            .map_err(|error| unfit("sslcrl", &list, error))?;
        store
            .set_flags(X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL)
            .map_err(|error| library(&error))
    }

    /// Adds the client's certificate and key, if there are any.
    fn identify(&self, builder: &mut SslConnectorBuilder) -> Result<(), TlsError> {
        if !self.offers_certificate {
            return Ok(());
        }
        let certificate = self.existing(self.certificate.as_ref(), "sslcert", "postgresql.crt")?;
        let Some(certificate) = certificate else {
            return Ok(());
        };
        let key = self
            .existing(self.key.as_ref(), "sslkey", "postgresql.key")?
            .ok_or_else(|| TlsError::NoKey(certificate.clone()))?;
        check_key_permissions(&key)?;
        builder
            .set_certificate_chain_file(&certificate)
            .map_err(|error| unfit("sslcert", &certificate, error))?;
        let private = self.read_key(&key)?;
        builder
            .set_private_key(&private)
            .and_then(|()| builder.check_private_key())
            .map_err(|error| TlsError::NoPair {
                key,
                certificate,
                reason: error.to_string(),
            })
    }

    /// Reads the key. A password is always given, if only an empty one, since OpenSSL would ask the terminal otherwise.
    fn read_key(&self, file: &Path) -> Result<PKey<Private>, TlsError> {
        let bytes = fs::read(file).map_err(|error| unfit("sslkey", file, error))?;
        let password = self.key_password.as_ref().map_or("", Secret::expose);
        PKey::private_key_from_pem_passphrase(&bytes, password.as_bytes())
            .or_else(|_| PKey::private_key_from_der(&bytes))
            .map_err(|_| {
                let reason = "this is not a private key, or its sslpassword is wrong";
                unfit("sslkey", file, reason)
            })
    }

    /// A file that is named has to exist; the default one may be missing.
    fn existing(
        &self,
        named: Option<&PathBuf>,
        keyword: &'static str,
        default: &str,
    ) -> Result<Option<PathBuf>, TlsError> {
        if let Some(file) = named {
            return match fs::metadata(file) {
                Ok(_) => Ok(Some(file.clone())),
                Err(error) => Err(unfit(keyword, file, error)),
            };
        }
        let file = self
            .defaults_directory
            .as_ref()
            .map(|directory| directory.join(default));
        Ok(file.filter(|file| file.exists()))
    }
}

fn certificates(file: &Path) -> Result<Vec<X509>, TlsError> {
    let bytes = fs::read(file).map_err(|error| unfit("sslrootcert", file, error))?;
    let certificates =
        X509::stack_from_pem(&bytes).map_err(|error| unfit("sslrootcert", file, error))?;
    if certificates.is_empty() {
        return Err(unfit("sslrootcert", file, "it contains no certificate"));
    }
    Ok(certificates)
}

/// Refuses a key that others can use (trap 33). The rule is libpq's: the own key is for its owner alone; one that
/// belongs to root may be readable by its group.
fn check_key_permissions(file: &Path) -> Result<(), TlsError> {
    let metadata = fs::metadata(file).map_err(|error| unfit("sslkey", file, error))?;
    if !metadata.is_file() {
        return Err(unfit("sslkey", file, "it is not a regular file"));
    }
    let (forbidden, wanted) = if metadata.uid() == 0 {
        (0o037, "0640")
    } else {
        (0o077, "0600")
    };
    if metadata.mode() & forbidden != 0 {
        return Err(TlsError::OpenKey {
            file: file.to_owned(),
            mode: metadata.mode() & 0o7777,
            wanted,
        });
    }
    Ok(())
}

/// A refusal of the library that is no file's fault.
fn library(error: &ErrorStack) -> TlsError {
    TlsError::Library(error.to_string())
}

/// What is wrong with a file that a setting names.
fn unfit(keyword: &'static str, file: &Path, reason: impl std::fmt::Display) -> TlsError {
    TlsError::File {
        keyword,
        file: file.to_owned(),
        reason: reason.to_string(),
    }
}
