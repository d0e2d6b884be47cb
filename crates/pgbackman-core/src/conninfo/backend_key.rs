//! The process ID that a server gave with its first messages (`BackendKeyData`). The client library keeps it to itself, but
//! writes it into every cancel request: so one is written, into a pipe of ours.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, duplex};
use tokio_postgres::CancelToken;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

/// The length of a cancel request: its length, its code, the process ID, the secret key (PostgreSQL documentation, "Message
/// Formats").
const CANCEL_REQUEST: usize = 16;
/// Where the process ID is in it.
const PROCESS_ID: usize = 8;
/// Room for both messages and the answer between them.
const ROOM: usize = 64;

/// The process ID; `None`: it could not be found out.
pub(super) async fn process_id(token: &CancelToken) -> Option<i32> {
    let (mut ours, library) = duplex(ROOM);
    // Asked whether TLS may begin, which it is only where the session has it.
    ours.write_all(b"S").await.ok()?;
    token.cancel_query_raw(library, Plainly).await.ok()?;
    let mut written = Vec::new();
    ours.read_to_end(&mut written).await.ok()?;
    let request = written.get(written.len().checked_sub(CANCEL_REQUEST)?..)?;
    let bytes = request.get(PROCESS_ID..PROCESS_ID + 4)?;
    Some(i32::from_be_bytes(bytes.try_into().ok()?))
}

/// TLS that is none.
#[derive(Clone)]
pub(super) struct Plainly;

/// A stream, as the library wants it.
pub(super) struct Plain<S>(S);

impl<S: AsyncRead + AsyncWrite + Unpin> MakeTlsConnect<S> for Plainly {
    type Stream = Plain<S>;
    type TlsConnect = Self;
    type Error = io::Error;

    fn make_tls_connect(&mut self, _domain: &str) -> io::Result<Self> {
        Ok(Self)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Plainly {
    type Stream = Plain<S>;
    type Error = io::Error;
    type Future = Ready<io::Result<Plain<S>>>;

    fn connect(self, stream: S) -> Self::Future {
        ready(Ok(Plain(stream)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Plain<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Plain<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Plain<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
