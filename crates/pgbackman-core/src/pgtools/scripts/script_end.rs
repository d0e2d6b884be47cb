//! How a script of `pg_dumpall` ends: without its end mark it was cut off, whatever gzip says (trap 1).

use std::io::{self, Read};

/// How much of a script's end is kept to look for the mark.
const KEPT: usize = 1024;
/// The comment that ends what `pg_dumpall` writes, in every version and language.
const END_MARK: &str = "-- PostgreSQL database cluster dump complete";

/// Watches a script go by, and keeps its end.
#[derive(Debug, Clone, Default)]
pub struct ScriptEnd {
    tail: Vec<u8>,
}

impl ScriptEnd {
    /// The next piece of the script.
    pub fn see(&mut self, piece: &[u8]) {
        self.tail
            .extend_from_slice(&piece[piece.len().saturating_sub(KEPT)..]);
        self.tail.drain(..self.tail.len().saturating_sub(KEPT));
    }

    /// Whether the mark is the last thing said: after it come only comment lines, empty ones, and `\unrestrict` (trap 8).
    pub fn is_whole(&self) -> bool {
        let text = String::from_utf8_lossy(&self.tail);
        text.lines()
            .rev()
            .find(|line| !(line.is_empty() || *line == "--" || line.starts_with("\\unrestrict ")))
            .is_some_and(|line| line == END_MARK)
            && self.tail.ends_with(b"\n")
    }
}

/// Passes a script on to a reader, counts its bytes and keeps its end.
#[derive(Debug)]
pub struct Watched<R> {
    script: R,
    end: ScriptEnd,
    bytes: u64,
}

impl<R> Watched<R> {
    /// At the beginning of a script.
    pub fn new(script: R) -> Self {
        Self {
            script,
            end: ScriptEnd::default(),
            bytes: 0,
        }
    }

    /// How many bytes were read.
    pub const fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Checks a script that was read to its end.
    ///
    /// # Errors
    /// Where it does not end with the mark.
    pub fn check(&self) -> io::Result<()> {
        if self.end.is_whole() {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it does not end with pg_dumpall's end mark, so a part of it is missing",
        ))
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.script.read(buffer)?;
        self.end.see(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_whole(script: &[u8]) -> bool {
        let mut end = ScriptEnd::default();
        script.chunks(7).for_each(|piece| end.see(piece));
        end.is_whole()
    }

    #[test]
    fn trap_1_only_the_whole_output_counts_as_whole() {
        let whole = "SELECT 1;\n--\n-- PostgreSQL database cluster dump complete\n--\n\n";
        assert!(is_whole(whole.as_bytes()));
        let restricted = whole.replace("--\n\n", "--\n\n\\unrestrict x8Yz\n\n");
        assert!(is_whole(restricted.as_bytes()));
        for length in 0..whole.len() - 4 {
            assert!(!is_whole(&whole.as_bytes()[..length]), "cut at {length}");
        }
        assert!(!is_whole(format!("{whole}COPY t FROM stdin;\n").as_bytes()));
        assert!(!is_whole(b"-- PostgreSQL database dump complete\n--\n\n"));
    }
}
