//! The directory in which everything lies as it is packed: copied, stripped, compressed, with the manifest beside it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::contents::{self, Packed, Treatment};
use super::{Dist, manifest};
use crate::process::{output, run};
use crate::task::{Context, Result, say};

/// The text in a maintainer script that the units' names take the place of.
const UNITS: &str = "@UNITS@";

/// A staged package.
#[derive(Debug)]
pub(super) struct Stage {
    directory: PathBuf,
}

impl Stage {
    /// Copies everything that is packed, and writes the manifest for both tools.
    ///
    /// # Errors
    ///
    /// When a file is missing or cannot be written.
    pub(super) fn fill(dist: &Dist<'_>, version: &str) -> Result<Self> {
        let stage = Self {
            directory: dist.output.join("stage"),
        };
        let _ = fs::remove_dir_all(&stage.directory);
        make(&stage.directory)?;
        let mut files = contents::list(dist.root, dist.built)?;
        files.push(stage.debian_changelog(dist.root, version)?);
        for file in &mut files {
            stage.put(file)?;
        }
        if let Some(remark) = dist.remark_in_configuration {
            let file = stage.directory.join("root/etc/pgbackman/pgbackman.conf");
            fs::read_to_string(&file)
                .and_then(|text| fs::write(&file, format!("{text}\n{remark}\n")))
                .context(|| format!("could not change {}", file.display()))?;
        }
        let units = contents::units(&files);
        for (family, names) in [
            ("debian", &["postinst", "prerm", "postrm", "triggers"][..]),
            (
                "rpm",
                &[
                    "pre-install",
                    "post-install",
                    "pre-uninstall",
                    "post-uninstall",
                ][..],
            ),
        ] {
            stage.put_scripts(dist.root, family, names, &units)?;
        }
        manifest::write(&stage.directory, version, &files)?;
        say(&format!("{} files", files.len()));
        Ok(stage)
    }

    /// The directory.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The manifest that both tools read.
    pub(super) fn manifest(&self) -> PathBuf {
        self.directory.join("Cargo.toml")
    }

    /// Stages one file; from then on its source is the staged one.
    fn put(&self, file: &mut Packed) -> Result<()> {
        let relative = file.target.strip_prefix("/").unwrap_or(&file.target);
        let mut staged = self.directory.join("root").join(relative);
        if file.treatment == Treatment::Compress {
            staged.set_extension("");
        }
        if let Some(parent) = staged.parent() {
            make(parent)?;
        }
        let mode = if file.program { 0o755 } else { 0o644 };
        fs::copy(&file.source, &staged)
            .and_then(|_| fs::set_permissions(&staged, fs::Permissions::from_mode(mode)))
            .context(|| format!("could not stage {}", file.source.display()))?;
        match file.treatment {
            Treatment::Copy => {}
            Treatment::Strip => run(Command::new("strip").arg(&staged))?,
            Treatment::Compress => {
                run(Command::new("gzip").args(["-9", "-n", "-f"]).arg(&staged))?;
                let mut name = staged.into_os_string();
                name.push(".gz");
                staged = PathBuf::from(name);
            }
        }
        file.source = staged;
        Ok(())
    }

    /// What Debian wants to know of a package's own history, beside that of what is in it; as old as the last commit.
    fn debian_changelog(&self, root: &Path, version: &str) -> Result<Packed> {
        let date = output(Command::new("git").current_dir(root).args([
            "-c",
            "safe.directory=*",
            "log",
            "-1",
            "--format=%cD",
        ]))?;
        let text = format!(
            "pgbackman ({}) unstable; urgency=medium\n\n  * See changelog.gz for the changes.\n\n -- {}  {}\n",
            manifest::debian_version(version),
            manifest::MAINTAINER,
            date.trim()
        );
        let source = self.directory.join("changelog.Debian");
        fs::write(&source, text).context(|| format!("could not write {}", source.display()))?;
        let target = Path::new(contents::DOCUMENTS).join("changelog.Debian.gz");
        let mut packed = Packed::new(source, target);
        packed.treatment = Treatment::Compress;
        packed.only_debian = true;
        Ok(packed)
    }

    fn put_scripts(
        &self,
        root: &Path,
        family: &str,
        names: &[&str],
        units: &[String],
    ) -> Result<()> {
        let directory = self.directory.join(family);
        make(&directory)?;
        for name in names {
            let source = root.join("packaging").join(family).join(name);
            let text = fs::read_to_string(&source)
                .context(|| format!("could not read {}", source.display()))?;
            let target = directory.join(name);
            fs::write(&target, text.replace(UNITS, &units.join(" ")))
                .and_then(|()| fs::set_permissions(&target, fs::Permissions::from_mode(0o755)))
                .context(|| format!("could not write {}", target.display()))?;
        }
        Ok(())
    }
}

fn make(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory).context(|| format!("could not create {}", directory.display()))
}
