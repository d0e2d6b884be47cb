//! Comma-separated lists while they are typed, names in double quotes included
//! (`core::domain::text::selector::parse_list` reads them).

/// Where the last element of a list begins, in bytes, blanks before it left out.
pub(super) fn last_element(text: &str) -> usize {
    let mut begins = 0;
    loop {
        let rest = &text[begins..];
        begins += rest.len() - rest.trim_start().len();
        let rest = &text[begins..];
        let closed = match rest.strip_prefix('"') {
            Some(name) => match closing_quote(name) {
                Some(at) => 1 + at,
                None => return begins,
            },
            None => 0,
        };
        match rest[closed..].find(',') {
            Some(comma) => begins += closed + comma + 1,
            None => return begins,
        }
    }
}

/// Where the double quote stands that ends a name; two of them are one inside it.
fn closing_quote(name: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + name[from..].find('"')?;
        if !name[at + 1..].starts_with('"') {
            return Some(at);
        }
        from = at + 2;
    }
}

/// A name as an element of a list: in double quotes where it would be read as something else without.
pub(super) fn element(name: &str) -> String {
    let is_plain = !name.contains(',')
        && !name.starts_with(['"', '#'])
        && name.trim() == name
        && !name.eq_ignore_ascii_case("all")
        && name != "*"
        && !name.is_empty();
    if is_plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::text::selector::parse_list;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_element_begins_behind_the_last_comma_outside_quotes() {
        for (text, begins) in [
            ("abc", 0),
            ("a,b", 2),
            ("a, b", 3),
            ("a,", 2),
            ("\"a,b", 0),
            ("\"a,b\",c", 6),
            ("\"a\"\",b", 0),
            ("x\",y", 3),
            ("", 0),
        ] {
            assert_eq!(last_element(text), begins, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_name_comes_back_from_the_list_it_is_put_into(name in "\\PC{1,12}", other in "\\PC{1,12}") {
            let list = format!("{},{}", element(&other), element(&name));
            let read = parse_list(&list).unwrap();
            prop_assert_eq!(&read[1].name, &name);
            prop_assert_eq!(read.len(), 2);
            prop_assert_eq!(&list[last_element(&list)..], element(&name));
        }
    }
}
