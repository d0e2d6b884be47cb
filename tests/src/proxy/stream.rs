//! A connection, whatever it runs over.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// Where a server listens, or a proxy for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// 127.0.0.1 with this port.
    Tcp(u16),
    /// A socket's path.
    Unix(PathBuf),
}

impl Address {
    /// PostgreSQL's socket in `dir` for `port`.
    pub fn socket(dir: &Path, port: u16) -> Self {
        Self::Unix(dir.join(format!(".s.PGSQL.{port}")))
    }

    pub(super) fn connect(&self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(port) => Stream::Tcp(TcpStream::connect(("127.0.0.1", *port))?),
            Self::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
        })
    }

    pub(super) fn listen(&self) -> io::Result<Listener> {
        Ok(match self {
            Self::Tcp(port) => Listener::Tcp(TcpListener::bind(("127.0.0.1", *port))?),
            Self::Unix(path) => {
                if path.exists() {
                    std::fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
                std::fs::set_permissions(path, everybody)?;
                Listener::Unix(listener)
            }
        })
    }
}

#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    pub(super) fn accept(&self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(listener) => Stream::Tcp(listener.accept()?.0),
            Self::Unix(listener) => Stream::Unix(listener.accept()?.0),
        })
    }

    pub(super) fn tcp_port(&self) -> Option<u16> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok().map(|address| address.port()),
            Self::Unix(_) => None,
        }
    }
}

#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    pub(super) fn another(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
            Self::Unix(stream) => Self::Unix(stream.try_clone()?),
        })
    }

    pub(super) fn shutdown(&self, how: Shutdown) {
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Unix(stream) => stream.shutdown(how),
        };
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
