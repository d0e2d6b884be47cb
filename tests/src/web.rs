//! A small HTTP server that takes what is posted to it and answers as a test wants, with TLS where that gives it a certificate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::X509;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// Not at all: the connection stays.
    Hang,
    /// With what is no HTTP.
    Nonsense,
    /// With a byte now and then, for ever.
    Trickle,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /path HTTP/1.1`
    pub line: String,
    /// Headers, in small letters, as they came.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

/// A running server; its thread ends with the test's process.
#[derive(Debug)]
pub struct WebServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    answer: Arc<Mutex<Answer>>,
}

impl WebServer {
    /// Starts one; `identity` is certificate and key as PEM.
    pub fn start(identity: Option<(Vec<u8>, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(Answer::Status(204)));
        let acceptor = identity.map(|(certificate, key)| {
            let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
            builder
                .set_certificate(&X509::from_pem(&certificate).unwrap())
                .unwrap();
            builder
                .set_private_key(&PKey::private_key_from_pem(&key).unwrap())
                .unwrap();
            Arc::new(builder.build())
        });
        let (seen, how) = (Arc::clone(&requests), Arc::clone(&answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (acceptor, seen, how) = (acceptor.clone(), Arc::clone(&seen), Arc::clone(&how));
                thread::spawn(move || match acceptor {
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream) {
                            serve(stream, &seen, &how);
                        }
                    }
                    None => serve::<TcpStream>(stream, &seen, &how),
                });
            }
        });
        Self {
            address,
            requests,
            answer,
        }
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How it answers from now on.
    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// What was posted so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve<S: Read + Write>(stream: S, seen: &Mutex<Vec<Request>>, how: &Mutex<Answer>) {
    let mut reader = BufReader::new(stream);
    let Some(request) = request(&mut reader) else {
        return;
    };
    seen.lock().unwrap().push(request);
    let answer = *how.lock().unwrap();
    let stream = reader.get_mut();
    // A client that has given up is no failure of the server's.
    match answer {
        Answer::Status(status) => {
            let _ = write!(
                stream,
                "HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nLocation: /elsewhere\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.flush();
        }
        Answer::Nonsense => {
            let _ = stream.write_all(b"220 mail.example.net ESMTP \x00\xff\r\n\r\n");
            let _ = stream.flush();
        }
        Answer::Hang => {
            let _ = stream.read(&mut [0]);
        }
        Answer::Trickle => {
            for _ in 0..600 {
                if stream
                    .write_all(b"H")
                    .and_then(|()| stream.flush())
                    .is_err()
                {
                    return;
                }
                thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let first = line().filter(|first| !first.is_empty())?;
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        headers.push(header);
    }
    let length = headers
        .iter()
        .filter_map(|header| header.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line: first,
        headers: headers
            .into_iter()
            .map(|header| header.to_lowercase())
            .collect(),
        body: String::from_utf8(body).ok()?,
    })
}
