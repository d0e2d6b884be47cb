//! What a server sends unasked: notifications and notices.

use std::future::poll_fn;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::UnboundedSender;
use tokio_postgres::{AsyncMessage, Connection};

use crate::error::with_causes;

/// Something that a server sent unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsyncEvent {
    /// `NOTIFY` on a channel that the session listens to.
    Notification {
        /// The channel.
        channel: String,
        /// The payload, which never carries data in PgBackMan.
        payload: String,
    },
    /// A notice or warning.
    Notice(String),
    /// The connection has ended; nothing follows. The reason, if it did not end because the session was dropped.
    Closed(Option<String>),
}

/// Runs a connection to its end. A receiver that is gone does not end it.
pub(super) async fn drive<S, T>(
    mut connection: Connection<S, T>,
    events: Option<UnboundedSender<AsyncEvent>>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let send = |event: AsyncEvent| match &events {
        Some(events) => {
            let _ = events.send(event);
        }
        None => {
            if let AsyncEvent::Notice(text) = event {
                tracing::debug!("notice from the server: {text}");
            }
        }
    };
    let reason = loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notification(notification))) => send(AsyncEvent::Notification {
                channel: notification.channel().to_owned(),
                payload: notification.payload().to_owned(),
            }),
            Some(Ok(AsyncMessage::Notice(notice))) => {
                send(AsyncEvent::Notice(format!(
                    "{}: {}",
                    notice.severity(),
                    notice.message()
                )));
            }
            // The enumeration may grow; what is not known means nothing to us.
            Some(Ok(_)) => {}
            Some(Err(error)) => break Some(with_causes(&error)),
            None => break None,
        }
    };
    send(AsyncEvent::Closed(reason));
}
