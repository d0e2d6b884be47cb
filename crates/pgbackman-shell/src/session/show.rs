//! Shows lists and details from the catalogue.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, Write};

use futures_util::TryStreamExt;
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::reports::{Cells, Extent, Layout, Report};
use pgbackman_core::conninfo::Session;

use crate::error::CommandError;
use crate::output::json2::Json2List;
use crate::output::{Column, Entry, Field, Format, ListWriter, cell, fit, write_vertical};
use crate::session::pager::{Pager, Screen};
use crate::session::progress::Working;
use crate::session::shell::Shell;

/// Number of rows after which the shell checks for Ctrl-C, even if rows arrive faster than they are written.
const ROWS_AT_ONCE: usize = 256;

impl Shell {
    /// Shows a list of the catalogue, row by row.
    ///
    /// # Errors
    /// An error of the catalogue, or that it is unavailable, or that the rows cannot be written.
    pub fn show_list(&self, report: &Report) -> Result<(), CommandError> {
        let started = Cell::new(false);
        let (paged, count) = self.catalogue().read(
            || started.get(),
            async |session| self.stream(session, report, &started).await,
        )??;
        if let Some(paged) = paged {
            self.page(paged)?;
        }
        self.say_if_empty(count)
    }

    /// Shows a list of the catalogue with few rows that are expensive to find: they are queried once, as a whole.
    ///
    /// # Errors
    /// An error of the catalogue, or that it is unavailable, or that the rows cannot be written.
    pub fn show_list_at_once(&self, report: &Report) -> Result<(), CommandError> {
        let cells = self.presentation().format.cells();
        let rows = {
            let _working = Working::new(self, "Asking the catalogue about every backup");
            self.read(async |session| report.rows(&**session, cells).await)?
        };
        let layout = report.layout();
        let look = self.presentation();
        let widths: Vec<usize> = (0..layout.columns.len())
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row[column].as_deref());
                let heading = &layout.columns[column];
                let shown = cells.map(|value| cell::width(look.ids.shown(heading, value)));
                shown.max().unwrap_or(0)
            })
            .collect();
        let extent = Extent {
            rows: rows.len(),
            widths,
        };
        let mut paged = self.pager_for(layout, &extent)?;
        {
            let mut out: Box<dyn Write + '_> = match &mut paged {
                Some(paged) => Box::new(&mut paged.file),
                None => Box::new(self.out()),
            };
            let widths = &extent.widths;
            let mut list = ListWriter::begin(
                self.presentation(),
                layout.name,
                layout.columns,
                layout.fields,
                widths,
                &mut out,
            )?;
            for row in &rows {
                let cells: Vec<Option<&str>> = row.iter().map(Option::as_deref).collect();
                list.row(&cells)?;
            }
            list.end()?;
        }
        if let Some(paged) = paged {
            self.page(paged)?;
        }
        self.say_if_empty(rows.len())
    }

    /// Shows a list that does not come from the catalogue; the types of its fields parse the displayed values.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn show_rows<const N: usize>(
        &self,
        result: &str,
        columns: &[Column; N],
        fields: &[Field; N],
        rows: &[[String; N]],
    ) -> Result<(), CommandError> {
        let width = |column: usize| rows.iter().map(|row| cell::width(&row[column])).max();
        let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
        let mut text = Vec::new();
        let mut list = ListWriter::begin(
            self.presentation(),
            result,
            columns,
            fields,
            &widths,
            &mut text,
        )?;
        for row in rows {
            list.row(&row.each_ref().map(|value| Some(value.as_str())))?;
        }
        list.end()?;
        self.show_text(&text)?;
        self.say_if_empty(rows.len())
    }

    /// Shows a finished table or page, through the pager if it does not fit the screen.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn show_text(&self, text: &[u8]) -> Result<(), CommandError> {
        let lines = text.split_inclusive(|byte| *byte == b'\n').count();
        match self.pager() {
            Some((pager, screen)) if screen.is_less_than(lines, 0) => {
                let mut file = BufWriter::new(tempfile::tempfile()?);
                file.write_all(text)?;
                self.page(Paged {
                    pager,
                    file,
                    screen,
                    is_long: true,
                })
            }
            _ => Ok(self.out().write_all(text)?),
        }
    }

    /// Shows one object as a vertical table; returns false if it does not exist.
    ///
    /// # Errors
    /// An error of the catalogue, or that it is unavailable, or that the table cannot be written.
    pub fn show_details(&self, report: &Report) -> Result<bool, CommandError> {
        let cells = self.presentation().format.cells();
        let rows = self.read(async |session| report.rows(&**session, cells).await)?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(false);
        };
        let layout = report.layout();
        if cells == Cells::Typed {
            let row: Vec<Option<&str>> = row.iter().map(Option::as_deref).collect();
            let mut list = Json2List::begin(layout.fields, self.out())?;
            list.row(&row)?;
            list.end()?;
            return Ok(true);
        }
        let mut entries = Vec::new();
        for (index, (column, value)) in layout.columns.iter().zip(row).enumerate() {
            if layout.groups.contains(&index) {
                entries.push(Entry::Separator);
            }
            entries.push(Entry::Value(*column, value));
        }
        let mut text = Vec::new();
        write_vertical(self.presentation(), layout.name, &entries, &mut text)?;
        self.show_text(&text)?;
        Ok(true)
    }

    /// Writes the rows. The outer error comes from the catalogue, the inner one from writing; returns what was
    /// written to a file instead of the screen.
    async fn stream<'s>(
        &'s self,
        session: &mut Session,
        report: &Report,
        started: &Cell<bool>,
    ) -> Result<Result<(Option<Paged<'s>>, usize), CommandError>, CatalogError> {
        let canceller = session.canceller();
        let look = self.presentation();
        let open = report.open(session).await?;
        let extent = if look.format == Format::Table {
            open.extent(cell::width, |column| look.ids.strips(column))
                .await?
        } else {
            Extent {
                rows: 0,
                widths: Vec::new(),
            }
        };
        let mut paged = match self.pager_for(report.layout(), &extent) {
            Ok(paged) => paged,
            Err(error) => return Ok(Err(error)),
        };
        let mut rows = open.stream(look.format.cells()).await?;
        started.set(paged.is_none());
        let mut count = 0;
        let written = {
            let mut out: Box<dyn Write + '_> = match &mut paged {
                Some(paged) => Box::new(&mut paged.file),
                None => Box::new(self.out()),
            };
            let layout = report.layout();
            let begun = ListWriter::begin(
                look,
                layout.name,
                layout.columns,
                layout.fields,
                &extent.widths,
                &mut out,
            );
            match begun {
                Ok(mut list) => loop {
                    let Some(row) = rows.try_next().await? else {
                        break list.end();
                    };
                    let cells: Vec<Option<&str>> = row.iter().map(Option::as_deref).collect();
                    if let Err(error) = list.row(&cells) {
                        break Err(error);
                    }
                    count += 1;
                    if count % ROWS_AT_ONCE == 0 {
                        tokio::task::yield_now().await;
                    }
                },
                Err(error) => Err(error),
            }
        };
        drop(rows);
        match written {
            Ok(()) => open.close().await.map(|()| Ok((paged, count))),
            Err(error) => {
                // Nobody reads the rest, so the server need not send it.
                let _ = canceller.cancel().await;
                Ok(Err(error))
            }
        }
    }

    /// The file of a table that is longer than the screen, for the pager. The number of lines is known only after
    /// cells have been wrapped.
    fn pager_for(
        &self,
        layout: &Layout,
        extent: &Extent,
    ) -> Result<Option<Paged<'_>>, CommandError> {
        let Some((pager, screen)) = self.pager() else {
            return Ok(None);
        };
        let plan = fit::plan(self.presentation(), layout.columns, &extent.widths);
        let size = fit::size(&plan, layout.columns, &extent.widths, extent.rows);
        let is_long = screen.is_less_than(size.lines, size.width);
        if size.is_exact && !is_long {
            return Ok(None);
        }
        let file = BufWriter::new(tempfile::tempfile()?);
        Ok(Some(Paged {
            pager,
            file,
            screen,
            is_long,
        }))
    }

    /// Shows the file in the pager, or directly if it fits the screen or the pager cannot be started.
    fn page(&self, paged: Paged<'_>) -> Result<(), CommandError> {
        let Paged {
            pager,
            file,
            screen,
            is_long,
        } = paged;
        let mut file = file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        self.out().flush()?;
        let is_long = is_long || screen.is_less_than(lines(&mut file)?, 0);
        if is_long {
            let Err(error) = pager.show(&file) else {
                return Ok(());
            };
            let name = pager.name();
            self.dialogue(&format!(
                "[WARNING]: The pager {name} could not be started: {error}"
            ))?;
        }
        file.rewind()?;
        std::io::copy(&mut file, &mut self.out())?;
        Ok(())
    }
}

/// How many lines a file has.
fn lines(file: &mut File) -> std::io::Result<usize> {
    file.rewind()?;
    let mut lines = 0;
    for line in BufReader::new(file).split(b'\n') {
        line?;
        lines += 1;
    }
    Ok(lines)
}

/// A table that is being written for the pager.
struct Paged<'s> {
    pager: &'s Pager,
    file: BufWriter<File>,
    screen: Screen,
    /// Whether it is known to exceed the screen.
    is_long: bool,
}
