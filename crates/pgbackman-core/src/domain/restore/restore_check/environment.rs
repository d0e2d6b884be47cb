//! Encoding, locale, extensions, tablespaces and space: what the backup needs of the target's machine.

use super::names::has_a_line_break_too_many;
use super::{BackupFacts, Finding, Request};
use crate::domain::locale::LocaleProvider;
use crate::domain::restore::backup_needs::{BackupNeeds, DatabaseNeeds, ExtensionNeed};
use crate::domain::restore::target_facts::TargetFacts;
use crate::domain::status::BackupCode;

pub(super) fn check(
    backup: &BackupFacts,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    let Some(needs) = &backup.needs else {
        return vec![Finding::warning(
            "The backup does not list the encoding, locale, extensions and tablespaces that it needs: whether the \
             target has them is only known during the restore.",
        )];
    };
    let mut findings = Vec::new();
    // The database is there already when only its rows are restored.
    if backup.code != BackupCode::Data {
        if needs.databases.is_empty() {
            findings.push(Finding::warning(
                "The backup does not contain the encoding and locale of its database.",
            ));
        }
        findings.extend(needs.databases.iter().flat_map(|database| {
            let mut found = encoding(database, target);
            found.extend(locale(database, target));
            if found.is_empty() && !database.encoding.is_empty() {
                found.push(Finding::ok(format!(
                    "Encoding {} and locale {} are available on target PgSQL node.",
                    database.encoding,
                    locale_name(database)
                )));
            }
            found
        }));
        findings.extend(extensions(backup, needs, target, request));
        findings.extend(tablespaces(backup, needs, target, request));
    }
    findings.extend(space(needs, target));
    findings
}

fn encoding(database: &DatabaseNeeds, target: &TargetFacts) -> Vec<Finding> {
    match target.encodings.get(&database.encoding) {
        Some(false) => vec![Finding::refused(
            format!(
                "The database {} has the encoding {}, which the target PgSQL node does not support.",
                database.name, database.encoding
            ),
            "Choose another target.",
        )],
        _ => Vec::new(),
    }
}

fn locale(database: &DatabaseNeeds, target: &TargetFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !target.providers.contains(&database.provider) {
        findings.push(Finding::refused(
            format!(
                "The database {} has a locale of {}, which the target PgSQL node ({}) does not support.",
                database.name, database.provider, target.release
            ),
            match database.provider {
                LocaleProvider::Icu => {
                    "Choose a target of version 15 or newer that was built with ICU."
                }
                LocaleProvider::Builtin => "Choose a target of version 17 or newer.",
                LocaleProvider::Libc => "Choose another target.",
            },
        ));
    }
    let mut names = vec![&database.collate];
    if database.ctype != database.collate {
        names.push(&database.ctype);
    }
    let of_icu = database
        .locale
        .as_ref()
        .filter(|_| database.provider == LocaleProvider::Icu)
        .filter(|name| target.icu_locales.get(*name) == Some(&false));
    if let Some(name) = of_icu {
        findings.push(Finding::refused(
            format!(
                "The database {} has the ICU locale {name}, which does not exist on the target PgSQL node.",
                database.name
            ),
            "Choose another target.",
        ));
    }
    for name in names {
        if target.locales.get(name) == Some(&false) {
            findings.push(Finding::refused(
                format!(
                    "The database {} has the locale {name}, which does not exist on the target's machine.",
                    database.name
                ),
                "Install the locale there (Debian: dpkg-reconfigure locales; then restart PostgreSQL), or choose \
                 another target.",
            ));
        }
    }
    findings
}

fn locale_name(database: &DatabaseNeeds) -> String {
    match (&database.locale, database.provider) {
        (Some(locale), provider) => format!("{locale} ({provider})"),
        (None, _) if database.collate == database.ctype => database.collate.clone(),
        (None, _) => format!("{}/{}", database.collate, database.ctype),
    }
}

fn extensions(
    backup: &BackupFacts,
    needs: &BackupNeeds,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    // A part of an archive may do without an extension; the whole, and what was chosen of it, does not.
    let may_lack = request.parameters.is_partial() && backup.contents.is_none();
    let Some(extensions) = &needs.extensions else {
        return Vec::new();
    };
    let mut findings: Vec<Finding> = extensions
        .iter()
        .filter_map(|extension| one_extension(extension, target, may_lack))
        .collect();
    if findings.is_empty() && !extensions.is_empty() {
        let names: Vec<&str> = extensions.iter().map(|one| one.name.as_str()).collect();
        findings.push(Finding::ok(format!(
            "Extensions available on target PgSQL node: {}.",
            names.join(", ")
        )));
    }
    findings
}

/// An archive names its extensions without their versions.
fn one_extension(
    extension: &ExtensionNeed,
    target: &TargetFacts,
    may_lack: bool,
) -> Option<Finding> {
    let ExtensionNeed { name, version } = extension;
    let Some(available) = target.extensions.get(name) else {
        let shown = if version.is_empty() {
            name.clone()
        } else {
            format!("{name} ({version})")
        };
        let text = format!("The extension {shown} is not available on target PgSQL node.");
        let advice = format!("Install the package that contains {name} on the target's machine.");
        return Some(if may_lack {
            Finding::warning(text).advise(advice)
        } else {
            Finding::refused(text, advice)
        });
    };
    if available.needs_superuser && !target.user.superuser {
        return Some(Finding::warning(format!(
            "Only a superuser can install the extension {name}, and the role {} is not a superuser.",
            target.user.name
        )));
    }
    (!version.is_empty() && available.default_version != *version).then(|| {
        Finding::warning(format!(
            "The extension {name} has the version {} on target PgSQL node; the backup has {version}.",
            available.default_version
        ))
    })
}

fn tablespaces(
    backup: &BackupFacts,
    needs: &BackupNeeds,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    if needs.tablespaces.is_empty() || request.parameters.no_tablespaces() {
        return Vec::new();
    }
    let missing: Vec<&str> = needs
        .tablespaces
        .iter()
        .filter(|name| !target.tablespaces.contains(*name))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return vec![Finding::ok(format!(
            "Tablespaces that exist on target PgSQL node: {}.",
            needs.tablespaces.join(", ")
        ))];
    }
    if backup.code == BackupCode::Cluster
        && let Some(name) = missing
            .iter()
            .find(|name| has_a_line_break_too_many(name, target))
    {
        return vec![Finding::refused(
            format!(
                "The name of the tablespace {name:?} contains a line break, which PostgreSQL 19 and newer refuse."
            ),
            "Rename it on its node, and take another backup.",
        )];
    }
    if backup.code == BackupCode::Cluster {
        return vec![Finding::warning(format!(
            "The backup creates the tablespaces {}: their directories must exist on the target's machine.",
            missing.join(", ")
        ))];
    }
    vec![Finding::refused(
        format!(
            "Tablespaces that do not exist on target PgSQL node: {}.",
            missing.join(", ")
        ),
        "Create them there (CREATE TABLESPACE), or add the extra parameter --no-tablespaces.",
    )]
}

/// A database that was restored is often smaller than it was, so that too little space is no proof.
fn space(needs: &BackupNeeds, target: &TargetFacts) -> Vec<Finding> {
    match (needs.size, target.free_space) {
        (Some(size), Some(free)) if free < size => vec![Finding::warning(format!(
            "The database had a size of {}, but only {} are free on the disk of the target's data directory.",
            megabytes(size),
            megabytes(free)
        ))],
        (Some(size), Some(free)) => vec![Finding::ok(format!(
            "The database had a size of {}; {} are free on the disk of the target's data directory.",
            megabytes(size),
            megabytes(free)
        ))],
        _ => Vec::new(),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1024 * 1024))
}
