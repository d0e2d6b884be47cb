//! SQL for tests without a client program: starting `psql` costs more than most of what tests ask.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use tokio_postgres::{Config, Error, NoTls, SimpleQueryMessage, SimpleQueryRow};

/// How long the server may take to close the connection, after which nothing of the session is left in it.
const FAREWELL: Duration = Duration::from_secs(20);

/// Runs `sql` (one statement, or several in one transaction, as `psql -c` does) in a session of its own as `user`, and gives the
/// rows as `psql -At` shows them: fields separated by `|`, a null as nothing. Returns when the server has ended the session.
pub(super) fn ask(socket: &Path, user: &str, dbname: &str, sql: &str) -> Result<String, String> {
    std::thread::scope(|scope| {
        // The caller may be inside a runtime, which another one must not block.
        let asked = scope.spawn(|| {
            let stream = UnixStream::connect(socket)
                .map_err(|error| format!("{}: {error}", socket.display()))?;
            let system = |error: std::io::Error| error.to_string();
            let mut at_the_end = stream.try_clone().map_err(system)?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build()
                .map_err(system)?;
            stream.set_nonblocking(true).map_err(system)?;
            let said = runtime
                .block_on(in_session(stream, user, dbname, sql))
                .map_err(|error| describe(&error));
            // The server forgets a session before it closes the connection: whoever is called next finds it gone.
            at_the_end.set_nonblocking(false).map_err(system)?;
            at_the_end
                .set_read_timeout(Some(FAREWELL))
                .map_err(system)?;
            let _ = at_the_end.read_to_end(&mut Vec::new());
            said
        });
        // Destructors ask, too: a panic in one ends the process, with all other tests in it.
        asked
            .join()
            .unwrap_or_else(|_| Err("the thread that asked has panicked".to_owned()))
    })
}

async fn in_session(
    stream: UnixStream,
    user: &str,
    dbname: &str,
    sql: &str,
) -> Result<String, Error> {
    let stream = tokio::net::UnixStream::from_std(stream).unwrap();
    let (client, connection) = Config::new()
        .user(user)
        .dbname(dbname)
        .application_name("pgbackman-tests")
        .connect_raw(stream, NoTls)
        .await?;
    let served = tokio::spawn(connection);
    let said = client.simple_query(sql).await;
    drop(client);
    let _ = served.await;
    let lines: Vec<String> = said?
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(line(row)),
            _ => None,
        })
        .collect();
    Ok(lines.join("\n"))
}

fn line(row: &SimpleQueryRow) -> String {
    let fields: Vec<&str> = (0..row.len())
        .map(|column| row.get(column).unwrap_or_default())
        .collect();
    fields.join("|")
}

fn describe(error: &Error) -> String {
    match error.as_db_error() {
        Some(server) => format!("{}: {}", server.severity(), server.message()),
        None => format!("{error:?}"),
    }
}
