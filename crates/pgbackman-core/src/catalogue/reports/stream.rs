//! Reading a list row by row, after its widths, in one snapshot.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, TryStreamExt as _};
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::{ACTION, Cell, Cells, Column, Report};
use crate::catalogue::error::{CatalogError, sql};

/// What a table needs to know before its first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// How many rows there are.
    pub rows: usize,
    /// The width of each column's widest cell in columns of a terminal, headings not counted; 0 where all are empty.
    pub widths: Vec<usize>,
}

/// A list whose snapshot is taken.
pub struct OpenReport<'a> {
    report: &'a Report,
    transaction: Transaction<'a>,
}

impl<'a> OpenReport<'a> {
    pub(super) async fn begin(
        report: &'a Report,
        client: &'a mut tokio_postgres::Client,
    ) -> Result<Self, CatalogError> {
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(sql(ACTION))?;
        Ok(Self {
            report,
            transaction,
        })
    }

    /// How many rows there are and how wide their cells: what a table needs to know before its first row.
    ///
    /// `measure` tells how many columns of a terminal a cell takes as it will be shown (a wide character takes two, an
    /// escaped one several). Only the different cells that are not printable ASCII are measured by it, one at a time.
    /// `is_bare` says of which columns zeros before the value are not shown.
    pub async fn extent(
        &self,
        measure: impl Fn(&str) -> usize,
        is_bare: impl Fn(&Column) -> bool,
    ) -> Result<Extent, CatalogError> {
        let layout = self.report.layout;
        let row = self
            .transaction
            .query_one(&layout.extent(is_bare), &self.report.borrowed())
            .await
            .map_err(sql(ACTION))?;
        let rows = number(row.try_get::<_, i64>(0).map_err(sql(ACTION))?)?;
        let mut widths = Vec::with_capacity(layout.columns.len());
        for index in 0..layout.columns.len() {
            let plain: i32 = row.try_get(1 + 2 * index).map_err(sql(ACTION))?;
            let has_others: bool = row.try_get(2 + 2 * index).map_err(sql(ACTION))?;
            let mut width = number(plain)?;
            if has_others {
                width = width.max(self.widest_other(index, &measure).await?);
            }
            widths.push(width);
        }
        Ok(Extent { rows, widths })
    }

    /// The width of the widest cell of a column that is not plain.
    async fn widest_other(
        &self,
        index: usize,
        measure: &impl Fn(&str) -> usize,
    ) -> Result<usize, CatalogError> {
        let cells = self
            .transaction
            .query_raw(&self.report.layout.not_plain(index), self.report.borrowed())
            .await
            .map_err(sql(ACTION))?;
        let mut cells = std::pin::pin!(cells);
        let mut widest = 0;
        while let Some(row) = cells.try_next().await.map_err(sql(ACTION))? {
            widest = widest.max(measure(row.try_get(0).map_err(sql(ACTION))?));
        }
        Ok(widest)
    }

    /// The rows as they come; the server is read no faster than the stream is.
    pub async fn stream(&self, cells: Cells) -> Result<RowStream, CatalogError> {
        let (statement, count) = cells.of(self.report.layout);
        let rows = self
            .transaction
            .query_raw(&statement, self.report.borrowed())
            .await
            .map_err(sql(ACTION))?;
        Ok(RowStream {
            rows: Box::pin(rows),
            cells: count,
        })
    }

    /// Ends the transaction. Dropping does so too, at the connection's next use.
    pub async fn close(self) -> Result<(), CatalogError> {
        self.transaction.commit().await.map_err(sql(ACTION))
    }
}

/// A count or a length, which is never negative.
fn number<N>(number: N) -> Result<usize, CatalogError>
where
    usize: TryFrom<N, Error: std::fmt::Display>,
{
    usize::try_from(number).map_err(|error| CatalogError::Decode {
        action: ACTION,
        reason: format!("a count: {error}"),
    })
}

/// Rows of a list as they come.
pub struct RowStream {
    rows: Pin<Box<tokio_postgres::RowStream>>,
    cells: usize,
}

impl Stream for RowStream {
    type Item = Result<Vec<Cell>, CatalogError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let row = ready!(self.rows.as_mut().poll_next(context));
        Poll::Ready(row.map(|row| cells(&row.map_err(sql(ACTION))?, self.cells)))
    }
}

/// A row's cells; every one is text.
pub(super) fn cells(row: &Row, count: usize) -> Result<Vec<Cell>, CatalogError> {
    (0..count)
        .map(|index| row.try_get(index).map_err(sql(ACTION)))
        .collect()
}
