//! A proxy in front of a server that cuts connections, refuses them, lets them hang, or breaks them after so many bytes.

mod stream;

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

pub use stream::Address;
use stream::{Listener, Stream};

use crate::base::TempRoot;
use crate::postgres::Cluster;

/// What the proxy does with what the server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Passes everything on.
    Pass,
    /// Accepts connections and passes nothing on, in either direction, until the mode changes.
    Hang,
    /// Passes so many more bytes from the server on, over all connections, then cuts the connection that asks for more.
    CutAfter(u64),
    /// Passes so many more bytes from the server on, over all connections, then hangs.
    HangAfter(u64),
}

#[derive(Debug)]
struct State {
    mode: Mode,
    open: Vec<Stream>,
    accepted: usize,
    listening: bool,
}

#[derive(Debug)]
struct Shared {
    target: Address,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            // A proxy is dropped also where a test has failed: it must not panic then.
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A proxy; its connections end when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    address: Address,
    port: u16,
    acceptor: Option<thread::JoinHandle<()>>,
    /// The directory of a Unix socket.
    dir: Option<TempRoot>,
}

impl Proxy {
    /// On 127.0.0.1 with a free port, in front of the server's TCP port.
    pub fn tcp(cluster: &Cluster) -> Self {
        Self::listen(Address::Tcp(cluster.port()), Address::Tcp(0), 0, None)
    }

    /// On a Unix socket in a directory of its own, with the server's port number, in front of the server's socket.
    pub fn unix(cluster: &Cluster) -> Self {
        let dir = TempRoot::new("px");
        let address = Address::socket(dir.path(), cluster.port());
        Self::listen(
            Address::socket(cluster.socket_dir(), cluster.port()),
            address,
            cluster.port(),
            Some(dir),
        )
    }

    fn listen(target: Address, address: Address, port: u16, dir: Option<TempRoot>) -> Self {
        let state = State {
            mode: Mode::Pass,
            open: Vec::new(),
            accepted: 0,
            listening: false,
        };
        let shared = Arc::new(Shared {
            target,
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let mut proxy = Self {
            shared,
            address,
            port,
            acceptor: None,
            dir,
        };
        proxy.accept();
        proxy
    }

    /// The host that a client connects to: `127.0.0.1`, or the socket's directory.
    pub fn host(&self) -> &str {
        let dir = self.dir.as_ref().map(TempRoot::path).and_then(Path::to_str);
        dir.unwrap_or("127.0.0.1")
    }

    /// The port that a client connects to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections have been accepted so far.
    pub fn accepted(&self) -> usize {
        self.shared.state().accepted
    }

    /// Changes what happens to present and future connections.
    pub fn set(&self, mode: Mode) {
        self.shared.state().mode = mode;
        self.shared.changed.notify_all();
    }

    /// Cuts all open connections at once. New ones are accepted as before.
    pub fn cut(&self) {
        for stream in self.shared.state().open.drain(..) {
            stream.shutdown(Shutdown::Both);
        }
        self.shared.changed.notify_all();
    }

    /// Cuts all connections and refuses new ones ("connection refused"), as if the server were down.
    pub fn refuse(&mut self) {
        self.shared.state().listening = false;
        // The acceptor sits in accept(2): one more connection lets it look.
        drop(self.address.connect());
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        self.cut();
    }

    /// Takes connections again, on the same port.
    pub fn accept(&mut self) {
        if self.acceptor.is_some() {
            return;
        }
        let listener = self.address.listen().unwrap_or_else(|error| {
            panic!("the proxy cannot listen on {:?}: {error}", self.address)
        });
        if let Some(port) = listener.tcp_port() {
            self.port = port;
            self.address = Address::Tcp(port);
        }
        self.shared.state().listening = true;
        let shared = Arc::clone(&self.shared);
        self.acceptor = Some(thread::spawn(move || accept_all(&shared, &listener)));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.set(Mode::Pass);
        self.refuse();
    }
}

fn accept_all(shared: &Arc<Shared>, listener: &Listener) {
    while let Ok(client) = listener.accept() {
        if !shared.state().listening {
            return;
        }
        // A server that is down refuses; a proxy can only hang up.
        let Ok(server) = shared.target.connect() else {
            continue;
        };
        let (Ok(client_reads), Ok(server_writes)) = (client.another(), server.another()) else {
            continue;
        };
        {
            let mut state = shared.state();
            state.accepted += 1;
            state.open.extend(client.another());
            state.open.extend(server.another());
        }
        let asking = Arc::clone(shared);
        thread::spawn(move || pump(&asking, client_reads, server_writes, false));
        let answering = Arc::clone(shared);
        thread::spawn(move || pump(&answering, server, client, true));
    }
}

/// Copies one direction until it ends; `counted` for what the server sends.
fn pump(shared: &Shared, mut from: Stream, mut to: Stream, counted: bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let mut sent = 0;
        while sent < read {
            let Some(allowed) = allowance(shared, read - sent, counted) else {
                from.shutdown(Shutdown::Both);
                to.shutdown(Shutdown::Both);
                return;
            };
            if to.write_all(&buffer[sent..sent + allowed]).is_err() {
                return;
            }
            sent += allowed;
        }
    }
    to.shutdown(Shutdown::Write);
}

/// How many of `wanted` bytes may pass now; waits while the proxy hangs; `None` when the connection is to be cut.
fn allowance(shared: &Shared, wanted: usize, counted: bool) -> Option<usize> {
    let mut state = shared.state();
    loop {
        let take = |left: u64| usize::try_from(left).map_or(wanted, |left| left.min(wanted));
        match state.mode {
            Mode::CutAfter(0) if counted => return None,
            Mode::CutAfter(left) if counted => {
                let now = take(left);
                state.mode = Mode::CutAfter(left - now as u64);
                return Some(now);
            }
            Mode::HangAfter(left) if counted && left > 0 => {
                let now = take(left);
                state.mode = if now as u64 == left {
                    Mode::Hang
                } else {
                    Mode::HangAfter(left - now as u64)
                };
                return Some(now);
            }
            Mode::Pass | Mode::CutAfter(_) => return Some(wanted),
            Mode::HangAfter(left) if left > 0 => return Some(wanted),
            Mode::Hang | Mode::HangAfter(_) => {
                state = shared
                    .changed
                    .wait(state)
                    .expect("no proxy thread panics while it holds the state");
            }
        }
    }
}
