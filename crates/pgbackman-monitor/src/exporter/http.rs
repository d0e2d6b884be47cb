//! The small HTTP server: `GET /metrics`, one request to a connection, a limit of connections and of time.

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

/// So many are connected at the same time. One more takes the place of whoever has been connected the longest without having
/// asked anything for [`GRACE`], so that those who only hold connections keep out nobody who asks; where all have asked it waits.
const CONNECTIONS: usize = 32;
/// A client that has just connected keeps its place for this long, also where more clients ask at once than there are places.
const GRACE: Duration = Duration::from_millis(500);
/// A client that takes longer to ask and to read is left.
const LIMIT: Duration = Duration::from_secs(60);
/// A client that has not sent its whole request by then is left.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// After this an attempt to accept a connection is made again that failed (no more files, for instance).
const PAUSE: Duration = Duration::from_millis(200);
/// Of the format with which every Prometheus since 2.5 begins.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Of the older one, for others: the text is both.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What somebody sees who looks with a browser.
const FRONT_PAGE: &str = "pgbackman_exporter: the metrics are at /metrics\n";

/// Connections from which no whole request has come yet, the oldest first.
#[derive(Default)]
struct Silent(Mutex<BTreeMap<u64, (Instant, AbortHandle)>>);

impl Silent {
    fn all(&self) -> MutexGuard<'_, BTreeMap<u64, (Instant, AbortHandle)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the oldest one if its grace has passed; otherwise returns how long that takes. Without any there is nothing to wait
    /// for but the end of an answer.
    fn close_oldest(&self) -> Option<Duration> {
        let mut all = self.all();
        let oldest = all.first_entry()?;
        let left = GRACE.saturating_sub(oldest.get().0.elapsed());
        if left.is_zero() {
            oldest.remove().1.abort();
            tracing::debug!("a client that had asked nothing made room for another");
        }
        Some(left)
    }
}

/// Answers until it is aborted.
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
        // Held so that the connection does not end before it is known here.
        let mut known = silent.all();
        let connection = tokio::spawn(async move {
            answer(stream, shared, &still_silent, number).await;
            still_silent.all().remove(&number);
            drop(place);
        });
        known.insert(number, (Instant::now(), connection.abort_handle()));
    }
}

/// Waits for a place, which a client that asks nothing has to give up. None only if the semaphore were closed, which it never is.
async fn place(room: &Arc<Semaphore>, silent: &Silent) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(room).try_acquire_owned() {
        return Some(place);
    }
    let waiting = Arc::clone(room).acquire_owned();
    tokio::pin!(waiting);
    loop {
        // After one was closed, its place comes at once.
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
        Ok(Err(error)) => tracing::debug!("a client went away or asked nonsense: {error}"),
        Err(_) => tracing::debug!("a client was too slow"),
    }
}

async fn respond(request: &Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered\n");
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
