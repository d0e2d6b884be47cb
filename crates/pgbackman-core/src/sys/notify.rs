//! What a service tells systemd: a datagram to the socket named in `NOTIFY_SOCKET` (sd_notify(3)), without a C library.
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The way to the service manager; without one (not started by systemd) every message goes nowhere.
#[derive(Debug, Default)]
pub struct Notifier {
    target: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// From the values of `NOTIFY_SOCKET` (a path, or `@` and an abstract name) and `WATCHDOG_USEC` (microseconds).
    ///
    /// An empty or absent socket gives a notifier that says nothing. `WATCHDOG_USEC` that is no positive number means
    /// that there is no watchdog, as sd_watchdog_enabled(3) has it.
    pub fn new(notify_socket: Option<&OsStr>, watchdog_usec: Option<&OsStr>) -> io::Result<Self> {
        let Some(name) = notify_socket.filter(|name| !name.is_empty()) else {
            return Ok(Self::default());
        };
        let address = match name.as_bytes() {
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest)?,
            _ => SocketAddr::from_pathname(name)?,
        };
        let watchdog = watchdog_usec
            .and_then(OsStr::to_str)
            .and_then(|text| text.parse::<u64>().ok())
            .filter(|usec| *usec > 0)
            .map(Duration::from_micros);
        let socket = UnixDatagram::unbound()?;
        // A service manager that does not read must not stop the service.
        socket.set_nonblocking(true)?;
        Ok(Self {
            target: Some((socket, address)),
            watchdog,
        })
    }

    /// Reads both variables through `variable`, so that the environment stays a parameter.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> io::Result<Self> {
        Self::new(
            variable("NOTIFY_SOCKET").as_deref(),
            variable("WATCHDOG_USEC").as_deref(),
        )
    }

    /// How often to call [`Notifier::watchdog`]: half the time the service manager grants; `None` without watchdog.
    pub fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog.map(|limit| limit / 2)
    }

    /// The service is up: its first pass is through.
    pub fn ready(&self) -> io::Result<()> {
        self.send("READY=1")
    }

    /// The service is alive.
    pub fn watchdog(&self) -> io::Result<()> {
        self.send("WATCHDOG=1")
    }

    /// The service is on its way out.
    pub fn stopping(&self) -> io::Result<()> {
        self.send("STOPPING=1")
    }

    /// One line about what the service does, for `systemctl status`. Line ends become spaces, since a line is a variable
    /// of its own in the protocol.
    pub fn status(&self, text: &str) -> io::Result<()> {
        self.send(&format!("STATUS={}", text.replace(['\n', '\r'], " ")))
    }

    fn send(&self, message: &str) -> io::Result<()> {
        let Some((socket, address)) = &self.target else {
            return Ok(());
        };
        socket.send_to_addr(message.as_bytes(), address).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn messages_reach_the_named_socket() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::new(Some(path.as_os_str()), Some(OsStr::new("3000000"))).unwrap();
        assert_eq!(
            notifier.watchdog_interval(),
            Some(Duration::from_millis(1500))
        );
        notifier.ready().unwrap();
        assert_eq!(received(&socket), "READY=1");
        notifier.watchdog().unwrap();
        assert_eq!(received(&socket), "WATCHDOG=1");
        notifier.status("two\nlines").unwrap();
        assert_eq!(received(&socket), "STATUS=two lines");
        notifier.stopping().unwrap();
        assert_eq!(received(&socket), "STOPPING=1");
    }

    #[test]
    fn an_abstract_socket_is_reached_too() {
        let name = format!("pgbackman-notify-test-{}", std::process::id());
        let socket =
            UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Notifier::new(Some(OsStr::new(&format!("@{name}"))), None)
            .unwrap()
            .ready()
            .unwrap();
        assert_eq!(received(&socket), "READY=1");
    }

    #[test]
    fn without_a_service_manager_nothing_is_said() {
        let notifier = Notifier::from_environment(|_| None).unwrap();
        assert_eq!(notifier.watchdog_interval(), None);
        notifier.ready().unwrap();
    }
}
