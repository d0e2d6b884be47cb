//! One line: the reading that makes sense, as a result.

use super::layout::{self, BACKUP, Field, RESTORE};
use super::values::{self, Values};
use super::{Kind, LegacyResult, LocalTime, Unreadable};

/// Whether a line begins as results do: four numbers, of which the first may be missing.
pub(super) fn begins(line: &str) -> bool {
    let mut fields = line.split("::");
    let first = fields.next().unwrap_or_default();
    (layout::is_nothing(first) || super::is_number(first))
        && fields
            .by_ref()
            .take(3)
            .filter(|field| super::is_number(field))
            .count()
            == 3
        && fields.next().is_some()
}

/// Reads one complete line, without its end.
pub(super) fn read(
    line: &str,
    kind: Kind,
    local: LocalTime<'_>,
) -> Result<LegacyResult, Unreadable> {
    if line.contains('\0') {
        return Err(Unreadable::ZeroByte);
    }
    match kind {
        Kind::Backup => {
            let since_1_1 = choose(line, BACKUP);
            // 1.0 did not know pg_dump's release, which came last.
            let values = since_1_1
                .or_else(|reason| choose(line, &BACKUP[..BACKUP.len() - 1]).map_err(|_| reason))?;
            values::backup(line, &values, local)
                .map(|result| LegacyResult::Backup(Box::new(result)))
        }
        Kind::Restore => {
            let values = choose(line, RESTORE)?;
            values::restore(line, &values, local)
                .map(|result| LegacyResult::Restore(Box::new(result)))
        }
    }
}

/// The one reading that agrees best with itself.
fn choose<'a>(line: &'a str, fields: &[Field]) -> Result<Values<'a>, Unreadable> {
    let readings: Vec<Values<'a>> = layout::readings(line, fields)?
        .into_iter()
        .map(|texts| Values::new(fields, texts))
        .collect();
    let best = readings.iter().map(Values::agreement).max().unwrap_or(0);
    let mut chosen = readings
        .into_iter()
        .filter(|values| values.agreement() == best);
    match (chosen.next(), chosen.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Unreadable::Ambiguous),
    }
}
