//! Splits a script, as PostgreSQL's client programs and PgBackMan write it, into statements with their text as it stands, so
//! that some can be left out and names in others replaced (never by searching text: `docs/spec/traps.md`, 15).

use std::io::{self, BufRead, Read, Write};
use std::ops::Range;

use super::sql_tokens::{self, Token, Tokens};

/// One statement: its text up to and with its semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, with what stands before the first token: blanks, comments, commands of `psql`.
    pub text: Vec<u8>,
    /// Its tokens, without the semicolon.
    pub tokens: Vec<Token>,
    /// Where in the text each stands.
    pub spans: Vec<Range<usize>>,
}

impl Statement {
    /// Whether it begins with these key words.
    pub fn begins(&self, words: &[&str]) -> bool {
        sql_tokens::begins(&self.tokens, words)
    }

    /// The name at this place among the tokens.
    pub fn name(&self, at: usize) -> Option<String> {
        sql_tokens::name(&self.tokens, at)
    }

    /// What stands before the first token: also commands of `psql` (`\restrict`, `\connect`).
    pub fn before(&self) -> &[u8] {
        let end = self.spans.first().map_or(0, |span| span.start);
        &self.text[..end]
    }

    /// The text from the first token on, without the semicolon and with these tokens replaced.
    pub fn with(&self, replacements: &[(usize, String)]) -> Vec<u8> {
        let start = self.spans.first().map_or(0, |span| span.start);
        let end = self.spans.last().map_or(0, |span| span.end);
        self.replaced(start, end, replacements)
    }

    /// The whole text with these tokens replaced.
    pub fn whole_with(&self, replacements: &[(usize, String)]) -> Vec<u8> {
        self.replaced(0, self.text.len(), replacements)
    }

    fn replaced(&self, start: usize, end: usize, replacements: &[(usize, String)]) -> Vec<u8> {
        let mut text = Vec::with_capacity(end - start);
        let mut from = start;
        for (at, span) in self.spans.iter().enumerate() {
            if let Some((_, new)) = replacements.iter().find(|(token, _)| *token == at) {
                text.extend_from_slice(&self.text[from..span.start]);
                text.extend_from_slice(new.as_bytes());
                from = span.end;
            }
        }
        text.extend_from_slice(&self.text[from..end]);
        text
    }

    /// Whether data lines follow that are no SQL: `COPY … FROM stdin`.
    pub fn is_copy_from_stdin(&self) -> bool {
        self.begins(&["copy"])
            && self
                .tokens
                .windows(2)
                .any(|pair| pair[0].is_word("from") && pair[1].is_word("stdin"))
    }
}

/// The statements of a script.
#[derive(Debug)]
pub struct Statements<R> {
    tokens: Tokens<Recorder<R>>,
}

impl<R: BufRead> Statements<R> {
    /// Reads a script from its beginning.
    pub const fn new(reader: R) -> Self {
        Self {
            tokens: Tokens::new(Recorder {
                reader,
                record: Vec::new(),
            }),
        }
    }

    /// The next statement; the last one may lack its semicolon, or consist of nothing but comments.
    ///
    /// # Errors
    /// The reader's, and a text that ends inside quotes.
    pub fn read_next(&mut self) -> io::Result<Option<Statement>> {
        let mut tokens = Vec::new();
        let mut spans = Vec::new();
        loop {
            match self.tokens.next().transpose()? {
                Some(Token::Symbol(b';')) | None => break,
                Some(token) => {
                    tokens.push(token);
                    spans.push(self.tokens.span());
                }
            }
        }
        let text = std::mem::take(&mut self.tokens.restart(false).record);
        Ok((!text.is_empty()).then_some(Statement {
            text,
            tokens,
            spans,
        }))
    }

    /// Copies the lines that follow `COPY … FROM stdin;`, up to and with the one that ends them.
    ///
    /// # Errors
    /// The reader's, the writer's, and a text that ends before the data does.
    pub fn copy_data(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let reader = &mut self.tokens.restart(true).reader;
        let mut line = Vec::new();
        // What is left of the line of COPY itself.
        read_line(reader, &mut line)?;
        out.write_all(&line)?;
        loop {
            read_line(reader, &mut line)?;
            out.write_all(&line)?;
            if line == b"\\.\n" {
                return Ok(());
            }
        }
    }
}

fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    if reader.read_until(b'\n', line)? == 0 {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the SQL text ends inside the data of a COPY",
        ));
    }
    Ok(())
}

/// Keeps what is read, byte by byte, until it is taken.
#[derive(Debug)]
struct Recorder<R> {
    reader: R,
    record: Vec<u8>,
}

impl<R: BufRead> Read for Recorder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.record.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Recorder<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // Filled just before, so this only looks at the buffer.
        if let Ok(buffer) = self.reader.fill_buf() {
            self.record
                .extend_from_slice(&buffer[..amount.min(buffer.len())]);
        }
        self.reader.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(script: &str) -> Vec<Statement> {
        let mut statements = Statements::new(script.as_bytes());
        let mut found = Vec::new();
        while let Some(statement) = statements.read_next().unwrap() {
            found.push(statement);
        }
        found
    }

    #[test]
    fn statements_keep_their_text_and_names_are_replaced_where_they_stand() {
        let script = "-- \"a\";\n\\set x ;\nALTER TABLE \"a\".\"b\" OWNER TO \"b\" ;\nSELECT ';', $x$;$x$;\n";
        let found = all(script);
        assert_eq!(found.len(), 3, "{found:?}");
        let alter = &found[0];
        assert!(alter.begins(&["alter", "table"]) && !alter.begins(&["alter", "role"]));
        assert_eq!(alter.name(7).as_deref(), Some("b"));
        assert_eq!(
            alter.with(&[(7, "\"c\"\"d\"".to_owned())]),
            b"ALTER TABLE \"a\".\"b\" OWNER TO \"c\"\"d\""
        );
        let whole = String::from_utf8(alter.whole_with(&[(7, "z".to_owned())])).unwrap();
        assert_eq!(
            whole,
            "-- \"a\";\n\\set x ;\nALTER TABLE \"a\".\"b\" OWNER TO z ;"
        );
        assert_eq!(found[1].with(&[]), b"SELECT ';', $x$;$x$");
    }

    #[test]
    fn the_data_of_copy_is_no_sql() {
        let script = "COPY public.t (a) FROM stdin;\n'it\"s; $$\n\\N\n\\.\n\nGRANT x TO y;\n";
        let mut statements = Statements::new(script.as_bytes());
        let copy = statements.read_next().unwrap().unwrap();
        assert!(copy.is_copy_from_stdin());
        let mut data = Vec::new();
        statements.copy_data(&mut data).unwrap();
        assert_eq!(data, b"\n'it\"s; $$\n\\N\n\\.\n");
        let grant = statements.read_next().unwrap().unwrap();
        assert!(grant.begins(&["grant"]));
        assert_eq!(grant.with(&[]), b"GRANT x TO y");
        let mut cut = Statements::new("COPY t FROM stdin;\n1\n".as_bytes());
        cut.read_next().unwrap();
        assert!(cut.copy_data(&mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn nothing_of_a_script_is_lost(script in "[a-z\"'$;\n\\\\ -]{0,80}") {
            let mut statements = Statements::new(script.as_bytes());
            let mut text = Vec::new();
            while let Ok(Some(statement)) = statements.read_next() {
                text.extend(statement.whole_with(&[]));
                for span in &statement.spans {
                    prop_assert!(span.end <= statement.text.len() && span.start < span.end);
                }
            }
            prop_assert!(script.as_bytes().starts_with(&text));
        }
    }
}
