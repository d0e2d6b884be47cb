//! The small HTTP server: `GET /metrics`, one request per connection, with limits for connections and time.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use super::shared::Shared;

/// Maximum number of connections. A further client replaces the one that has been connected longest without sending a
/// request for [`GRACE`], so that idle connections do not block others. If all clients have sent requests, it waits.
const CONNECTIONS: usize = 32;
/// A new client keeps its connection for at least this long, even if there are more clients than connections.
const GRACE: Duration = Duration::from_millis(500);
/// Timeout for a client's request and for reading the response.
const LIMIT: Duration = Duration::from_secs(60);
/// Timeout for receiving the whole request.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// Pause after a failed attempt to accept a connection (for example, too many open files).
const PAUSE: Duration = Duration::from_millis(200);
/// The content type of the OpenMetrics format, which Prometheus prefers since version 2.5.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The content type of the older format; the text is valid in both.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page for a browser.
const FRONT_PAGE: &str = "pgbackman_exporter: the metrics are at /metrics\n";

/// Connections without a complete request, the oldest first.
#[derive(Default)]
struct Silent(Mutex<BTreeMap<u64, (Instant, AbortHandle)>>);

impl Silent {
    fn all(&self) -> MutexGuard<'_, BTreeMap<u64, (Instant, AbortHandle)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the oldest connection if its grace period has passed; otherwise returns the remaining time. Without
    /// such connections, only the end of a response makes room.
    fn close_oldest(&self) -> Option<Duration> {
        let mut all = self.all();
        let oldest = all.first_entry()?;
        let left = GRACE.saturating_sub(oldest.get().0.elapsed());
        if left.is_zero() {
            oldest.remove().1.abort();
            tracing::debug!("closed an idle connection to accept another client");
        }
        Some(left)
    }
}

/// Serves requests until it is aborted.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let silent = Arc::new(Silent::default());
    for number in 0_u64.. {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!("could not accept a connection: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Some(place) = place(&room, &silent).await else {
            return;
        };
        let shared = Arc::clone(&shared);
        let still_silent = Arc::clone(&silent);
        // Held so that the connection does not end before it is registered here.
        let mut known = silent.all();
        let connection = tokio::spawn(async move {
            answer(stream, shared, &still_silent, number).await;
            still_silent.all().remove(&number);
            drop(place);
        });
        known.insert(number, (Instant::now(), connection.abort_handle()));
    }
}

/// Waits for a free connection; an idle client has to give up its own. `None` only if the semaphore were closed,
/// which never happens.
async fn place(room: &Arc<Semaphore>, silent: &Silent) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(room).try_acquire_owned() {
        return Some(place);
    }
    let waiting = Arc::clone(room).acquire_owned();
    tokio::pin!(waiting);
    loop {
        // A closed connection makes room immediately.
        let pause = silent.close_oldest().filter(|left| !left.is_zero());
        match tokio::time::timeout(pause.unwrap_or(GRACE), &mut waiting).await {
            Ok(place) => return place.ok(),
            Err(_elapsed) => {}
        }
    }
}

async fn answer(stream: TcpStream, shared: Arc<Shared>, silent: &Arc<Silent>, number: u64) {
    let silent = Arc::clone(silent);
    let service = service_fn(move |request| {
        silent.all().remove(&number);
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(respond(&request, &shared).await) }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(64 * 1024)
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(LIMIT, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::debug!("a client disconnected or sent an invalid request: {error}");
        }
        Err(_) => tracing::debug!("a client did not send its request in time"),
    }
}

async fn respond(request: &Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is supported\n");
        response
            .headers_mut()
            .insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/metrics" => {
            let scraped = shared.scrape().await;
            response(StatusCode::OK, content_type(request), scraped.body)
        }
        "/" => plain(StatusCode::OK, FRONT_PAGE),
        _ => plain(StatusCode::NOT_FOUND, FRONT_PAGE),
    }
}

fn content_type(request: &Request<Incoming>) -> &'static str {
    let accepted = request.headers().get_all(hyper::header::ACCEPT);
    let takes = |value: &hyper::header::HeaderValue| {
        value
            .to_str()
            .is_ok_and(|text| text.contains("application/openmetrics-text"))
    };
    if accepted.iter().any(takes) {
        OPEN_METRICS
    } else {
        PLAIN
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    response(
        status,
        "text/plain; charset=utf-8",
        Bytes::from_static(text.as_bytes()),
    )
}

fn response(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}
