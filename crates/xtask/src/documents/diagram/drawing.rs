//! What is drawn: filled boxes, lines with round corners, arrows, texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::grid::{Arms, Grid, arms, is_arrow, is_corner};
use super::{HEIGHT, RADIUS, WIDTH};
use crate::documents::html::escaped;

/// The inside of every closed box, largest first, so that a box in a box is seen.
pub(super) fn areas(grid: &Grid, svg: &mut String) {
    let mut found: Vec<(usize, usize, usize, usize)> = grid
        .cells()
        .filter(|(_, _, c)| matches!(c, '┌' | '╭'))
        .filter_map(|(row, column, _)| closed(grid, row, column))
        .collect();
    found.sort_by_key(|(top, left, bottom, right)| {
        std::cmp::Reverse((bottom - top) * (right - left))
    });
    for (top, left, bottom, right) in found {
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{RADIUS}\"/>",
            left * WIDTH + WIDTH / 2,
            top * HEIGHT + HEIGHT / 2,
            (right - left) * WIDTH,
            (bottom - top) * HEIGHT
        );
    }
}

/// The box whose upper left corner is here: top, left, bottom, right.
fn closed(grid: &Grid, top: usize, left: usize) -> Option<(usize, usize, usize, usize)> {
    let along =
        |from: usize, end: [char; 2], at: &dyn Fn(usize) -> char, on: &dyn Fn(Arms) -> bool| {
            let mut place = from + 1;
            loop {
                let c = at(place);
                if end.contains(&c) {
                    return Some(place);
                }
                // An arrow that arrives at the border belongs to it.
                if !(arms(c).is_some_and(on) || is_arrow(c)) {
                    return None;
                }
                place += 1;
            }
        };
    let horizontal = |arms: Arms| arms.left && arms.right;
    let vertical = |arms: Arms| arms.up && arms.down;
    let right = along(
        left,
        ['┐', '╮'],
        &|column| grid.at(top, column),
        &horizontal,
    )?;
    let bottom = along(top, ['└', '╰'], &|row| grid.at(row, left), &vertical)?;
    let low = along(
        left,
        ['┘', '╯'],
        &|column| grid.at(bottom, column),
        &horizontal,
    )?;
    let side = along(top, ['┘', '╯'], &|row| grid.at(row, right), &vertical)?;
    (low == right && side == bottom).then_some((top, left, bottom, right))
}

/// The lines, each as long as it goes, and the corners.
pub(super) fn lines(grid: &Grid, svg: &mut String) {
    // By row or column, and whether dashed: stretches in half cells.
    let mut horizontal: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    let mut vertical: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    for (row, column, c) in grid.cells() {
        let Some(has) = arms(c) else { continue };
        if is_corner(c) {
            corner(row, column, has, svg);
            continue;
        }
        let add = |map: &mut BTreeMap<(usize, bool), Vec<usize>>, key, half, there| {
            if there {
                map.entry((key, has.dashed)).or_default().push(half);
            }
        };
        add(&mut horizontal, row, 2 * column, has.left);
        add(&mut horizontal, row, 2 * column + 1, has.right);
        add(&mut vertical, column, 2 * row, has.up);
        add(&mut vertical, column, 2 * row + 1, has.down);
    }
    for ((row, dashed), halves) in &horizontal {
        let y = row * HEIGHT + HEIGHT / 2;
        for (from, to) in stretches(halves) {
            let (from, to) = (from * WIDTH / 2, to * WIDTH / 2);
            path(&format!("M{from} {y}H{to}"), *dashed, svg);
        }
    }
    for ((column, dashed), halves) in &vertical {
        let x = column * WIDTH + WIDTH / 2;
        for (from, to) in stretches(halves) {
            let (from, to) = (from * HEIGHT / 2, to * HEIGHT / 2);
            path(&format!("M{x} {from}V{to}"), *dashed, svg);
        }
    }
}

fn path(way: &str, dashed: bool, svg: &mut String) {
    let class = if dashed { " class=\"dashed\"" } else { "" };
    let _ = writeln!(svg, "<path d=\"{way}\"{class}/>");
}

/// A corner: from one border of the cell, rounded, to the other.
fn corner(row: usize, column: usize, has: Arms, svg: &mut String) {
    let (x, y) = (column * WIDTH + WIDTH / 2, row * HEIGHT + HEIGHT / 2);
    let (edge_y, near_y) = if has.up {
        (y - HEIGHT / 2, y - RADIUS)
    } else {
        (y + HEIGHT / 2, y + RADIUS)
    };
    let edge_x = if has.left {
        x - WIDTH / 2
    } else {
        x + WIDTH / 2
    };
    path(
        &format!("M{x} {edge_y}V{near_y}Q{x} {y} {edge_x} {y}"),
        false,
        svg,
    );
}

/// Neighbouring halves together: from, to.
fn stretches(halves: &[usize]) -> Vec<(usize, usize)> {
    let mut sorted = halves.to_vec();
    sorted.sort_unstable();
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for half in sorted {
        match stretches.last_mut() {
            Some((_, to)) if *to == half => *to = half + 1,
            _ => stretches.push((half, half + 1)),
        }
    }
    stretches
}

/// The heads of arrows. One that points at a line touches it.
pub(super) fn arrows(grid: &Grid, svg: &mut String) {
    for (row, column, c) in grid.cells().filter(|(_, _, c)| is_arrow(*c)) {
        let (left, top) = (column * WIDTH, row * HEIGHT);
        let (right, bottom) = (left + WIDTH, top + HEIGHT);
        let (x, y) = (left + WIDTH / 2, top + HEIGHT / 2);
        let touches = |down, across| arms(grid.beside(row, column, down, across)).is_some();
        let half = 4;
        let (way, points) = match c {
            '►' => {
                let tip = if touches(0, 1) {
                    right + WIDTH / 2
                } else {
                    right
                };
                let base = tip - WIDTH;
                (
                    format!("M{left} {y}H{base}"),
                    format!("{tip},{y} {base},{} {base},{}", y - half, y + half),
                )
            }
            '◄' => {
                let tip = if touches(0, -1) {
                    left - WIDTH / 2
                } else {
                    left
                };
                let base = tip + WIDTH;
                (
                    format!("M{right} {y}H{base}"),
                    format!("{tip},{y} {base},{} {base},{}", y - half, y + half),
                )
            }
            '▲' => {
                let tip = if touches(-1, 0) {
                    top - HEIGHT / 2
                } else {
                    top
                };
                let base = tip + WIDTH;
                (
                    format!("M{x} {bottom}V{base}"),
                    format!("{x},{tip} {},{base} {},{base}", x - half, x + half),
                )
            }
            _ => {
                let tip = if touches(1, 0) {
                    bottom + HEIGHT / 2
                } else {
                    bottom
                };
                let base = tip - WIDTH;
                (
                    format!("M{x} {top}V{base}"),
                    format!("{x},{tip} {},{base} {},{base}", x - half, x + half),
                )
            }
        };
        path(&way, false, svg);
        let _ = writeln!(svg, "<polygon points=\"{points}\"/>");
    }
}

/// The texts: words with one space between them are one text, of exactly the width of its cells.
pub(super) fn texts(grid: &Grid, svg: &mut String) {
    for (row, cells) in grid.rows.iter().enumerate() {
        let is_text = |c: char| c != ' ' && arms(c).is_none() && !is_arrow(c);
        let mut column = 0;
        while column < cells.len() {
            if !is_text(cells[column]) {
                column += 1;
                continue;
            }
            let start = column;
            while column < cells.len()
                && (is_text(cells[column])
                    || (cells[column] == ' ' && is_text(grid.at(row, column + 1))))
            {
                column += 1;
            }
            let text: String = cells[start..column].iter().collect();
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
                start * WIDTH,
                row * HEIGHT + HEIGHT / 2 + 4,
                (column - start) * WIDTH,
                escaped(&text)
            );
        }
    }
}
