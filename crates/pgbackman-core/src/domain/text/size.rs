//! An amount of bytes as people read it.

use std::fmt;

/// Bytes. Shown with the units of PostgreSQL's configuration, 1 kB being 1024 bytes, and one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// The units, the largest first.
const UNITS: [(&str, u64); 5] = [
    ("PB", 1 << 50),
    ("TB", 1 << 40),
    ("GB", 1 << 30),
    ("MB", 1 << 20),
    ("kB", 1 << 10),
];

impl Size {
    /// Reads a number with a unit of PostgreSQL's configuration (`B`, `kB`, `MB`, `GB`, `TB`, `PB`, in any case); without one it counts bytes.
    /// `None` for anything else, and for what is too large.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let number: u64 = text[..end].parse().ok()?;
        let unit = text[end..].trim();
        let factor = if unit.is_empty() || unit.eq_ignore_ascii_case("B") {
            1
        } else {
            let known = UNITS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit));
            known?.1
        };
        number.checked_mul(factor).map(Self)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths =
            |unit: u64| (u128::from(self.0) * 10 + u128::from(unit) / 2) / u128::from(unit);
        if self.0 < 1024 {
            return write!(f, "{} bytes", self.0);
        }
        // What would read 1024.0 is 1.0 of the next unit.
        let fitting = UNITS.iter().rev().find(|(_, unit)| tenths(*unit) < 10_240);
        let (name, unit) = fitting.unwrap_or(&UNITS[0]);
        let tenths = tenths(*unit);
        write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_postgresqls_units() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("512", Some(512)),
            ("10kB", Some(10_240)),
            (" 5 gb ", Some(5 << 30)),
            ("3B", Some(3)),
            ("5%", None),
            ("-1", None),
            ("GB", None),
            ("1.5GB", None),
            ("99999999PB", None),
        ] {
            assert_eq!(Size::parse(text).map(|size| size.0), bytes, "{text}");
        }
    }

    #[test]
    fn sizes_are_shown_in_the_unit_that_fits() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (1_024, "1.0 kB"),
            (1_536, "1.5 kB"),
            ((1 << 20) - 1, "1.0 MB"),
            (11 << 30, "11.0 GB"),
            (u64::MAX, "16384.0 PB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text, "{bytes}");
        }
    }
}
