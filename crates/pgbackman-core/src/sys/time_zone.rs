//! The machine's time zone, by which its cron reads schedules.

use std::fs;
use std::path::Path;

/// The name of the zone (`Europe/Oslo`) below a root directory, which is `/` but in tests: what the link `etc/localtime` points
/// to, else what `etc/timezone` says. `None` where neither tells, as on a machine whose `localtime` is a copy.
pub fn of_machine(root: &Path) -> Option<String> {
    let link = fs::read_link(root.join("etc/localtime")).ok();
    let linked = link.as_deref().and_then(Path::to_str).and_then(|target| {
        let (_, name) = target.split_once("/zoneinfo/")?;
        let plain = name
            .strip_prefix("posix/")
            .or_else(|| name.strip_prefix("right/"));
        Some(plain.unwrap_or(name).to_owned())
    });
    linked
        .or_else(|| fs::read_to_string(root.join("etc/timezone")).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty() && name.bytes().all(is_of_a_name))
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_link_tells_before_the_file_and_a_copy_tells_nothing() {
        let root = tempfile::tempdir().unwrap();
        let etc = root.path().join("etc");
        fs::create_dir(&etc).unwrap();
        let zone = || of_machine(root.path());
        assert_eq!(zone(), None);
        fs::write(etc.join("timezone"), "America/New_York\n").unwrap();
        assert_eq!(zone().as_deref(), Some("America/New_York"));
        symlink(
            "../usr/share/zoneinfo/posix/Asia/Kolkata",
            etc.join("localtime"),
        )
        .unwrap();
        assert_eq!(zone().as_deref(), Some("Asia/Kolkata"));
        fs::remove_file(etc.join("localtime")).unwrap();
        fs::write(etc.join("localtime"), "TZif2").unwrap();
        fs::write(etc.join("timezone"), "x'; y").unwrap();
        assert_eq!(zone(), None);
    }
}
