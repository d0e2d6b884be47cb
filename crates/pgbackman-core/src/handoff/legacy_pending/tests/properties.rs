//! Properties of any line.

use proptest::prelude::*;

use super::*;

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 é\"'$%_-]{1,8}"
}

/// Texts full of colons.
fn colons() -> impl Strategy<Value = String> {
    "[a:]{0,6}"
}

proptest! {
    #[test]
    fn any_ordinary_line_is_read_as_it_was_written(dbname in word(), error in word(), role in "[a-z]{1,8}", end in 0..5000_i64) {
        let mut values = full(&dbname, error.trim(), &role);
        values[6] = (ahead_of(&values[5]) + TimeDelta::microseconds(end)).format("%Y-%m-%d %H:%M:%S%.6f").to_string();
        let read = backup(&line(&values)).unwrap();
        prop_assert_eq!(&read.dbname, &dbname);
        prop_assert_eq!(read.error_message.unwrap_or_default(), error.trim());
        prop_assert_eq!(read.role_list, vec![role]);
        prop_assert_eq!(read.finished - read.started, TimeDelta::microseconds(end));
        prop_assert_eq!(read.dump.file.unwrap(), Path::new(&values[8]));
        prop_assert_eq!(read.dbconfig.log.unwrap(), Path::new(&values[16]));
    }

    #[test]
    fn trap_29a_a_line_is_read_rightly_or_not_at_all(dbname in "[a:]{1,6}", error in colons(), roles in colons()) {
        let values = full(&dbname, &error, &roles);
        if let Ok(read) = backup(&line(&values)) {
            prop_assert_eq!(read.dbname, dbname);
            prop_assert_eq!(read.error_message.unwrap_or_default(), error);
            prop_assert_eq!(read.role_list.concat(), roles);
            prop_assert_eq!(read.roles.log.unwrap(), Path::new(&values[13]));
        }
    }

    #[test]
    fn trap_29a_a_restore_is_read_rightly_or_not_at_all(source in "[a:]{1,4}", target in "[a:]{1,4}", renamed in colons()) {
        let text = RESTORED
            .replace("tiny::tiny_r::::", &format!("{source}::{target}::{renamed}::"))
            .replace("/log/tiny_r-", &format!("/log/{target}-"));
        if let Ok(read) = restore(&text) {
            prop_assert_eq!(read.source_dbname, source);
            prop_assert_eq!(read.target_dbname, target);
            prop_assert_eq!(read.renamed_dbname.unwrap_or_default(), renamed);
        }
    }

    #[test]
    fn nothing_makes_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[0-9:/A-Z\n -]{0,200}") {
        for kind in [Kind::Backup, Kind::Restore] {
            prop_assert!(!parse(&bytes, kind, &ahead).is_empty());
            prop_assert!(!parse(text.as_bytes(), kind, &ahead).is_empty());
        }
    }

    #[test]
    fn a_file_that_was_cut_short_gives_no_wrong_result(at in 0..600_usize) {
        let whole = line(&full("hr", "", "postgres")) + FAILED;
        let cut = whole.get(..at.min(whole.len() - 1)).unwrap();
        let good = backups(&whole);
        for result in backups(cut).into_iter().flatten() {
            prop_assert!(good.contains(&Ok(result)));
        }
    }
}

fn ahead_of(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap()
}
