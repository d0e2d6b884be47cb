//! Selections over an archive as `pg_dump` 17 writes it of a small shop, and over archives that are made up.

use super::*;
use crate::domain::restore::restore_parameters::check;

/// Number, kind, schema, tag, dependencies, SQL.
type Row<'r> = (u32, &'r str, &'r str, &'r str, Vec<u32>, &'r str);

/// What `pg_dump` 17 writes of a small shop, a line for each entry.
const SHOP: &str = include_str!("shop.txt");

fn rows(text: &str) -> Vec<Row<'_>> {
    text.lines()
        .map(|line| {
            let words: Vec<&str> = line.splitn(6, '|').collect();
            let on = words[4].split(',').filter(|word| !word.is_empty());
            let on = on.map(|word| word.parse().unwrap()).collect();
            let id = words[0].parse().unwrap();
            (id, words[1], words[2], words[3], on, words[5])
        })
        .collect()
}

fn entries(rows: &[Row<'_>]) -> Vec<Entry> {
    rows.iter()
        .map(|(id, kind, schema, tag, on, sql)| Entry {
            id: *id,
            has_data: *kind == "TABLE DATA",
            kind: (*kind).into(),
            schema: (*schema).into(),
            tag: (*tag).into(),
            depends_on: on.clone(),
            definition: (*sql).into(),
            owner: b"me".to_vec(),
            ..Entry::default()
        })
        .collect()
}

fn selected(words: &str) -> Selection {
    select(&entries(&rows(SHOP)), &check(words, None).unwrap()).unwrap()
}

fn sorted(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids
}

fn left_out(selection: &Selection) -> Vec<u32> {
    sorted(selection.left_out.iter().map(|one| one.entry).collect())
}

#[test]
fn b18_a_table_brings_what_belongs_to_it_and_what_it_needs() {
    let orders = selected("-t orders");
    let mut expected = vec![
        // Schema, type with its cast, trigger's function, with what is said of them.
        6, 50, 62, 33, 55, 32, // Itself.
        21, 51, 20, 56, 59, 134, 157, 66, 64, 76, 78, 127, 128, 153, 154,
        // What its policy reads, without rows.
        19, 18, 63, 156,
    ];
    expected.sort_unstable();
    assert_eq!(sorted(orders.entries.clone()), expected);
    // The referenced table comes without its rows, so that the key cannot hold.
    assert_eq!(left_out(&orders), [77]);
    assert_eq!(orders.left_out[0].why, Why::Needs(vec![19]));
    assert_eq!(orders.without_rows, [19]);
    assert!(!orders.along.contains(&21) && orders.along.contains(&20));
    let in_order: Vec<u32> = rows(SHOP).iter().map(|row| row.0).collect();
    let place = |id: &u32| in_order.iter().position(|one| one == id);
    assert!(
        orders
            .entries
            .windows(2)
            .all(|pair| place(&pair[0]) < place(&pair[1]))
    );
    // With both the key comes.
    let both = selected("-t orders -t customers");
    assert!(both.entries.contains(&77) && both.left_out.is_empty() && both.without_rows.is_empty());
}

#[test]
fn b18_an_identity_a_key_and_nothing_else() {
    let customers = selected("-t customers");
    assert_eq!(sorted(customers.entries), [18, 19, 63, 132, 156]);
    assert_eq!(sorted(customers.along), [18, 63, 156]);
}

#[test]
fn b18_partitions_come_with_their_rows_and_a_partition_with_its_parent() {
    let p = selected("-t p");
    assert_eq!(
        sorted(p.entries.clone()),
        [24, 25, 28, 57, 58, 70, 71, 72, 74, 75, 135, 136]
    );
    assert!(p.left_out.is_empty() && p.without_rows.is_empty() && p.no_rows.is_empty());
    let p1 = selected("-t p1");
    assert_eq!(sorted(p1.entries), [24, 25, 57, 70, 71, 74, 135]);
    assert_eq!(p1.without_rows, [24]);
}

#[test]
fn b18_heirs_are_named_and_parents_come_without_rows() {
    let parent = selected("-t par");
    assert_eq!(sorted(parent.entries.clone()), [26, 137]);
    assert_eq!(
        parent.left_out,
        [LeftOut {
            entry: 27,
            why: Why::Inherits(26)
        }]
    );
    let child = selected("-t chi");
    assert_eq!(sorted(child.entries), [26, 27, 138]);
    assert_eq!((child.left_out, child.without_rows), (Vec::new(), vec![26]));
}

#[test]
fn b15_a_view_over_a_key_brings_its_query_and_the_rows_it_reads() {
    let view = selected("-t v");
    for needed in [22, 125, 66, 21, 134, 6] {
        assert!(view.entries.contains(&needed), "{needed}");
    }
    assert_eq!(left_out(&view), [77]);
    let materialized = selected("-t mv");
    assert_eq!(
        sorted(materialized.entries),
        [18, 19, 23, 63, 132, 155, 156]
    );
}

#[test]
fn b8_a_schema_comes_with_itself() {
    let sales = selected("-n sales");
    for needed in [6, 50, 21, 134, 62, 19] {
        assert!(sales.entries.contains(&needed), "{needed}");
    }
    // The publication was not chosen, and neither was the other table.
    assert_eq!(left_out(&sales), [77, 130]);
    assert!(!sales.entries.contains(&129));
    let empty = "1|SCHEMA||empty||CREATE SCHEMA empty;\n2|ACL||SCHEMA empty|1|GRANT\n3|TABLE|public|t||CREATE TABLE public.t ();";
    let found = select(&entries(&rows(empty)), &check("-n empty", None).unwrap()).unwrap();
    assert_eq!(found.entries, [1, 2]);
    let exactly = selected("-n sales --exactly");
    assert!(!exactly.entries.contains(&62) && exactly.entries.contains(&77));
    assert!(exactly.lacking.contains(&62) && exactly.lacking.contains(&19));
    assert!(exactly.along.is_empty() && exactly.left_out.is_empty());
}

#[test]
fn what_is_left_out_takes_with_it_what_cannot_be_without_it() {
    let rest = selected("-N sales");
    // The view is no dummy, and a table whose default is the other's sequence does not come.
    for gone in [21, 22, 125, 134, 30, 76] {
        assert!(!rest.entries.contains(&gone), "{gone}");
    }
    assert_eq!(left_out(&rest), [22, 30, 76]);
    assert!(rest.entries.contains(&6) && rest.entries.contains(&132));
    // A partition can be without its parent.
    let mut rows = rows(SHOP);
    let parent = rows.iter().position(|row| row.0 == 24).unwrap();
    rows[parent].2 = "sales";
    rows[parent].5 = "CREATE TABLE sales.p (k integer) PARTITION BY RANGE (k);";
    for row in &mut rows {
        if row.1 == "TABLE ATTACH" {
            row.5 = "ALTER TABLE ONLY sales.p ATTACH PARTITION public.p1";
        }
    }
    let rest = select(&entries(&rows), &check("-N sales", None).unwrap()).unwrap();
    assert!(rest.entries.contains(&25) && !rest.entries.contains(&24));
    assert!(left_out(&rest).contains(&57));
}

#[test]
fn patterns_bring_what_they_need_too() {
    let pattern = selected("--select='TABLE public customers *'");
    assert_eq!(sorted(pattern.entries), [18, 19, 63, 132, 156]);
    let data = selected("--select='TABLE DATA * customers *'");
    assert_eq!(sorted(data.entries), [18, 19, 63, 132, 156]);
    let index = selected("-I oi");
    assert!(index.entries.contains(&21) && !index.entries.contains(&134));
    assert_eq!(sorted(index.without_rows), [19, 21]);
    for (words, expected) in [
        ("-t nothing", Nothing::Filter("--table=nothing".into())),
        (
            "-n sales -t v -n none",
            Nothing::Filter("--schema=none".into()),
        ),
        ("--select=x", Nothing::Pattern("x".into())),
    ] {
        let nothing = select(&entries(&rows(SHOP)), &check(words, None).unwrap()).unwrap_err();
        assert_eq!(nothing, expected);
    }
    assert_eq!(
        selected("-T tr").entries,
        selected("-T 'orders tr'").entries
    );
    assert_eq!(selected("").entries.len(), rows(SHOP).len());
}

#[test]
fn tables_without_rows_in_the_archive_are_told() {
    let mut rows = rows(SHOP);
    rows.retain(|row| row.0 != 132);
    let found = select(&entries(&rows), &check("-t customers", None).unwrap()).unwrap();
    assert_eq!(found.no_rows, [19]);
    assert!(selected("-t p").no_rows.is_empty());
}

#[test]
fn partitions_of_before_14_stand_in_their_table() {
    let text = "1|TABLE|public|p||CREATE TABLE public.p (k integer) PARTITION BY RANGE (k);\n\
        2|TABLE|public|a|1|CREATE TABLE public.a PARTITION OF public.p FOR VALUES\n\
        3|TABLE|public|b|1|CREATE TABLE public.b (k integer); ALTER TABLE ONLY public.p ATTACH PARTITION public.b FOR\n\
        4|TABLE|public|c|1|CREATE TABLE public.c (k public.p);\n\
        5|TABLE DATA|public|a|2|";
    let found = select(&entries(&rows(text)), &check("-t p", None).unwrap()).unwrap();
    assert_eq!(found.entries, [1, 2, 3, 5]);
}

#[test]
fn rows_of_a_table_that_an_extension_makes_bring_the_extensions() {
    let text = "1|EXTENSION||cron||CREATE EXTENSION cron\n\
        2|TABLE DATA|cron|job|77|";
    let found = select(&entries(&rows(text)), &check("-t job", None).unwrap()).unwrap();
    assert_eq!(found.entries, [1, 2]);
}

#[test]
fn a_function_brings_the_whole_of_a_type_of_which_it_needs_the_shell() {
    let text = "1|SHELL TYPE|public|box3||CREATE TYPE public.box3;\n\
        2|FUNCTION|public|box3_in(cstring)|1|CREATE FUNCTION\n\
        3|FUNCTION|public|box3_out(public.box3)|1|CREATE FUNCTION\n\
        4|TYPE|public|box3|1,2,3|CREATE TYPE public.box3 (";
    let found = select(
        &entries(&rows(text)),
        &check("-P 'box3_out(public.box3)'", None).unwrap(),
    );
    assert_eq!(found.unwrap().entries, [1, 2, 3, 4]);
}
