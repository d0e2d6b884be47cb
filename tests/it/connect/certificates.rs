//! Authorities and certificates made for a test.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509Name};

/// A key and its certificate.
pub(crate) struct Identity {
    key: PKey<Private>,
    certificate: X509,
}

/// The names a server's certificate is for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    pub(crate) dns: &'a [&'a str],
    pub(crate) ip: &'a [&'a str],
}

impl Identity {
    /// A self-signed authority.
    pub(crate) fn authority(name: &str) -> Self {
        let key = key();
        let mut builder = builder(name, &key);
        builder.set_issuer_name(&subject(name)).unwrap();
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
        builder
            .append_extension(
                KeyUsage::new()
                    .critical()
                    .key_cert_sign()
                    .crl_sign()
                    .build()
                    .unwrap(),
            )
            .unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self {
            key,
            certificate: builder.build(),
        }
    }

    /// A certificate of this authority for a server or a client called `name`.
    pub(crate) fn issue(&self, name: &str, names: Names<'_>) -> Self {
        let key = key();
        let mut builder = builder(name, &key);
        builder
            .set_issuer_name(self.certificate.subject_name())
            .unwrap();
        if !names.dns.is_empty() || !names.ip.is_empty() {
            let mut alternatives = SubjectAlternativeName::new();
            for dns in names.dns {
                alternatives.dns(dns);
            }
            for ip in names.ip {
                alternatives.ip(ip);
            }
            let context = builder.x509v3_context(Some(&self.certificate), None);
            let extension = alternatives.build(&context).unwrap();
            builder.append_extension(extension).unwrap();
        }
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        Self {
            key,
            certificate: builder.build(),
        }
    }

    pub(crate) fn certificate_pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub(crate) fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn subject(name: &str) -> X509Name {
    let mut builder = X509Name::builder().unwrap();
    builder.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    builder.build()
}

fn builder(name: &str, key: &PKey<Private>) -> X509Builder {
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, MsbOption::MAYBE_ZERO, false).unwrap();
    builder
        .set_serial_number(&serial.to_asn1_integer().unwrap())
        .unwrap();
    builder.set_subject_name(&subject(name)).unwrap();
    builder.set_pubkey(key).unwrap();
    builder
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::days_from_now(30).unwrap())
        .unwrap();
    builder
}
