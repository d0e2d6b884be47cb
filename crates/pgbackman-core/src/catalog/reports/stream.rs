//! Reading a list row by row, after its widths, in one snapshot.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::{ACTION, Cell, Report};
use crate::catalog::error::{CatalogError, sql};

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

    /// The greatest width of each column's cells in terminal columns, headings not counted.
    pub async fn widths(&self) -> Result<Vec<usize>, CatalogError> {
        let statement = self.report.layout.widths();
        let row = self
            .transaction
            .query_one(&statement, &self.report.borrowed())
            .await
            .map_err(sql(ACTION))?;
        (0..row.len())
            .map(|index| {
                let width: i32 = row.try_get(index).map_err(sql(ACTION))?;
                usize::try_from(width).map_err(|error| CatalogError::Decode {
                    action: ACTION,
                    reason: format!("a width: {error}"),
                })
            })
            .collect()
    }

    /// The rows as they come; the server is read no faster than the stream is.
    pub async fn stream(&self) -> Result<RowStream, CatalogError> {
        let statement = self.report.layout.ordered();
        let rows = self
            .transaction
            .query_raw(&statement, self.report.borrowed())
            .await
            .map_err(sql(ACTION))?;
        Ok(RowStream {
            rows: Box::pin(rows),
            columns: self.report.layout.columns.len(),
        })
    }

    /// Ends the transaction. Dropping does so too, at the connection's next use.
    pub async fn close(self) -> Result<(), CatalogError> {
        self.transaction.commit().await.map_err(sql(ACTION))
    }
}

/// Rows of a list as they come.
pub struct RowStream {
    rows: Pin<Box<tokio_postgres::RowStream>>,
    columns: usize,
}

impl Stream for RowStream {
    type Item = Result<Vec<Cell>, CatalogError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let row = ready!(self.rows.as_mut().poll_next(context));
        Poll::Ready(row.map(|row| cells(&row.map_err(sql(ACTION))?, self.columns)))
    }
}

/// A row's cells; every column of a list is text.
pub(super) fn cells(row: &Row, columns: usize) -> Result<Vec<Cell>, CatalogError> {
    (0..columns)
        .map(|index| row.try_get(index).map_err(sql(ACTION)))
        .collect()
}
