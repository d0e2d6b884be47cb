//! Diagrams that are drawn in the text itself, with the characters of boxes, and become SVG in the HTML pages.
//!
//! Their source is a code block whose language is `diagram`; the words behind it say what it shows. It is readable as it
//! stands in the Markdown file; here each character of a box becomes lines in its cell of a grid, `►◄▲▼` heads of arrows, and
//! everything else text. A library that does this for ASCII art exists, but guesses what is meant and brings a geometry
//! engine; these characters leave nothing to guess.

mod drawing;
mod grid;

use super::html::escaped;
use drawing::{areas, arrows, lines, texts};
use grid::{Grid, arms};

/// The width of a cell, in SVG units (CSS pixels at normal size).
const WIDTH: usize = 8;
/// The height of a cell.
const HEIGHT: usize = 18;
/// How far a corner is rounded.
const RADIUS: usize = 5;

/// Lines that end nowhere, each told by its place: the drawing is then not what was meant.
pub(super) fn loose_ends(source: &str) -> Vec<String> {
    let grid = Grid::new(source);
    let mut loose = Vec::new();
    for (row, column, c) in grid.cells() {
        let Some(has) = arms(c) else { continue };
        // A straight line may end beside a text; what bends or branches must meet something.
        let sideways = !matches!(c, '─' | '┄');
        let ends = [
            (has.up, grid.beside(row, column, -1, 0), "above"),
            (has.down, grid.beside(row, column, 1, 0), "below"),
            (
                has.right && sideways,
                grid.beside(row, column, 0, 1),
                "right of",
            ),
            (
                has.left && sideways,
                grid.beside(row, column, 0, -1),
                "left of",
            ),
        ];
        for (reaches, neighbour, side) in ends {
            let meets = match (side, arms(neighbour)) {
                (_, None) => neighbour != ' ',
                ("above", Some(theirs)) => theirs.down,
                ("below", Some(theirs)) => theirs.up,
                ("right of", Some(theirs)) => theirs.left,
                (_, Some(theirs)) => theirs.right,
            };
            if reaches && !meets {
                loose.push(format!(
                    "line {}, column {}: nothing is {side} {c:?}",
                    row + 1,
                    column + 1
                ));
            }
        }
    }
    loose
}

/// The SVG of a diagram, with its title for those who do not see it.
pub(super) fn svg(source: &str, title: &str) -> String {
    let grid = Grid::new(source);
    let columns = grid.rows.iter().map(Vec::len).max().unwrap_or(0);
    let (width, height) = (columns * WIDTH, grid.rows.len() * HEIGHT);
    let mut svg = format!(
        "<svg class=\"diagram\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\"><title>{}</title>\n",
        escaped(title)
    );
    areas(&grid, &mut svg);
    lines(&grid, &mut svg);
    arrows(&grid, &mut svg);
    texts(&grid, &mut svg);
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: &str = "┌────┐\n│ ab ├──► c\n└────┘";

    #[test]
    fn a_box_an_arrow_and_a_text_are_drawn() {
        assert!(loose_ends(BOX).is_empty());
        let svg = svg(BOX, "a <box>");
        assert!(svg.contains("<title>a &lt;box&gt;</title>"));
        assert!(svg.contains("<rect x=\"4\" y=\"9\" width=\"40\" height=\"36\""));
        assert!(svg.contains(">ab</text>") && svg.contains(">c</text>"));
        assert_eq!(svg.matches("<polygon").count(), 1);
        // The upper border is one line between the corners' cells.
        assert!(svg.contains("M8 9H40"), "{svg}");
    }

    #[test]
    fn lines_that_end_nowhere_are_found() {
        assert_eq!(
            loose_ends("┌───\n│\n└───┐").len(),
            1,
            "only the corner below"
        );
        assert_eq!(loose_ends(" │\n└┐\n └").len(), 4);
        assert!(loose_ends("text │ text").len() == 2);
        assert!(loose_ends("a ──── b").is_empty());
    }

    #[test]
    fn a_box_that_is_open_is_not_filled() {
        assert!(!svg("┌──\n│\n└──┘", "").contains("<rect"));
    }
}
