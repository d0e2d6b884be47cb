//! Sessions with a database whose encoding the server cannot convert to UTF-8 (MULE_INTERNAL, up to PostgreSQL 18): it lets in nobody
//! who asks for UTF-8, and the client library asks for nothing else. So the library's first message is written again, asking for
//! SQL_ASCII: every byte comes as it is. Whoever reads names from such a session has to know that they may be no UTF-8
//! (`node::raw_names`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use super::error::ConnectFailure;

/// What the library asks for, at the beginning of the parameters of its first message (PostgreSQL documentation, "Message Formats",
/// StartupMessage: its length and the protocol's version stand before them).
const ASKED: &[u8] = b"client_encoding\0UTF8\0";
/// What is asked for instead.
const INSTEAD: &[u8] = b"client_encoding\0SQL_ASCII\0";
/// Bytes of the length.
const LENGTH: usize = 4;
/// Bytes before the parameters.
const HEAD: usize = 8;

/// Whether the server may have refused since it cannot convert: it says so by a code that says little else at this moment.
pub(super) fn may_help(failure: &ConnectFailure) -> bool {
    matches!(failure, ConnectFailure::Refused { code, .. }
        if code == SqlState::FEATURE_NOT_SUPPORTED.code())
}

/// The first message with another encoding; as it is, where it is not what is known.
fn rewritten(message: &[u8]) -> Vec<u8> {
    let length = message
        .get(..LENGTH)
        .and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
    let rest = message
        .get(HEAD..)
        .and_then(|parameters| parameters.strip_prefix(ASKED));
    let (Some(length), Some(rest)) = (length, rest) else {
        return message.to_vec();
    };
    let added = u32::try_from(INSTEAD.len() - ASKED.len()).unwrap_or_default();
    let length = (length + added).to_be_bytes();
    [&length, &message[LENGTH..HEAD], INSTEAD, rest].concat()
}

/// What has become of the first message.
enum First {
    Awaited,
    /// It is written: the message, and how much of it is.
    UnderWay(Vec<u8>, usize),
    Written,
}

/// A stream whose first message is written again.
pub(super) struct Unconverted<S> {
    stream: S,
    first: First,
}

impl<S: AsyncWrite + Unpin> Unconverted<S> {
    /// Writes what is left of the first message.
    fn poll_first(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let First::UnderWay(message, written) = &mut self.first {
            let Some(rest) = message.get(*written..).filter(|rest| !rest.is_empty()) else {
                self.first = First::Written;
                break;
            };
            let count = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *written += count;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unconverted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unconverted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if matches!(self.first, First::Awaited) {
            // The library flushes behind it, which writes it out.
            self.first = First::UnderWay(rewritten(bytes), 0);
            return Poll::Ready(Ok(bytes.len()));
        }
        ready!(self.poll_first(context))?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_first(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_first(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Unconverted<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

/// A way to open streams, for the library: what goes over them is unconverted.
#[derive(Clone)]
pub(super) struct Over<T>(pub(super) T);

impl<S, T: MakeTlsConnect<S>> MakeTlsConnect<S> for Over<T>
where
    <T::TlsConnect as TlsConnect<S>>::Future: Send + 'static,
{
    type Stream = Unconverted<T::Stream>;
    type TlsConnect = Over<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, Self::Error> {
        self.0.make_tls_connect(domain).map(Over)
    }
}

impl<S, T: TlsConnect<S>> TlsConnect<S> for Over<T>
where
    T::Future: Send + 'static,
{
    type Stream = Unconverted<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let opening = self.0.connect(stream);
        Box::pin(async move {
            Ok(Unconverted {
                stream: opening.await?,
                first: First::Awaited,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(parameters: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEAD + parameters.len()).unwrap();
        [&length.to_be_bytes(), &[0, 3, 0, 0][..], parameters].concat()
    }

    #[test]
    fn v6_the_first_message_asks_for_no_conversion() {
        let asked = message(b"client_encoding\0UTF8\0user\0a\0\0");
        let expected = message(b"client_encoding\0SQL_ASCII\0user\0a\0\0");
        assert_eq!(rewritten(&asked), expected);
        // What is not known stays what it is.
        for other in [
            message(b"user\0a\0client_encoding\0UTF8\0\0"),
            Vec::new(),
            vec![0, 0, 0, 8, 4],
        ] {
            assert_eq!(rewritten(&other), other);
        }
    }

    #[tokio::test]
    async fn v6_it_is_written_whole_however_little_the_stream_takes() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (ours, mut server) = tokio::io::duplex(3);
        let mut stream = Unconverted {
            stream: ours,
            first: First::Awaited,
        };
        let asked = message(b"client_encoding\0UTF8\0user\0a\0\0");
        let expected = [rewritten(&asked), b"next".to_vec()].concat();
        let writing = tokio::spawn(async move {
            stream.write_all(&asked).await.unwrap();
            stream.flush().await.unwrap();
            stream.write_all(b"next").await.unwrap();
            stream.flush().await.unwrap();
        });
        let mut read = vec![0; expected.len()];
        server.read_exact(&mut read).await.unwrap();
        writing.await.unwrap();
        assert_eq!(read, expected);
    }
}
