//! A real mail server (Debian's python3-aiosmtpd) in a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How it speaks.
#[derive(Debug, Clone, Default)]
pub struct MailOptions {
    /// `""`, `"starttls"`, `"implicit"`.
    pub tls: &'static str,
    /// Certificate and key, as PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// Who may log in, and must.
    pub login: Option<(&'static str, &'static str)>,
    /// Recipients that are refused.
    pub refuse: Vec<&'static str>,
}

/// A running server.
#[derive(Debug)]
pub struct MailServer {
    child: Child,
    port: u16,
    directory: TempDir,
}

/// A mail as the server got it.
#[derive(Debug, Clone)]
pub struct Received {
    /// The whole mail, headers and all.
    pub mail: String,
    /// Who sent it.
    pub from: String,
    /// Whom it is for.
    pub to: Vec<String>,
    /// Who had logged in.
    pub login: Option<String>,
}

impl MailServer {
    /// Starts one.
    pub fn start(options: &MailOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        if let Some((certificate, key)) = &options.identity {
            fs::write(path("server.crt"), certificate).unwrap();
            fs::write(path("server.key"), key).unwrap();
        }
        let (user, password) = options.login.unwrap_or_default();
        let settings = json!({
            "directory": directory.path(), "tls": options.tls, "user": user, "password": password,
            "certificate": path("server.crt"), "key": path("server.key"), "refuse": options.refuse,
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/server.py");
        let mut child = Command::new("/usr/bin/python3")
            .arg(script)
            .arg(settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cannot start /usr/bin/python3");
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        let port = said.trim().parse().unwrap_or_else(|_| {
            panic!(
                "the mail server does not start: is Debian's package python3-aiosmtpd installed?"
            )
        });
        Self {
            child,
            port,
            directory,
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has got so far, in order.
    pub fn received(&self) -> Vec<Received> {
        let mut names: Vec<PathBuf> = fs::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .collect();
        names.sort();
        names.iter().map(|name| read(name)).collect()
    }
}

fn read(name: &Path) -> Received {
    let facts: Value = serde_json::from_str(&fs::read_to_string(name).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Received {
        mail: fs::read_to_string(name.with_extension("eml")).unwrap(),
        from: text(&facts["from"]).unwrap(),
        to: facts["to"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(text)
            .collect(),
        login: text(&facts["login"]),
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
